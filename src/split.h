/* SPDX-License-Identifier: ISC */
#ifndef SPLIT_H
#define SPLIT_H

/*
 * Cuts an MP3 into parts that each play alone and together play the original,
 * sample for sample, in every player that honours the Info frame.
 *
 * A part begins with an Info frame that tells the player to drop what is there
 * only to warm up the decoder: a silent carrier frame, which holds the main
 * data that the first frames reach back to, and one (MPEG-1) or two (MPEG-2,
 * 2.5) frames of lead, for the overlap between frames. A part's first frame has
 * the phase that it had in the whole, because some decoders' rounding turns
 * with the count of frames.
 */

#include "mp3.h"

struct split_part {
	size_t first, last; /* audio frames [first, last) of the source */
	int64_t first_smp, samples; /* of what a gapless player plays */
};

struct split {
	const struct mp3 *m;
	struct split_part *part;
	size_t parts;
};

/* 0, or -1 with why: not even one step of frames fits into max_bytes. */
int split_plan(
    struct split *s, const struct mp3 *m, uint64_t max_bytes, struct why *why);
void split_free(struct split *s);
/*
 * A part's bytes: what is made new (tag, Info frame, carrier) goes into head,
 * then follow the source's bytes [*from, *to).
 */
void split_make(const struct split *s, size_t n, struct buf *head, size_t *from,
    size_t *to);

#endif
