/* SPDX-License-Identifier: ISC */
#ifndef ID3_H
#define ID3_H

/*
 * An ID3v2.4 tag, as text.
 *
 *	struct buf tag = {0};
 *	id3_begin(&tag);
 *	id3_text(&tag, "TIT2", "c1042"); id3_user(&tag, "queue", "Billing");
 *	id3_chapter(&tag, 1, 0, 45000, "45.000 s") ...
 *	id3_end(&tag, 1);
 *
 * Values are UTF-8; what is not is taken for Latin-1. NULL or "" adds nothing.
 * Chapters are numbered from 1; id3_end() lists them. Source: id3.org,
 * id3v2.4.0-structure, -frames and id3v2-chapters-1.0.
 */

#include "util.h"

void id3_begin(struct buf *tag);
void id3_text(struct buf *tag, const char *frame, const char *value);
void id3_user(struct buf *tag, const char *what, const char *value);
void id3_chapter(struct buf *tag, int number, uint32_t start_ms,
    uint32_t end_ms, const char *title);
/* chapters: how many there are, 0 to 255. */
void id3_end(struct buf *tag, int chapters);

#endif
