/* SPDX-License-Identifier: ISC */
#ifndef PART_H
#define PART_H

/*
 * The bytes of one part of a plan (split.h): its tag, its Info frame, the
 * silent frames and the lead before its own frames, and these.
 */

#include "split.h"

/* Frames before a part's own: some players decode no more of them. */
#define PART_AHEAD_MAX 4

/* Frames before the part's own, without the Info frame. */
size_t part_frames_ahead(const struct split_part *p);
/* Of the part's Info frame, or 0. */
size_t part_info_bytes(const struct split *s, const struct split_part *p);
/* All that the part has besides its own frames, but what follows the last. */
uint64_t part_overhead(const struct split *s, const struct split_part *p);

/* A part's bytes: `head`, then the source's [from, to). */
struct split_piece {
	struct buf head;
	size_t from, to;
};
void part_make(const struct split *s, size_t n, struct split_piece *piece);

#endif
