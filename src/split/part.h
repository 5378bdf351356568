/* SPDX-License-Identifier: ISC */
#ifndef PART_H
#define PART_H

/*
 * The bytes of one part of a plan (split.h): its tag, its Info frame, the
 * carriers, the lead, and its own frames.
 */

#include "split.h"

/* The most frames before a part's own: some players do not decode more. */
#define PART_AHEAD_MAX 4

/* The number of frames before the part's own, without the Info frame. */
size_t part_frames_ahead(const struct split_part *p);
/* The size of the part's Info frame, or 0. */
size_t part_info_bytes(const struct split *s, const struct split_part *p);
/* The size of everything before the part's own frames. */
uint64_t part_overhead(const struct split *s, const struct split_part *p);

/* A part's bytes: `head`, then the source's [from, to). */
struct split_piece {
	struct buf head;
	size_t from, to;
};
void part_make(const struct split *s, size_t n, struct split_piece *piece);

#endif
