/* SPDX-License-Identifier: ISC */
#ifndef SPLIT_H
#define SPLIT_H

/*
 * Splits an MP3 into parts. Each can be played alone, and together they play the
 * original, sample for sample, in every player that uses the Info frame.
 *
 *	if (split_plan(&s, &m, &want, &why) == 0)
 *		for (n = 0; n < s.parts; n++)
 *			part_make(&s, n, &piece);
 *	split_free(&s);
 *
 * A part begins with its tag (part_tag.h) and an Info frame, by which players drop
 * the frames that only initialize the decoder: carriers (lead.h), silent frames
 * with the main data to which the first frames refer, and at least one (MPEG-1)
 * or two (MPEG-2, 2.5) frames of lead, because frames overlap. The first frame of
 * a part has the same phase as in the whole, because the rounding of some
 * decoders depends on the number of frames.
 *
 * If the format changes, a part ends, and a new timeline begins.
 */

#include "mp3.h"
#include "part_tag.h"

#include "text.h"

struct split_want {
	uint64_t max_bytes; /* of a part, everything included */
	/*
	 * Cut at the quietest place within this time before the last possible
	 * place; 0: at the last possible place.
	 */
	int64_t quiet_us;
	/* Called repeatedly to release memory that was read; or NULL. */
	void (*tidy)(void *arg);
	void *arg;
};

struct split_part {
	size_t first, last; /* audio frames [first, last) of the source */
	size_t lead;        /* frames before `first` that it also has */
	size_t carriers;    /* silent frames before these */
	bool begins;        /* it begins the stretch: no lead is needed */
	bool ends;          /* it ends the stretch */
	int64_t first_smp, samples; /* as a gapless player plays it */
	int64_t start_us, end_us;
};

struct split {
	const struct mp3 *m;
	struct split_want want;
	struct part_tag label;
	struct part_tag_held head, tail; /* in the first and the last part */
	bool tags_follow; /* the last part extends to the end of the source */
	bool even;        /* private: do not cut at junk */
	struct split_part *part;
	size_t parts;
};

/* 0, or -1 with why, for instance if max_bytes is too small. */
int split_plan(struct split *s, const struct mp3 *m,
    const struct split_want *want, struct why *why);
void split_free(struct split *s);

#endif
