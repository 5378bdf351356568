/* SPDX-License-Identifier: ISC */
#ifndef ACCOUNT_JUDGE_H
#define ACCOUNT_JUDGE_H

/* What the files of the account share, and nobody else needs. */

#include "account.h"

/*
 * What may be off without a word; less than EXACT is rounding, for recorders
 * write packets and blocks.
 */
#define ACCOUNT_TOLERANCE_US 300000
#define ACCOUNT_EXACT_US     10000

/* Adds a finding; with a remedy it holds the call. */
__attribute__((format(printf, 5, 6))) void account_find(struct account *a,
    size_t leg, enum account_kind kind, const char *remedy, const char *fmt,
    ...);

/* How much of [from, to) lies in [low, high). */
int64_t account_overlap(int64_t from, int64_t to, int64_t low, int64_t high);

/* One that goes on for so long after the recordings is not to be heard. */
#define ACCOUNT_BEYOND_US 1000000

/* Of one piece of a leg, on the call's clock. */
int64_t account_span_us(
    const struct account_leg *l, const struct account_span *s);
/* By how much its sound may stand later than it should. */
int64_t account_late_us(const struct account_leg *l);
/* What is off was mended, or is so little that nobody is told. */
bool account_is_small(const struct account_leg *l);
int64_t account_magnitude(int64_t us);

/* account_packets.c: what of a capture's packets is missing. */
void account_judge_packets(
    struct account *a, size_t i, const struct plan *plan, bool cuts);

#endif
