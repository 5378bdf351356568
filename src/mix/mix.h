/* SPDX-License-Identifier: ISC */
#ifndef MIX_H
#define MIX_H

/*
 * The sound of one recording: the tracks of a call, each on its channel, over
 * the pieces that the plan keeps, limited to full scale.
 *
 *	m = mix_new(&what);
 *	while ((n = mix_next(m, channel, &why)) > 0) ...
 *	mix_free(m);
 *
 * The recordings of a call are made in order, because tracks only run forward.
 */

#include "mixer.h"
#include "track.h"

#include "text.h"

#define MIX_BLOCK 4096

struct mix_what {
	struct track **track; /* borrowed, like the pieces */
	size_t tracks;
	const struct mixer_piece *piece;
	size_t pieces;
	unsigned rate, first; /* first: see mixer_channel() */
	int channels;
};

struct mix;
struct mix *mix_new(const struct mix_what *what);
/*
 * Up to MIX_BLOCK samples, the same number on each channel, good until the next
 * call; a second channel that is not there is NULL. 0 at the end; -1 with why.
 */
ssize_t mix_next(struct mix *m, const float *channel[2], struct why *why);
void mix_free(struct mix *m); /* NULL is fine */

#endif
