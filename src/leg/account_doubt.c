/* SPDX-License-Identifier: ISC */
#include "account_judge.h"
#include "num.h"

#define UNHEARD_US 50000 /* shorter than a word */
#define PACKET_US  20000 /* precision of a capture's clock */

int64_t
account_magnitude(int64_t us)
{
	return us < 0 ? -us : us;
}

/* How much of the difference a corrected clock has made up for until then. */
static int64_t
corrected_us(const struct account_leg *l, int64_t at_us)
{
	const struct account_span *s = &l->span[l->spans - 1];
	double part = 0;

	if (s->stretch < 1 || s->stretch > 1)
		part =
		    (double)(at_us - s->at_us) / (double)account_span_us(l, s);
	part = part < 0 ? 0 : part > 1 ? 1 : part;
	return (int64_t)((double)account_magnitude(l->off_us) * part);
}

/* The sound at a place may belong there or, if the difference arose at one
 * place, earlier or later by a part of it. */
static void
widen_by(const struct account_leg *l, const struct plan_cut *cut,
    int64_t *before_us, int64_t *after_us)
{
	int64_t off = account_magnitude(l->off_us);
	int64_t first = corrected_us(l, cut->start_us);
	int64_t last = corrected_us(l, cut->end_us);

	if (l->off_us > 0) {
		*before_us = off - first + ACCOUNT_EXACT_US;
		*after_us = last + ACCOUNT_EXACT_US;
	} else {
		*before_us = first + ACCOUNT_EXACT_US;
		*after_us = off - last + ACCOUNT_EXACT_US;
	}
}

static int64_t
larger_doubt(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* By how much the sound of this leg at a cut may be too early or too late. */
static void
doubt_at(const struct account_leg *l, const struct plan_cut *cut,
    int64_t *before_us, int64_t *after_us)
{
	int64_t own = l->what->within_us + (l->found.timed ? PACKET_US : 0);

	*before_us = *after_us = 0;
	/* A call that is accepted although it is held is not changed. */
	if (l->loose && account_is_small(l))
		widen_by(l, cut, before_us, after_us);
	*before_us += own + num_us(l->found.damage.early, l->found.rate);
	*after_us += own + account_late_us(l);
}

void
account_widen(const struct account *a, const struct plan_cut *cut,
    int64_t *before_us, int64_t *after_us)
{
	*before_us = *after_us = 0;
	for (size_t i = 0; i < a->legs; i++) {
		int64_t before, after;

		if (a->leg[i].spans == 0)
			continue;
		doubt_at(&a->leg[i], cut, &before, &after);
		*before_us = larger_doubt(*before_us, before);
		*after_us = larger_doubt(*after_us, after);
	}
}

void
account_narrow(const struct account *a, const struct plan_recording *r,
    int64_t *first_us, int64_t *last_us)
{
	const struct plan_cut first = {.start_us = r->start_us,
				  .end_us = r->start_us},
			      last = {
				  .start_us = r->end_us, .end_us = r->end_us};

	*first_us = *last_us = 0;
	for (size_t i = 0; i < a->legs; i++) {
		const struct account_leg *l = &a->leg[i];
		int64_t before, after;

		if (l->spans == 0)
			continue;
		doubt_at(l, &first, &before, &after);
		if (r->talk_before && after > UNHEARD_US)
			*first_us = larger_doubt(*first_us, after);
		doubt_at(l, &last, &before, &after);
		if (r->talk_after && before > UNHEARD_US)
			*last_us = larger_doubt(*last_us, before);
	}
}
