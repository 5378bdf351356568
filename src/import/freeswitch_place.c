/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "freeswitch_recordings.h"
#include "mem.h"

/* A busy machine starts and ends this late. */
#define NOISE_US 300000
/* A smaller shift does not make a place of its own. */
#define SMALL_US 20000
/* The uncertainty of a place that is allowed. */
#define UNSURE_US 100000

/* Nothing is written from from_us to to_us; the loss at a seam is computed. */
struct stop {
	int64_t from_us, to_us;
	int64_t most_us; /* most that can be lost before to_us; -1: known */
	bool sure;       /* certainly as much as possible is lost */
};

struct stops {
	struct stop *stop;
	size_t count;
};

static void
add_stop(
    struct stops *s, int64_t from_us, int64_t to_us, int64_t most_us, bool sure)
{
	s->stop = mem_resize(s->stop, s->count + 1, sizeof *s->stop);
	s->stop[s->count++] = (struct stop){from_us, to_us, most_us, sure};
}

static int
by_stop_time(const void *a, const void *b)
{
	const struct stop *x = a, *y = b;

	return (x->to_us > y->to_us) - (x->to_us < y->to_us);
}

static void
find_stops(const struct recordings *all, const struct recording *rec,
    int64_t start_us, struct stops *s)
{
	for (size_t i = 0; i < rec->stills; i++)
		add_stop(
		    s, rec->still[i].from_us, rec->still[i].to_us, -1, false);
	for (size_t i = 0; i < all->seams && start_us > 0; i++) {
		const struct seam *seam = &all->seam[i];
		int64_t from =
		    seam->from_us > start_us ? seam->from_us : start_us;
		int64_t most = seam->at_us - from;

		if (seam->at_us <= start_us || seam->at_us >= rec->end_us)
			continue;
		if (seam->kind != SEAM_ANY && !rec->bridged_only &&
		    most > rec->held_us)
			most = rec->held_us;
		add_stop(s, seam->at_us, seam->at_us, most > 0 ? most : 0,
		    seam->kind == SEAM_ANY ||
			(seam->kind == SEAM_RINGS && most >= rec->held_us));
	}
	if (s->count > 1)
		qsort(s->stop, s->count, sizeof *s->stop, by_stop_time);
}

static int64_t
known_us(const struct stops *s)
{
	int64_t sum = 0;

	for (size_t i = 0; i < s->count; i++)
		sum += s->stop[i].to_us - s->stop[i].from_us;
	return sum;
}

/*
 * Distributes the loss among the seams that certainly lose. Returns the rest.
 */
static int64_t
share_sure(struct stops *s, int64_t lost_us)
{
	for (size_t i = 0; i < s->count; i++) {
		struct stop *at = &s->stop[i];
		int64_t part = at->most_us < lost_us ? at->most_us : lost_us;

		if (!at->sure || part <= 0)
			continue;
		at->from_us -= part;
		lost_us -= part;
	}
	return lost_us;
}

/*
 * How much the seams from number i can lose, without those that certainly do.
 */
static int64_t
can_us(const struct stops *s, size_t i)
{
	int64_t sum = 0;

	for (; i < s->count; i++)
		if (s->stop[i].most_us > 0 && !s->stop[i].sure)
			sum += s->stop[i].most_us;
	return sum;
}

static int64_t
later_of(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/*
 * Distributes the rest among the seams that may lose, in proportion to what
 * they can lose. The last seam gets what no seam explains, so that the end is
 * right. Returns the uncertainty of the places between; -1: the loss cannot be
 * explained.
 */
static int64_t
share_out_lost(struct stops *s, int64_t lost_us)
{
	int64_t rest = share_sure(s, lost_us), can = can_us(s, 0);
	int64_t shared = 0, unsure = 0, more = rest - can;
	struct stop *last = NULL;

	if (more > NOISE_US || rest < -NOISE_US)
		return -1;
	for (size_t i = 0; i < s->count && rest > 0; i++) {
		struct stop *at = &s->stop[i];
		int64_t part, low, high;

		if (at->most_us < 0)
			continue;
		last = at;
		if (at->sure || can <= 0)
			continue;
		part = more >= 0 ? at->most_us
				 : (int64_t)((double)rest *
					     (double)at->most_us / (double)can);
		at->from_us -= part;
		shared += part;
		low = later_of(rest - can_us(s, i + 1), 0);
		high = can - can_us(s, i + 1);
		high = high < rest ? high : rest;
		unsure =
		    later_of(unsure, later_of(high - shared, shared - low));
	}
	if (last && rest > shared)
		last->from_us -= rest - shared;
	return unsure > UNSURE_US ? unsure : 0;
}

/* Only its end is certain. */
static void
fit_end(const struct recordings *all, const struct recording *rec,
    struct import_call *c, struct import_leg *leg)
{
	size_t seams = 0;

	leg->start_us = -1;
	leg->end_us = rec->end_us;
	leg->fits = rec->stills > 0 || rec->end_unsure ? "none" : "end";
	if (rec->end_unsure)
		leg->start_us = rec->start_us;
	if (rec->stills > 0)
		import_untold(c, "when record_session_pause paused");
	for (size_t i = 0; i < all->seams; i++)
		seams += all->seam[i].at_us < rec->end_us;
	if (seams > 1)
		leg->within_us = (int64_t)(seams - 1) * rec->held_us;
}

/* If two seams are close together, the loss is before the first. */
static void
part_stops(struct stops *s)
{
	for (size_t i = s->count; i-- > 1;) {
		struct stop *at = &s->stop[i], *before = at - 1;
		int64_t over = before->to_us - at->from_us;

		if (over <= 0 || before->most_us < 0)
			continue;
		at->from_us += over;
		before->from_us -= over;
	}
}

static void
set_places(const struct stops *s, int64_t start_us, struct import_leg *leg)
{
	int64_t place = 0, from = start_us;

	leg->start_us = start_us;
	for (size_t i = 0; i < s->count; i++) {
		const struct stop *at = &s->stop[i];

		if (at->from_us > from)
			place += at->from_us - from;
		from = at->to_us;
		/* No sound between the two: only the later one counts. */
		if (i + 1 < s->count && s->stop[i + 1].from_us <= from)
			continue;
		if (at->to_us - at->from_us < SMALL_US)
			continue;
		if (place < SMALL_US)
			leg->start_us = at->to_us - place;
		else
			import_leg_anchor(leg, place, at->to_us);
	}
}

/*
 * With the length of the file, the loss between its start and its end is known,
 * and is distributed among the seams. If it cannot be explained, both times are
 * passed on, and the account of the call reports that they do not match.
 */
void
recording_place(const struct recordings *all, const struct recording *rec,
    int64_t length_us, struct import_call *c, struct import_leg *leg)
{
	int64_t start = rec->start_us, lost, unsure;
	struct stops s = {0};

	if (length_us <= 0 || rec->end_unsure) {
		fit_end(all, rec, c, leg);
		return;
	}
	leg->end_us = rec->end_us;
	find_stops(all, rec, start, &s);
	lost = start > 0 ? rec->end_us - start - known_us(&s) - length_us : 0;
	unsure = share_out_lost(&s, lost);
	if (unsure < 0 && rec->append && lost < 0 && rec->stills == 0) {
		/* The earlier content of the file is another call's. */
		fit_end(all, rec, c, leg);
	} else if (unsure < 0) {
		leg->start_us = start;
	} else {
		leg->fits = "start";
		leg->within_us = unsure;
		part_stops(&s);
		set_places(&s, rec->end_us - length_us - known_us(&s), leg);
	}
	free(s.stop);
}
