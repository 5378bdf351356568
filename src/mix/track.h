/* SPDX-License-Identifier: ISC */
#ifndef TRACK_H
#define TRACK_H

/*
 * A leg on the call's clock: its samples at the output's rate, each at its place
 * in the call by the leg's account (account.h), and silence before, between and
 * after them.
 *
 *	t = track_new(leg, &account.leg[i]);
 *	track_start(t, rate, &why);
 *	track_read(t, from, out, n, &why) ...	from must not decrease
 *	track_close(t);
 */

#include "account.h"
#include "leg.h"

#include "text.h"

struct track;
/* Owns the open leg from then on; the account is borrowed. */
struct track *track_new(struct leg *leg, const struct account_leg *account);
void track_close(struct track *t); /* NULL is fine */

const struct call_leg *track_leg(const struct track *t);
const struct account_leg *track_account(const struct track *t);
const struct leg *track_file(const struct track *t);

/* 0 or -1 with why. */
int track_start(struct track *t, unsigned rate, struct why *why);
int track_read(
    struct track *t, int64_t from, float *out, size_t n, struct why *why);

#endif
