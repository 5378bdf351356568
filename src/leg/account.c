/* SPDX-License-Identifier: ISC */
#include "account.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account_judge.h"
#include "mem.h"
#include "num.h"
#include "text.h"

/*
 * A clock is wrong by at most DRIFT_PPM: crystals by 100, cheap sound cards by
 * 1000. A leg is stretched by at most STRETCH_MOST. A leg that is longer than
 * the recordings by ACCOUNT_BEYOND_US contains something that must not be
 * heard.
 */
#define TOLERANCE_US ACCOUNT_TOLERANCE_US
#define EXACT_US     ACCOUNT_EXACT_US
#define DRIFT_PPM    1000
#define STRETCH_MOST 0.02

void
account_begin(struct account *a, const struct call *call)
{
	*a = (struct account){.call = call, .legs = call->legs};
	a->leg = mem_alloc((call->legs + 1) * sizeof *a->leg);
	for (size_t i = 0; i < call->legs; i++)
		a->leg[i] = (struct account_leg){.what = &call->leg[i],
		    .tolerance_us = TOLERANCE_US,
		    .told_us = -1,
		    .absent = true};
}

void
account_free(struct account *a)
{
	for (size_t i = 0; i < a->legs; i++) {
		survey_free(&a->leg[i].found);
		free(a->leg[i].span);
		free(a->leg[i].reason);
	}
	for (size_t i = 0; i < a->findings; i++)
		free(a->finding[i].text);
	free(a->leg);
	free(a->finding);
	*a = (struct account){0};
}

static void
add_account_span(struct account_leg *l, int64_t from, int64_t at_us)
{
	if (l->spans > 0)
		l->span[l->spans - 1].to = from;
	l->span = mem_resize(l->span, l->spans + 1, sizeof *l->span);
	l->span[l->spans++] = (struct account_span){
	    .from = from, .to = l->found.samples, .at_us = at_us, .stretch = 1};
}

/* Sets the place of each part of the file, before the correction of clocks. */
static void
place_spans(struct account_leg *l)
{
	const struct call_leg *what = l->what;
	int64_t length = num_us(l->found.samples, l->found.rate);
	int64_t start = what->start_us;

	if (what->fits == CALL_FITS_END)
		start = what->end_us - length;
	l->spans = 0;
	if (what->anchors == 0 || what->anchor[0].file_us > 0)
		add_account_span(l, 0, start);
	for (size_t i = 0; i < what->anchors; i++) {
		int64_t from =
		    num_samples(what->anchor[i].file_us, l->found.rate);

		if (from < l->found.samples)
			add_account_span(l, from, what->anchor[i].call_us);
	}
}

int64_t
account_span_us(const struct account_leg *l, const struct account_span *s)
{
	return (int64_t)((double)num_us(s->to - s->from, l->found.rate) *
			 s->stretch);
}

int64_t
account_end_us(const struct account_leg *l)
{
	const struct account_span *last;

	if (l->spans == 0)
		return 0;
	last = &l->span[l->spans - 1];
	return last->at_us + account_span_us(l, last);
}

double
account_stretch(const struct account_leg *l)
{
	return l->spans > 0 ? l->span[l->spans - 1].stretch : 1;
}

int64_t
account_tolerance_us(const struct account_leg *l)
{
	return l->tolerance_us + l->what->within_us;
}

bool
account_is_small(const struct account_leg *l)
{
	double stretch = account_stretch(l);

	return stretch < 1 || stretch > 1 ||
	       account_magnitude(l->off_us) <= account_tolerance_us(l);
}

/* True if a wrong clock can be the cause of the difference. */
static bool
may_be_drift(const struct account_leg *l, int64_t off_us, int64_t length_us)
{
	int64_t drift = length_us / 1000000 * DRIFT_PPM;

	return account_magnitude(off_us) <=
		   (int64_t)((double)length_us * STRETCH_MOST) &&
	       (account_magnitude(off_us) <= TOLERANCE_US ||
		   account_magnitude(off_us) <= drift) &&
	       l->found.damage.cut_off == 0;
}

/* Compares the end of the file with its place, if both times are in the call
 * file. */
static void
compare_ends(struct account_leg *l)
{
	struct account_span *s = &l->span[l->spans - 1];
	int64_t length = account_span_us(l, s);
	int64_t off = l->what->end_us - s->at_us - length;

	l->off_us = off;
	if (l->what->fits != CALL_FITS_UNTOLD)
		return;
	l->loose = account_magnitude(off) > EXACT_US;
	if (l->loose && may_be_drift(l, off, length))
		s->stretch = (double)(length + off) / (double)length;
}

