/* SPDX-License-Identifier: ISC */
#ifndef ACCOUNT_JUDGE_H
#define ACCOUNT_JUDGE_H

/* Private to the files of the account. */

#include "account.h"

/*
 * The difference that is allowed. Less than EXACT is rounding, because recorders
 * write whole packets and blocks.
 */
#define ACCOUNT_TOLERANCE_US 300000
#define ACCOUNT_EXACT_US     10000

/* Adds a finding; with a remedy it holds the call. */
__attribute__((format(printf, 5, 6))) void account_find(struct account *a,
    size_t leg, enum account_kind kind, const char *remedy, const char *fmt,
    ...);

/* The length of the part of [from, to) that is in [low, high). */
int64_t account_overlap(int64_t from, int64_t to, int64_t low, int64_t high);

/* A leg that is longer than the recordings by this time is at a wrong place. */
#define ACCOUNT_BEYOND_US 1000000

/* The length of a span on the call's clock. */
int64_t account_span_us(
    const struct account_leg *l, const struct account_span *s);
/* By how much its sound may be later than it should be. */
int64_t account_late_us(const struct account_leg *l);
/* True if the difference was corrected, or is too small to report. */
bool account_is_small(const struct account_leg *l);
int64_t account_magnitude(int64_t us);
/* The difference that is allowed for this leg: times that are not exact may be
 * wrong by `within` in addition. */
int64_t account_tolerance_us(const struct account_leg *l);

/* account_times.c: compares the ends of legs with the recordings and the call. */
void account_compare(struct account *a, const struct plan *plan);
bool account_is_customer(const struct account_leg *l);

/*
 * account_channels.c: true if both legs are in one file, however their call file
 * spells it. A leg that was not added yet is known by its spelling alone.
 */
bool account_is_one_file(
    const struct account_leg *a, const struct account_leg *b);
/*
 * Sets `unread` of the first leg of a file to the first channel that has sound
 * and that no leg reads. For each leg that is added. 0, or -1 with why.
 */
int account_find_unread(
    struct account *a, size_t i, const struct leg *leg, struct why *why);

/* account_channels.c: adds a finding if it is a guess who is who. */
void account_judge_sides(struct account *a);

/* account_packets.c: adds findings for lost packets of a capture. */
void account_judge_packets(
    struct account *a, size_t i, const struct plan *plan, bool cuts);

#endif
