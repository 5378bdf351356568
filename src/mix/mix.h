/* SPDX-License-Identifier: ISC */
#ifndef MIX_H
#define MIX_H

/*
 * The sound of one recording: the tracks of a call, each on its channel, over
 * the pieces that the plan keeps, limited to full scale. All positions are
 * samples of the output's rate, counted from the instant at which the call
 * started.
 *
 *	m = mix_new(&what);
 *	while ((n = mix_next(m, channel, &why)) > 0) ...
 *	mix_free(m);
 *
 * The recordings of a call are made in order, because tracks only run forward.
 */

#include "call.h"
#include "plan.h"
#include "track.h"

#include "text.h"

#define MIX_CUSTOMER (1U << CALL_PARTY_CUSTOMER)

enum mix_kind { MIX_KEEP, MIX_SILENCE, MIX_TONE };

/* [from, to) of the call, in order; all pieces one after the other are the
 * recording. */
struct mix_piece {
	int64_t from, to;
	enum mix_kind kind;
};

/* By how much a cut grows. */
struct mix_pad {
	int64_t before_us, after_us;
};

/*
 * The pieces of a recording: its kept stretches and, in the styles that keep
 * the clock, what stands for the cuts; pad has one for each cut. Returns their
 * number; *pieces is allocated (NULL where there are none).
 */
size_t mix_pieces(const struct plan_recording *r, enum plan_style style,
    unsigned rate, const struct mix_pad *pad, struct mix_piece **pieces);
int64_t mix_samples(const struct mix_piece *piece, size_t pieces);

/*
 * Roles as a set: bit 1 << CALL_PARTY_... Reads "customer,third-party"; 0, or
 * -1 where a word is no role.
 */
int mix_roles(const char *text, unsigned *roles);
/* 0 or 1: whoever is of the roles `first` is on the first channel, everyone
 * else on the second; mono has only 0. */
int mix_channel(const char *role, unsigned first, int channels);

/* The tone that stands for a cut; `at` counts from where the cut begins. */
void mix_tone(float *sample, size_t n, int64_t at, unsigned rate);

#define MIX_BLOCK 4096

struct mix_what {
	struct track **track; /* borrowed, like the pieces */
	size_t tracks;
	const struct mix_piece *piece;
	size_t pieces;
	unsigned rate, first; /* first: see mix_channel() */
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
