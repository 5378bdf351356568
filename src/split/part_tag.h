/* SPDX-License-Identifier: ISC */
#ifndef PART_TAG_H
#define PART_TAG_H

/*
 * The ID3v2 tag of a part. It has
 *
 *	the frames of the original's tag that do not depend on the place
 *	TRCK "2/3", TXXX start "1200.000": number and seconds
 *	its chapters, moved and limited to the part
 *	TXXX recsplit: the facts below, from which the original is joined
 *	PRIV recsplit.head, recsplit.tail: the bytes around the audio, once
 *
 * All tags of a set have the same size, except for the PRIV frames.
 */

#include <stdint.h>

#include "text.h"

struct part_tag_facts {
	unsigned part, parts;       /* from 1 */
	int64_t first_smp, samples; /* within the stretch of one format */
	int64_t start_us, end_us;
	/* The original's bytes [at, at + bytes) begin at skip in the part. */
	uint64_t at, bytes, skip, whole;
	uint16_t crc; /* of those bytes */
};

struct part_tag_held {
	const unsigned char *p;
	size_t n; /* 0: nothing */
};

/* Shared by the tags of a set. */
struct part_tag {
	struct buf frames;
	struct part_tag_chapter *chapter;
	size_t chapters;
	size_t bytes; /* of each tag */
};

/* Copies at most `most` bytes of the original's tag, and its chapters. */
void part_tag_prepare(
    struct part_tag *l, const unsigned char *tag, size_t n, size_t most);
void part_tag_free(struct part_tag *l);
/* The size of a PRIV frame with n bytes. */
size_t part_tag_held_bytes(size_t n);
void part_tag_write(const struct part_tag *l, const struct part_tag_facts *f,
    struct part_tag_held head, struct part_tag_held tail, struct buf *out);

/* 0, or -1 if the n bytes do not begin with such a tag. Borrows p. */
int part_tag_read(const unsigned char *p, size_t n, struct part_tag_facts *f,
    struct part_tag_held *head, struct part_tag_held *tail);

#endif