void
account_absent(struct account *a, size_t i, const char *reason)
{
	free(a->leg[i].reason);
	a->leg[i].reason = text_dup(reason);
}

static void
count_told(struct account_leg *l)
{
	const struct call_leg *what = l->what;
	int64_t cut_off;

	l->found_us = num_us(
	    l->found.samples - l->found.damage.lost - l->found.packets.hole_smp,
	    l->found.rate);
	cut_off = num_us(l->found.damage.cut_off, l->found.rate);
	if (what->fits == CALL_FITS_END)
		l->off_us =
		    what->start_told ? l->span[0].at_us - what->start_us : 0;
	else if (what->end_us > l->span[l->spans - 1].at_us)
		compare_ends(l);
	if (cut_off > account_magnitude(l->off_us) &&
	    what->fits != CALL_FITS_END) {
		l->off_us = cut_off;
		l->loose = what->fits != CALL_FITS_START;
	}
	if (what->end_us >= 0)
		l->told_us =
		    num_us(l->found.samples, l->found.rate) + l->off_us;
}

static int64_t
first_sample(const struct call_leg *what, const struct leg *leg)
{
	int64_t us = what->start_us;

	if (what->fits == CALL_FITS_END)
		us = what->end_us - num_us(leg_samples(leg), leg_rate(leg));
	if (what->anchors > 0 && what->anchor[0].file_us == 0)
		us = what->anchor[0].call_us;
	return us < 0 ? -num_samples(-us, leg_rate(leg))
		      : num_samples(us, leg_rate(leg));
}

int
account_survey(struct account *a, size_t i, struct leg *leg, struct why *why)
{
	struct account_leg *l = &a->leg[i];

	return survey_leg(leg, first_sample(l->what, leg), &l->found, why);
}

int
account_take(struct account *a, size_t i, struct leg *leg, struct why *why)
{
	struct account_leg *l = &a->leg[i];

	l->absent = false;
	leg_identity(leg, &l->dev, &l->ino);
	place_spans(l);
	count_told(l);
	return account_find_unread(a, i, leg, why);
}

int
account_add(struct account *a, size_t i, struct leg *leg, struct why *why)
{
	return account_survey(a, i, leg, why) != 0
		   ? -1
		   : account_take(a, i, leg, why);
}

int64_t
account_overlap(int64_t from, int64_t to, int64_t low, int64_t high)
{
	from = from > low ? from : low;
	to = to < high ? to : high;
	return to > from ? to - from : 0;
}

static void
share_out_doubt(struct account_leg *l, const struct plan *plan)
{
	for (size_t i = 0; i < l->spans; i++) {
		int64_t from = l->span[i].at_us;
		int64_t to = from + account_span_us(l, &l->span[i]), in = 0,
			cut = 0;

		for (size_t k = 0; k < plan->recordings; k++) {
			const struct plan_recording *r = &plan->recording[k];

			in += account_overlap(from, to, r->start_us, r->end_us);
			for (size_t c = 0; c < r->cuts; c++)
				cut += account_overlap(from, to,
				    r->cut[c].start_us, r->cut[c].end_us);
		}
		l->kept_us += in - cut;
		l->cut_us += cut;
		l->outside_us += to - from - in;
	}
}

/* True if something is removed from this leg that must not be heard: a cut, the
 * time between two recordings, or the time after them. */
static bool
has_cuts(const struct account_leg *l, const struct plan *plan)
{
	int64_t slack = account_magnitude(l->off_us) + l->what->within_us;
	int64_t from = l->span[0].at_us - slack;
	int64_t to = account_end_us(l) + slack, last = -1;
	bool talk = false;

	for (size_t i = 0; i < plan->recordings; i++) {
		const struct plan_recording *r = &plan->recording[i];

		talk = r->talk_after;
		for (size_t c = 0; c < r->cuts; c++)
			if (account_overlap(from, to, r->cut[c].start_us,
				r->cut[c].end_us) > 0)
				return true;
		if (i > 0 && account_overlap(from, to, last, r->start_us) > 0)
			return true;
		last = r->end_us;
	}
	if (l->what->end_us > to)
		to = l->what->end_us;
	if (talk && l->off_us > 0)
		to += slack;
	return to - slack > last + ACCOUNT_BEYOND_US && from < last;
}

/*
 * Has it sound of before the first recording that must not be heard? A leg that
 * lacks something only takes that away from the recording, for its sound stands
 * too early then. Where sound may stand too late it comes into it.
 */
