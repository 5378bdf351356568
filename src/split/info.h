/* SPDX-License-Identifier: ISC */
#ifndef INFO_H
#define INFO_H

/*
 * recsplit --info: format, length, delays, tags, use of the bit reservoir, and
 * damage with its places. The source must be scanned.
 */

#include "mapped.h"

#include "text.h"

/* Adds some lines for a person. */
void info_text(const struct mapped *s, const char *path, struct buf *out);
/* The same as one line of JSON. */
void info_json(const struct mapped *s, const char *path, struct buf *out);

#endif
