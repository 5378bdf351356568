/* SPDX-License-Identifier: ISC */
#ifndef MIXER_H
#define MIXER_H

/*
 * Which samples of a call stand in a recording, and how the legs become one or
 * two channels. All positions are samples of the output's rate, counted from
 * the instant at which the call started.
 */

#include "call.h"
#include "plan.h"

#define MIXER_CUSTOMER (1U << CALL_PARTY_CUSTOMER)

enum mixer_kind { MIXER_KEEP, MIXER_SILENCE, MIXER_TONE };

/* [from, to) of the call, in order; all pieces one after the other are the
 * recording. */
struct mixer_piece {
	int64_t from, to;
	enum mixer_kind kind;
};

/*
 * The pieces of a recording: its kept stretches and, in the styles that keep
 * the clock, what stands for the cuts. pad_us widens every cut on both sides.
 * Returns their number; *pieces is allocated (NULL where there are none).
 */
size_t mixer_pieces(const struct plan_recording *r, enum plan_style style,
    unsigned rate, int64_t pad_us, struct mixer_piece **pieces);
int64_t mixer_samples(const struct mixer_piece *piece, size_t pieces);

/*
 * Roles as a set: bit 1 << CALL_PARTY_... Reads "customer,third-party"; 0, or
 * -1 where a word is no role.
 */
int mixer_roles(const char *text, unsigned *roles);
/* 0 or 1: whoever is of the roles `first` is on the first channel, everyone
 * else on the second; mono has only 0. */
int mixer_channel(const char *role, unsigned first, int channels);

/* The tone that stands for a cut; `at` counts from where the cut begins. */
void mixer_tone(float *sample, size_t n, int64_t at, unsigned rate);

#endif