static bool
has_talk(const struct account_leg *l, const struct plan *plan)
{
	return plan->recordings > 0 && plan->recording[0].talk_before &&
	       l->span[0].at_us < plan->recording[0].start_us;
}

void
account_find(struct account *a, size_t leg, enum account_kind kind,
    const char *remedy, const char *fmt, ...)
{
	struct account_finding *f;
	struct buf text = {0};
	struct why what;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what.text, sizeof what.text, fmt, ap);
	va_end(ap);
	if (leg == a->legs || a->leg[leg].absent)
		buf_format(&text, "%s", what.text);
	else
		buf_format(&text, "%s leg (%.300s) %s", a->leg[leg].what->role,
		    a->leg[leg].what->file, what.text);
	a->finding = mem_resize(a->finding, a->findings + 1, sizeof *f);
	f = &a->finding[a->findings++];
	*f = (struct account_finding){
	    kind, remedy != NULL, leg, text.s, remedy ? remedy : ""};
}

/* What to write into the call file to continue; the finding holds the call. */
static const char tell_times[] =
    ", and something is cut from it: write into its section 'fits = start' or "
    "'fits = end' where that time is certain, or 'at = PLACE TIME' where its "
    "sound went on";
static const char tell_before[] =
    ", and people talk before the recording who must not be heard: write into "
    "its section 'fits = start' or 'fits = end' where that time is certain";
static const char tell_start[] = ": correct its start and end";
static const char tell_file[] = ": correct its file or channel";

static void
judge_length(struct account *a, size_t i, const char *cuts, const char *held)
{
	struct account_leg *l = &a->leg[i];
	char off[NUM_SECONDS_SIZE];

	(void)num_seconds_text(account_magnitude(l->off_us), off);
	if (account_is_small(l))
		return;
	if (l->off_us > 0) {
		l->missing_us += l->off_us;
		account_find(a, i, ACCOUNT_LENGTH, l->loose ? cuts : NULL,
		    "is missing %s s%s", off,
		    l->loose                         ? ""
		    : l->what->fits == CALL_FITS_END ? " at its beginning"
						     : " at its end");
	} else if (l->loose) {
		account_find(a, i, ACCOUNT_LENGTH, held,
		    "is %s s longer than the call file says", off);
	}
}

/* A part that overlaps with the next one. */
static void
judge_spans(struct account *a, size_t i, bool cuts)
{
	const struct account_leg *l = &a->leg[i];
	char over[NUM_SECONDS_SIZE], at[NUM_SECONDS_SIZE];

	for (size_t k = 0; k + 1 < l->spans; k++) {
		const struct account_span *s = &l->span[k];
		int64_t us = s->at_us + account_span_us(l, s) - s[1].at_us;

		if (us <= account_tolerance_us(l))
			continue;
		account_find(a, i, ACCOUNT_LENGTH, cuts ? tell_times : NULL,
		    "has %s s more sound before 'at = %s' than fits there",
		    num_seconds_text(us, over),
		    num_seconds_text(num_us(s[1].from, l->found.rate), at));
	}
}

/* By how much its sound may be later than it should be. */
int64_t
account_late_us(const struct account_leg *l)
{
	return num_us(l->found.damage.late, l->found.rate);
}

static void
judge_holes(struct account *a, size_t i, const char *held)
{
	struct account_leg *l = &a->leg[i];
	int64_t lost = num_us(l->found.damage.lost, l->found.rate);
	char length[NUM_SECONDS_SIZE], where[NUM_SECONDS_SIZE];

	if (l->found.damage.unsure || account_late_us(l) > TOLERANCE_US)
		account_find(a, i, ACCOUNT_DAMAGE, held,
		    "is damaged, and it is unknown how much is lost");
	if (lost <= TOLERANCE_US)
		return;
	l->missing_us += lost;
	account_find(a, i, ACCOUNT_DAMAGE, NULL,
	    "has lost %s s, from %s s in the file on",
	    num_seconds_text(lost, length),
	    num_seconds_text(
		num_us(l->found.damage.first_lost, l->found.rate), where));
}

