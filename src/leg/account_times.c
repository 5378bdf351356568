/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "account_judge.h"

bool
account_is_customer(const struct account_leg *l)
{
	return strcmp(l->what->role, call_party_names[CALL_PARTY_CUSTOMER]) ==
	       0;
}

/* The leg of a side that ends last; NULL if it has none, or one is absent. */
static struct account_leg *
last_of_side(struct account *a, bool customer)
{
	struct account_leg *last = NULL;

	for (size_t i = 0; i < a->legs; i++) {
		struct account_leg *l = &a->leg[i];

		if (account_is_customer(l) != customer)
			continue;
		if (l->absent)
			return NULL;
		if (!last || account_end_us(l) > account_end_us(last))
			last = l;
	}
	return last;
}

/* The end without the cuts that reach it. */
static int64_t
last_heard_us(const struct plan_recording *r)
{
	int64_t end = r->end_us;

	for (size_t i = r->cuts; i > 0; i--)
		if (r->cut[i - 1].end_us >= end && r->cut[i - 1].start_us < end)
			end = r->cut[i - 1].start_us;
	return end;
}

/*
 * A leg without any certain time that is longer than the call: it may have begun
 * before the call, and then all its sound is too late. Where nothing must be cut
 * out, the default of `start` counts, which is 0.
 */
static void
compare_with_call(struct account_leg *l, int64_t call_us)
{
	const struct call_leg *what = l->what;
	int64_t over = account_end_us(l) - call_us;

	if (call_us < 0 || what->start_told || what->end_us >= 0 ||
	    what->anchors > 0 || what->fits != CALL_FITS_UNTOLD ||
	    over <= ACCOUNT_EXACT_US)
		return;
	l->off_us = -over;
	l->loose = true;
}

/*
 * By how much the last leg of a side, without an end, is too short. Where people
 * talk after the recording who must not be heard, it can have lost sound and
 * still be longer than the recording. It is right if it ends with the call or,
 * as a recorder that was stopped then, with the recording.
 */
static int64_t
lacks_us(const struct account_leg *l, const struct plan_recording *last,
    int64_t call_us, int64_t end_us)
{
	int64_t after = account_end_us(l) - last->end_us;

	if (last->talk_after && !l->found.timed &&
	    after > account_tolerance_us(l))
		return call_us - account_end_us(l);
	return (l->found.timed ? last_heard_us(last) : last->end_us) - end_us;
}

/*
 * On each side there should be sound to the end of the last recording. A leg
 * without an end in the call file is compared with this, if it is the last of
 * its side. In a capture one side may become silent earlier, but not both, and
 * a recorder that was paused at the end wrote no more packets.
 */
static void
compare_with_recordings(
    struct account *a, const struct plan *plan, int64_t call_us)
{
	struct account_leg *last[2] = {
	    last_of_side(a, true), last_of_side(a, false)};
	int64_t end_of_all = INT64_MIN;

	for (int i = 0; i < 2; i++)
		if (last[i] && account_end_us(last[i]) > end_of_all)
			end_of_all = account_end_us(last[i]);
	for (int i = 0; i < 2; i++) {
		struct account_leg *l = last[i];
		int64_t off;

		if (!l || l->what->end_us >= 0)
			continue;
		off = lacks_us(l, &plan->recording[plan->recordings - 1],
		    call_us, l->found.timed ? end_of_all : account_end_us(l));
		if (off <= ACCOUNT_EXACT_US)
			continue;
		l->off_us = off > l->off_us ? off : l->off_us;
		l->loose = l->what->fits != CALL_FITS_START;
	}
}

/* True if there is something within the call that must not be heard. */
static bool
has_unheard(const struct plan *plan)
{
	const struct plan_recording *r = plan->recording;

	return plan->recordings > 1 || r->cuts > 0 || r->talk_before ||
	       r->talk_after;
}

void
account_compare(struct account *a, const struct plan *plan)
{
	int64_t call_us = call_end_us(a->call);
	bool unheard;

	if (plan->recordings == 0)
		return;
	unheard = has_unheard(plan);
	for (size_t i = 0; i < a->legs; i++)
		if (!a->leg[i].absent && unheard)
			compare_with_call(&a->leg[i], call_us);
	compare_with_recordings(a, plan, call_us);
}
