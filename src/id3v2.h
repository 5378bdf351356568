/* SPDX-License-Identifier: ISC */
#ifndef ID3V2_H
#define ID3V2_H

/*
 * An ID3v2.4.0 tag (id3.org, "ID3 tag version 2.4.0"), text in UTF-8.
 *
 *	struct buf tag = {0};
 *	id3v2_begin(&tag); id3v2_text(&tag, "TIT2", "c1042") ... id3v2_end(&tag);
 */

#include "util.h"

void id3v2_begin(struct buf *tag);
/* Nothing is added for a NULL or empty text. */
void id3v2_text(struct buf *tag, const char *frame, const char *text);
/* A frame of the user's: TXXX with a name. */
void id3v2_user(struct buf *tag, const char *name, const char *text);
void id3v2_end(struct buf *tag);

#endif
