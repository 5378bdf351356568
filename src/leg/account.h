/* SPDX-License-Identifier: ISC */
#ifndef ACCOUNT_H
#define ACCOUNT_H

/*
 * The account of a call: for each leg what the call file tells of it, what its
 * file holds, and what of that is kept, cut, outside all recordings or missing.
 *
 *	account_begin(&a, &call);
 *	account_add(&a, i, leg, &why);		for each leg that has sound; or
 *	account_absent(&a, i, reason);
 *	account_close(&a, plan);		what does not balance
 *	account_widen(&a, &cut, &before_us, &after_us);
 *	account_free(&a);
 *
 * A leg stands on the call's clock in spans: one, or one for each anchor of its
 * call file. It is balanced where told and found differ by 0.3 s at most, or by
 * what a clock can drift. Where they differ by more, sound is missing; if
 * something is cut from that leg, the cut might not be where it should be, and
 * the call is held. What its file tells to be lost, and where, by numbers of
 * its own, keeps its place; what else is uncertain about the place of its sound
 * widens its cuts (account_widen()).
 */

#include "call.h"
#include "leg.h"
#include "plan.h"
#include "survey.h"

#include "text.h"

/* [from, to) of the file, in samples, and where that belongs. */
struct account_span {
	int64_t from, to;
	int64_t at_us;  /* after the call's start; may be negative */
	double stretch; /* as its clock is mended; 1: it was right */
};

struct account_leg {
	const struct call_leg *what;
	int64_t tolerance_us; /* 0.3 s, or what the caller sets before close */
	struct survey found;
	bool absent;
	char *reason; /* of that */
	struct account_span *span;
	size_t spans;
	int64_t told_us;  /* its length by the call file; -1: not told */
	int64_t found_us; /* of sound */
	int64_t kept_us, cut_us, outside_us;
	int64_t missing_us; /* of what was told */
	int64_t off_us;     /* told less what its file holds; >0: too short */
	bool loose; /* off_us counts, and nobody knows where it arises */
};

enum account_kind {
	ACCOUNT_ABSENT,
	ACCOUNT_LENGTH,
	ACCOUNT_DAMAGE,
	ACCOUNT_PLACE, /* nowhere in the recordings, or nobody knows where */
	ACCOUNT_SILENT,
	ACCOUNT_SAME,
	ACCOUNT_NOISE
};

struct account_finding {
	enum account_kind kind;
	bool holds;         /* nothing of the call may be delivered */
	size_t leg;         /* or account.legs: the call */
	char *text;         /* "customer leg (in.wav): 1.500 s are missing" */
	const char *remedy; /* what to write to go on, or "" */
};

struct account {
	const struct call *call;
	struct account_leg *leg;
	size_t legs;
	struct account_finding *finding;
	size_t findings;
	int64_t missing_us; /* in all */
};

void account_begin(struct account *a, const struct call *call);
/* Reads the leg whole. 0, or -1 with why. */
int account_add(struct account *a, size_t i, struct leg *leg, struct why *why);
/* Why it has none: "in.wav: No such file or directory". */
void account_absent(struct account *a, size_t i, const char *reason);
/*
 * Once all legs are known. plan NULL: what was told is compared, no cut is
 * concerned. whole: the legs should last to the end of the last recording.
 */
void account_close(struct account *a, const struct plan *plan, bool whole);
void account_free(struct account *a);

/* Length on the call's clock by length of the file; 1: its clock was right. */
double account_stretch(const struct account_leg *l);
/* Where the leg's sound ends, in microseconds after the call's start. */
int64_t account_end_us(const struct account_leg *l);
/* By how much a cut must grow so that what it means is gone in spite of what
 * is uncertain about the places of all legs. */
void account_widen(const struct account *a, const struct plan_cut *cut,
    int64_t *before_us, int64_t *after_us);
/*
 * The same at the edges of a recording, where the plan says that people talk
 * before it or after it who are not to be heard: what of its first and last
 * microseconds may be from there.
 */
void account_narrow(const struct account *a, const struct plan_recording *r,
    int64_t *first_us, int64_t *last_us);
/* True where a finding holds the call. */
bool account_holds(const struct account *a);
/* One line: "customer in.wav: told 20.000 s, found ...". */
void account_line(const struct account_leg *l, struct buf *out);
/* Of a leg that is a capture: "1500 packets, 2 lost, ...". */
void account_packets_line(const struct account_leg *l, struct buf *out);

#endif
