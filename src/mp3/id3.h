/* SPDX-License-Identifier: ISC */
#ifndef ID3_H
#define ID3_H

/*
 * Writes an ID3v2.4 tag, and reads the frames of older ones.
 *
 *	struct buf tag = {0};
 *	id3_begin(&tag);
 *	id3_text(&tag, "TIT2", "c1042"); id3_user(&tag, "queue", "Billing");
 *	id3_chapter(&tag, 1, 0, 45000, "45.000 s") ...
 *	id3_end(&tag, 1);
 *
 * Values are UTF-8; other bytes are read as Latin-1. NULL or "" adds nothing.
 * Chapters are numbered from 1; id3_end() lists them. Source: id3.org,
 * id3v2.4.0-structure, -frames and id3v2-chapters-1.0.
 */

#include <stdint.h>

#include "text.h"

void id3_begin(struct buf *tag);
void id3_text(struct buf *tag, const char *frame, const char *value);
void id3_user(struct buf *tag, const char *what, const char *value);
void id3_chapter(struct buf *tag, int number, uint32_t start_ms,
    uint32_t end_ms, const char *title);
/* Adds any frame; body is in the format of version 2.4. */
void id3_frame(struct buf *tag, const char *name, const void *body, size_t n);
/* chapters: their number, 0 to 255. */
void id3_end(struct buf *tag, int chapters);

/*
 * The frames of a tag of version 2.2, 2.3 or 2.4, under their names of 2.4:
 *
 *	struct id3_reader r;
 *	id3_open(&r, p, n);
 *	while (id3_next(&r, name, &body, &size)) ...
 *	id3_close(&r);
 *
 * Frames that are compressed, encrypted or not defined in 2.4 are ignored. p may
 * be any bytes; without a tag there are no frames. Bodies are borrowed.
 */
struct id3_reader {
	const unsigned char *p;
	size_t n, at;
	unsigned version;     /* 2, 3 or 4 */
	unsigned char *plain; /* private: the tag without unsynchronisation */
};
void id3_open(struct id3_reader *r, const void *p, size_t n);
bool id3_next(struct id3_reader *r, char name[5], const unsigned char **body,
    size_t *size);
void id3_close(struct id3_reader *r);

#endif
