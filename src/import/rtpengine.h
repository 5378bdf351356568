/* SPDX-License-Identifier: ISC */
#ifndef RTPENGINE_H
#define RTPENGINE_H

/* Shared by both formats of rtpengine: METADATA, names, reading a file. */

#include "import.h"

#include "text.h"

/* "key:value|key:value" */
void rtpengine_metadata(struct import_call *c, const char *text);
/*
 * Reads a text file of at most 16 MiB; NUL bytes become '?'. The caller frees the
 * buffer. 0, or -1 with why.
 */
int rtpengine_read(const struct import *im, const char *path, struct buf *text,
    struct why *why);
/* "/a/b.c.meta" is "b.c"; the caller frees it. */
char *rtpengine_base(const char *path);

#endif
