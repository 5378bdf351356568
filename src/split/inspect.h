/* SPDX-License-Identifier: ISC */
#ifndef INSPECT_H
#define INSPECT_H

/*
 * What is to be known of an MP3: format, length, delays, tags, use of the bit
 * reservoir, and damage with the places where it is. The source is scanned.
 */

#include "source.h"

#include "text.h"

/* Some lines for a person. */
void inspect_text(const struct source *s, const char *path, struct buf *out);
/* The same as one line of JSON. */
void inspect_json(const struct source *s, const char *path, struct buf *out);

#endif
