/* SPDX-License-Identifier: ISC */
#ifndef TRACK_H
#define TRACK_H

/*
 * A leg on the call's clock: its samples at the output's rate, each at its
 * place after the start of the call, silence before and behind. Where the call
 * file tells when a leg ended and its file is up to two percent longer or
 * shorter than that, its clock ran wrong and it is stretched to fit.
 *
 *	t = track_new(leg, &call->leg[i]);
 *	track_start(t, rate, &why);
 *	track_read(t, from, out, n, &why) ...	from never falls
 *	track_close(t);
 */

#include "call.h"
#include "leg.h"

#include "text.h"

struct track;
/* Takes the opened leg over; `what` is borrowed. */
struct track *track_new(struct leg *leg, const struct call_leg *what);
void track_close(struct track *t); /* NULL is fine */

const struct call_leg *track_leg(const struct track *t);
const struct leg *track_file(const struct track *t);
/* Microseconds after the start of the call at which its sound ends. */
int64_t track_end_us(const struct track *t);
/* Output length by input length, as mended; 1: the clock was right. */
double track_stretch(const struct track *t);
/* How many of the samples that its header promised were not there, so far. */
int64_t track_lost(const struct track *t);

/* All 0 or -1 with why. */
int track_start(struct track *t, unsigned rate, struct why *why);
int track_read(
    struct track *t, int64_t from, float *out, size_t n, struct why *why);

#endif
