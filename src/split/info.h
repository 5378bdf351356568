/* SPDX-License-Identifier: ISC */
#ifndef INFO_H
#define INFO_H

/*
 * What is to be known of an MP3: format, length, delays, tags, use of the bit
 * reservoir, and damage with the places where it is. The source is scanned.
 */

#include "mapped.h"

#include "text.h"

/* Some lines for a person. */
void info_text(const struct mapped *s, const char *path, struct buf *out);
/* The same as one line of JSON. */
void info_json(const struct mapped *s, const char *path, struct buf *out);

#endif
