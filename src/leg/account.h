/* SPDX-License-Identifier: ISC */
#ifndef ACCOUNT_H
#define ACCOUNT_H

/*
 * The account of a call. For each leg it compares what the call file says with
 * the sound that the file has, and counts what is kept, cut, outside all
 * recordings or missing.
 *
 *	account_begin(&a, &call);
 *	account_add(&a, i, leg, &why);		for each leg that has sound; or
 *	account_absent(&a, i, reason);
 *	account_close(&a, plan);		what does not balance
 *	account_widen(&a, &cut, &before_us, &after_us);
 *	account_free(&a);
 *
 * A leg is placed on the call's clock in spans: one, or one for each anchor
 * (`at`) of its call file. It balances if the length by the call file and the
 * length of its sound differ by 0.3 s at most, or by what a clock can drift. If
 * they differ by more, sound is missing. If something is then cut from that
 * leg, the cut might be at the wrong place, and the call is held. A loss whose
 * place the file itself shows, such as by packet numbers, moves no other sound.
 * Any other doubt about the place of sound widens the cuts (account_widen()).
 */

#include "call.h"
#include "leg.h"
#include "plan.h"
#include "survey.h"

#include "text.h"

/* Samples [from, to) of the file, and when they were heard. */
struct account_span {
	int64_t from, to;
	int64_t at_us;  /* after the call's start; may be negative */
	double stretch; /* corrects its clock; 1: it was right */
};

struct account_leg {
	const struct call_leg *what;
	int64_t tolerance_us; /* 0.3 s, or what the caller sets before close */
	struct survey found;
	dev_t dev; /* of its file */
	ino_t ino;
	int unread; /* channel of its file, see ACCOUNT_UNREAD; 0: none */
	bool absent;
	char *reason; /* why it is absent */
	struct account_span *span;
	size_t spans;
	int64_t told_us;  /* its length by the call file; -1: unknown */
	int64_t found_us; /* its length by its sound */
	int64_t kept_us, cut_us, outside_us;
	int64_t missing_us; /* of told_us */
	int64_t off_us;     /* told minus found; > 0: the file is too short */
	bool loose;         /* off_us is too large, and its place is unknown */
};

enum account_kind {
	ACCOUNT_ABSENT,
	ACCOUNT_LENGTH,
	ACCOUNT_DAMAGE,
	ACCOUNT_PLACE, /* outside the recordings, or at an unknown place */
	ACCOUNT_SILENT,
	ACCOUNT_UNREAD, /* its file has a channel with sound that no leg reads */
	ACCOUNT_SAME,
	ACCOUNT_SIDES, /* who is who is a guess */
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
/* Reads the leg whole; of several legs at once, if need be. 0, or -1 with why. */
int account_survey(
    struct account *a, size_t i, struct leg *leg, struct why *why);
/* Then, in the order of the legs. */
int account_take(struct account *a, size_t i, struct leg *leg, struct why *why);
/* Both. */
int account_add(struct account *a, size_t i, struct leg *leg, struct why *why);
/* reason: why the leg has no sound: "in.wav: No such file or directory". */
void account_absent(struct account *a, size_t i, const char *reason);
/*
 * Call it when all legs are added. plan NULL: lengths are compared, without
 * cuts. whole: the legs should last to the end of the last recording.
 */
void account_close(struct account *a, const struct plan *plan, bool whole);
void account_free(struct account *a);

/* Length on the call's clock divided by that of the file; 1: no correction. */
double account_stretch(const struct account_leg *l);
/* Where the leg's sound ends, in microseconds after the call's start. */
int64_t account_end_us(const struct account_leg *l);
/* By how much a cut must grow to be safe, given how uncertain the places of all
 * legs are. */
void account_widen(const struct account *a, const struct plan_cut *cut,
    int64_t *before_us, int64_t *after_us);
/*
 * The same at the edges of a recording where, by the plan, people who must not
 * be heard talk before or after it: how much of its beginning and its end may
 * be from there.
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