static void
judge_leg(struct account *a, size_t i, const struct plan *plan)
{
	struct account_leg *l = &a->leg[i];
	bool cuts = plan && l->spans > 0 && has_cuts(l, plan);
	const char *times = cuts ? tell_times : NULL;
	const char *held = cuts ? tell_times
			   : plan && l->spans > 0 && has_talk(l, plan)
			       ? tell_before
			       : NULL;

	if (l->absent) {
		if (l->what->end_us > l->what->start_us)
			l->told_us = l->what->end_us - l->what->start_us;
		l->missing_us = l->told_us > 0 ? l->told_us : 0;
		account_find(a, i, ACCOUNT_ABSENT, NULL,
		    "%.500s; [%.150s] is silence in the recording",
		    l->reason ? l->reason : l->what->file,
		    l->what->section ? l->what->section->name : l->what->role);
		return;
	}
	if (l->what->fits == CALL_FITS_NONE && held)
		account_find(a, i, ACCOUNT_PLACE, held,
		    "has neither a certain start nor end");
	else
		judge_length(a, i, times, held);
	judge_spans(a, i, cuts);
	judge_holes(a, i, held);
	account_judge_packets(a, i, plan, cuts);
	if (l->unread > 0)
		account_find(a, i, ACCOUNT_UNREAD, NULL,
		    "has sound on channel %d of its file, and no leg of the "
		    "call has that channel",
		    l->unread);
	if (l->found.noise)
		account_find(a, i, ACCOUNT_NOISE, tell_file,
		    "is noise without a voice, as if it were encrypted");
}

/* For all legs of a side: do they overlap with the recordings, and do they have
 * sound? */
static void
judge_side(struct account *a, bool customer, const struct plan *plan)
{
	size_t legs = 0, first = a->legs;
	int64_t kept = 0, wanted = 0;
	bool heard = false;

	for (size_t i = 0; i < plan->recordings; i++)
		wanted +=
		    plan->recording[i].end_us - plan->recording[i].start_us;
	for (size_t i = 0; i < a->legs; i++) {
		const struct account_leg *l = &a->leg[i];

		if (account_is_customer(l) != customer || l->absent)
			continue;
		first = legs++ == 0 ? i : first;
		kept += l->kept_us + l->cut_us;
		heard |= !l->found.silent;
	}
	if (legs == 0 || wanted == 0)
		return;
	if (kept == 0)
		account_find(a, first, ACCOUNT_PLACE, tell_start,
		    "has its sound at another time than the recording");
	else if (!heard)
		account_find(a, first, ACCOUNT_SILENT, tell_file,
		    "is silent from end to end");
}

static bool
is_one_leg_sound(const struct account_leg *l, const struct account_leg *m)
{
	const struct call_leg *a = l->what, *b = m->what;
	const char *x = a->streams ? a->streams : "";
	const char *y = b->streams ? b->streams : "";

	return account_is_one_file(l, m) && a->channel == b->channel &&
	       strcmp(x, y) == 0 && a->start_us == b->start_us;
}

static void
find_same(struct account *a, size_t i, size_t k, int64_t later_us)
{
	const struct call_leg *x = a->leg[i].what;
	char by[NUM_SECONDS_SIZE], text[NUM_SECONDS_SIZE + 16] = "";

	if (later_us != 0)
		(void)snprintf(text, sizeof text, ", %s s %s",
		    num_seconds_text(account_magnitude(later_us), by),
		    later_us > 0 ? "later" : "earlier");
	account_find(a, k, ACCOUNT_SAME, tell_file,
	    "carries the same sound as the %s leg (%.200s)%s", x->role, x->file,
	    text);
}

static void
judge_pairs(struct account *a)
{
	for (size_t i = 0; i < a->legs; i++)
		for (size_t k = i + 1; k < a->legs; k++) {
			const struct account_leg *x = &a->leg[i];
			const struct account_leg *y = &a->leg[k];
			int64_t later = 0;

			if (x->absent || y->absent || x->found.silent ||
			    y->found.silent ||
			    account_is_customer(x) == account_is_customer(y))
				continue;
			if (!is_one_leg_sound(x, y) &&
			    !survey_same(&x->found, &y->found, &later))
				continue;
			find_same(a, i, k, later);
			return;
		}
}

void
account_close(struct account *a, const struct plan *plan, bool whole)
{
	if (plan && whole)
		account_compare(a, plan);
	for (size_t i = 0; i < a->legs; i++) {
		if (plan)
			share_out_doubt(&a->leg[i], plan);
		judge_leg(a, i, plan);
		a->missing_us += a->leg[i].missing_us;
	}
	if (plan)
		for (int side = 0; side < 2; side++)
			judge_side(a, side == 0, plan);
	judge_pairs(a);
	account_judge_sides(a);
}

bool
account_holds(const struct account *a)
{
	bool holds = false;

	for (size_t i = 0; i < a->findings; i++)
		holds |= a->finding[i].holds;
	return holds;
}
