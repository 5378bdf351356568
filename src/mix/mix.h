/* SPDX-License-Identifier: ISC */
#ifndef MIX_H
#define MIX_H

/*
 * Mixes the sound of one recording: the tracks of a call, each on its channel,
 * over the pieces that the plan keeps, limited to full scale. All positions are
 * samples at the output's rate, from the start of the call.
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

/* [from, to) of the call. The pieces in order are the recording. */
struct mix_piece {
	int64_t from, to;
	enum mix_kind kind;
};

/* By how much a cut is widened. */
struct mix_pad {
	int64_t before_us, after_us;
};

/*
 * Gets the pieces of a recording: the kept parts and, in the styles that keep the
 * length, the silence or tone in place of the cuts. pad has an element for each
 * cut. Returns their number; *pieces is allocated (NULL if there are none).
 */
size_t mix_pieces(const struct plan_recording *r, enum plan_style style,
    unsigned rate, const struct mix_pad *pad, struct mix_piece **pieces);
int64_t mix_samples(const struct mix_piece *piece, size_t pieces);

/*
 * Parses roles, such as "customer,third-party", into a set with the bits 1 <<
 * CALL_PARTY_... 0, or -1 if a word is not a role.
 */
int mix_roles(const char *text, unsigned *roles);
/* The channel of a role: 0 if it is in the set `first` or in mono, else 1. */
int mix_channel(const char *role, unsigned first, int channels);

/* The tone that replaces a cut; `at` is relative to the beginning of the cut. */
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
 * Gets up to MIX_BLOCK samples of each channel, valid until the next call; in
 * mono the second channel is NULL. 0 at the end; -1 with why.
 */
ssize_t mix_next(struct mix *m, const float *channel[2], struct why *why);
void mix_free(struct mix *m); /* NULL is fine */

#endif
