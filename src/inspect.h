/* SPDX-License-Identifier: ISC */
#ifndef INSPECT_H
#define INSPECT_H

/*
 * What is to be known of an MP3: format, length, delays, tags, use of the bit
 * reservoir, and damage with the places where it is.
 */

#include "mp3.h"

/* Some lines for a person. */
void inspect_text(const struct mp3 *m, const char *path, struct buf *out);
/* The same as one line of JSON. */
void inspect_json(const struct mp3 *m, const char *path, struct buf *out);

#endif
