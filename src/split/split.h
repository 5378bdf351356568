/* SPDX-License-Identifier: ISC */
#ifndef SPLIT_H
#define SPLIT_H

/*
 * Cuts an MP3 into parts that each play alone and together play the original,
 * sample for sample, in every player that honours the Info frame.
 *
 *	if (split_plan(&s, &m, &want, &why) == 0)
 *		for (n = 0; n < s.parts; n++)
 *			part_make(&s, n, &piece);
 *	split_free(&s);
 *
 * A part begins with its tag (part_tag.h) and an Info frame that tells the
 * player to drop what is there only to warm up the decoder: a silent carrier
 * frame, which holds the main data that the first frames reach back to, and at
 * least one (MPEG-1) or two (MPEG-2, 2.5) frames of lead, for the overlap
 * between frames. A part's first frame has the phase that it had in the whole,
 * because some decoders' rounding turns with the count of frames.
 *
 * Where the format changes a part ends, and a new timeline begins.
 */

#include "mp3.h"
#include "part_tag.h"

#include "text.h"

struct split_want {
	uint64_t max_bytes; /* of a part, everything included */
	/*
	 * Cut at the quietest place in so many microseconds before the last
	 * place that fits; 0: there.
	 */
	int64_t quiet_us;
	/* Called now and then, that memory looked at may be let go; or NULL. */
	void (*tidy)(void *arg);
	void *arg;
};

struct split_part {
	size_t first, last; /* audio frames [first, last) of the source */
	size_t lead;        /* frames before `first` that come along */
	size_t carriers;    /* silent frames before these */
	bool begins;        /* it begins the stretch: nothing to warm up */
	bool ends;          /* it ends the stretch */
	int64_t first_smp, samples; /* of what a gapless player plays */
	int64_t start_us, end_us;
};

struct split {
	const struct mp3 *m;
	struct split_want want;
	struct part_tag label;
	struct part_tag_held head,
	    tail;         /* held by the first and the last part */
	bool tags_follow; /* the last part goes on to the end of the source */
	bool even;        /* private: stay away from junk */
	struct split_part *part;
	size_t parts;
};

/* 0, or -1 with why: parts of that size are too small, for instance. */
int split_plan(struct split *s, const struct mp3 *m,
    const struct split_want *want, struct why *why);
void split_free(struct split *s);

#endif
