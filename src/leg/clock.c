/* SPDX-License-Identifier: ISC */
#include "clock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

enum {
	WINDOW_PACKETS = 50, /* packets of a window, which lasts a second */
	WINDOW_FEW = 10,     /* or so few, if it lasts ten seconds */
	STEP_PACKETS = 25,   /* later than expected, in a row: a step */
	EARLY_PACKETS = 12,  /* earlier, among EARLY_AMONG: a step */
	EARLY_AMONG = 50,
	LINE_POINTS = 64, /* points from which the slope is computed */
	SMOOTH = 4,       /* neighbours of a median on each side */
	FEW_POINTS = 5,   /* with fewer points there is no slope */
	RUNS_BACK = 2, /* earlier runs in which a packet out of order may be */
	RUNS_ON = 4,
	LATE_S = 5 /* how far behind the others a packet may come */
};
#define SECOND_US INT64_C(1000000)
#define WINDOW_US SECOND_US
#define LONG_US   (10 * SECOND_US)
#define STEP_US   (INT64_C(30) * 1000)
#define ALONE_US  (INT64_C(25) * 1000)
#define JUMP_US   SECOND_US /* no network delays a packet by more */
#define NEAR_US   (SECOND_US / 4)
/* A shorter run is a stall of the network, not a step of the clock. */
#define BRIEF_US   SECOND_US
#define SLOPE_MOST 0.005 /* 5000 ppm; quartz is within 500 */

static double
nominal_us(const struct clock *c, int64_t ticks)
{
	return (double)ticks * 1e6 / c->hz;
}

void
clock_begin(struct clock *c, unsigned hz)
{
	*c = (struct clock){.hz = hz};
}

void
clock_free(struct clock *c)
{
	for (size_t i = 0; i < c->runs; i++)
		free(c->run[i].point);
	free(c->run);
	*c = (struct clock){0};
}

static void
window_add(struct clock_window *w, int64_t ticks, int64_t us, int64_t lag)
{
	if (w->count++ == 0) {
		*w = (struct clock_window){.begun_us = us,
		    .least = lag,
		    .least_at = ticks,
		    .second = INT64_MAX,
		    .from = ticks,
		    .first_us = us,
		    .count = 1};
	} else if (lag < w->least) {
		w->second = w->least;
		w->second_at = w->least_at;
		w->least = lag;
		w->least_at = ticks;
	} else if (lag < w->second) {
		w->second = lag;
		w->second_at = ticks;
	}
	w->to = ticks;
	w->last_us = us;
}

/* False if the smallest lag is that of a single packet far before the others:
 * its arrival time is wrong. */
static bool
is_least(const struct clock_window *w)
{
	return w->count < 4 || w->second - w->least < ALONE_US;
}

static int64_t
window_lag(const struct clock_window *w)
{
	return is_least(w) ? w->least : w->second;
}

static void
add_point(struct clock_run *r, const struct clock_window *w)
{
	if (r->points == r->room) {
		r->room = r->room ? r->room * 2 : 4;
		r->point = mem_resize(r->point, r->room, sizeof *r->point);
	}
	r->point[r->points++] = (struct clock_point){
	    .ticks = is_least(w) ? w->least_at : w->second_at,
	    .lag_us = (double)window_lag(w)};
}

/*
 * The incomplete window at the end of a run counts if it is at least half full.
 */
static void
close_run(struct clock *c)
{
	struct clock_run *r = c->runs ? &c->run[c->runs - 1] : NULL;

	if (r && c->window.count > 0 &&
	    (r->points == 0 || c->window.count >= WINDOW_PACKETS / 2))
		add_point(r, &c->window);
	c->window.count = c->above.count = c->below.count = c->recent = 0;
}

static void
open_run(struct clock *c, int64_t ticks, int64_t us, bool jumped)
{
	close_run(c);
	if ((c->runs & (c->runs - 1)) == 0)
		c->run = mem_resize(
		    c->run, c->runs ? c->runs * 2 : 1, sizeof *c->run);
	c->run[c->runs++] = (struct clock_run){.from = ticks,
	    .to = ticks,
	    .first_us = us,
	    .last_us = us,
	    .jumped = jumped};
}

static void
take_stamp(struct clock *c, int64_t ticks, int64_t us, int64_t lag)
{
	struct clock_run *r = &c->run[c->runs - 1];
	struct clock_window *w = &c->window;

	if (ticks > r->to)
		r->to = ticks;
	if (ticks < r->from)
		r->from = ticks;
	if (us > r->last_us)
		r->last_us = us;
	window_add(w, ticks, us, lag);
	if (r->points == 0 && (w->count == 1 || (double)lag < c->reference))
		c->reference = (double)lag;
	if ((w->count < WINDOW_PACKETS || us - w->begun_us < WINDOW_US) &&
	    (w->count < WINDOW_FEW || us - w->begun_us < LONG_US))
		return;
	add_point(r, w);
	c->reference = (double)window_lag(w);
	w->count = 0;
}

/* Begins another run with the packets of `side`, which were already added to
 * the current run. */
static void
step_to(struct clock *c, const struct clock_window *side)
{
	struct clock_window begun = *side;
	struct clock_run *old = &c->run[c->runs - 1];
	bool earlier = side == &c->below;

	/*
	 * If all packets before these were late, they did not show the clock.
	 */
	if (!earlier || old->points > 0) {
		if (begun.from > old->from)
			old->to = begun.from;
		if (earlier)
			c->window.count = 0;
		open_run(c, begun.from, begun.first_us, false);
		c->run[c->runs - 1].to = begun.to;
		c->run[c->runs - 1].last_us = begun.last_us;
	}
	c->above.count = c->below.count = c->recent = 0;
	c->window = begun;
	c->reference = (double)window_lag(&begun);
}

/* Detects a step of the clock: all packets later than expected, or many
 * earlier. */
static void
watch_steps(struct clock *c, int64_t ticks, int64_t us, int64_t lag)
{
	double off = (double)lag - c->reference;

	if (off > STEP_US)
		window_add(&c->above, ticks, us, lag);
	else
		c->above.count = 0;
	if (off < -STEP_US)
		window_add(&c->below, ticks, us, lag);
	if (c->below.count > 0 && ++c->recent > EARLY_AMONG)
		c->below.count = c->recent = 0;
	if (c->above.count >= STEP_PACKETS &&
	    us - c->above.first_us > SECOND_US / 2)
		step_to(c, &c->above);
	else if (c->below.count >= EARLY_PACKETS)
		step_to(c, &c->below);
}

static int64_t
lag_of(const struct clock *c, int64_t ticks, int64_t us)
{
	return us - (int64_t)llround(nominal_us(c, ticks));
}

/* A sender that begins again may jump by less than a second, but it does not
 * fall behind slowly. A second packet must confirm it. */
static bool
is_beyond(const struct clock *c, int64_t lag, bool again)
{
	double off = fabs((double)lag - c->reference);

	return off > JUMP_US || (again && off > STEP_US) ||
	       (c->doubting && off > STEP_US &&
		   llabs(lag - c->doubt_lag) <= NEAR_US);
}

static void
add_arrival(struct clock *c, uint32_t stamp, int64_t us, bool again)
{
	int64_t ticks, lag;

	if (!c->started) {
		c->started = true;
		c->stamp = stamp;
		open_run(c, 0, us, true);
	}
	/* The difference as a signed number: RTP timestamps wrap. */
	ticks = c->ticks + (int32_t)(stamp - c->stamp);
	lag = lag_of(c, ticks, us);
	if (c->run[0].points + (size_t)c->window.count > 0 &&
	    is_beyond(c, lag, again)) {
		if (!c->doubting || llabs(lag - c->doubt_lag) > NEAR_US) {
			c->doubting = true;
			c->doubt_lag = lag;
			c->doubt_us = us;
			c->doubt_ticks = ticks;
			return;
		}
		open_run(c, c->doubt_ticks, c->doubt_us, true);
		take_stamp(c, c->doubt_ticks, c->doubt_us, c->doubt_lag);
	}
	c->doubting = false;
	c->ticks = ticks;
	c->stamp = stamp;
	take_stamp(c, ticks, us, lag);
	watch_steps(c, ticks, us, lag);
}

void
clock_add(struct clock *c, uint32_t stamp, int64_t us)
{
	add_arrival(c, stamp, us, false);
}

void
clock_add_again(struct clock *c, uint32_t stamp, int64_t us)
{
	add_arrival(c, stamp, us, true);
}

void
clock_add_late(struct clock *c, uint32_t stamp, int64_t us)
{
	int64_t ticks = c->ticks + (int32_t)(stamp - c->stamp), before;
	struct clock_run *r;

	if (!c->started ||
	    fabs((double)lag_of(c, ticks, us) - c->reference) <= JUMP_US) {
		clock_add(c, stamp, us);
		return;
	}
	r = &c->run[c->runs - 1];
	before = c->runs > 1 ? r[-1].to : INT64_MIN;
	if (ticks < r->from && ticks > before &&
	    r->from - ticks <= (int64_t)c->hz * LATE_S)
		r->from = ticks;
}

/* Joins a stall with the run whose lag is closer to the clock's: the one before
 * it or, at the beginning, the one after it. */
static void
join_brief(struct clock *c)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->runs; i++) {
		struct clock_run *r = &c->run[i];
		bool brief = r->last_us - r->first_us < BRIEF_US;
		bool next_steps = i + 1 < c->runs && !r[1].jumped;

		if (brief && (kept == 0 || r->jumped) && next_steps) {
			r[1].from = r->from < r[1].from ? r->from : r[1].from;
			r[1].first_us = r->first_us;
			r[1].jumped = r->jumped;
			free(r->point);
		} else if (brief && !r->jumped && kept > 0) {
			struct clock_run *before = &c->run[kept - 1];
			before->to = r->to > before->to ? r->to : before->to;
			before->last_us = r->last_us;
			free(r->point);
		} else {
			c->run[kept++] = *r;
		}
	}
	c->runs = kept;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *of, size_t n)
{
	qsort(of, n, sizeof *of, by_size);
	return n % 2 ? of[n / 2] : (of[n / 2 - 1] + of[n / 2]) / 2;
}

static double
slope_of(const struct clock_run *r)
{
	static const size_t most = LINE_POINTS;
	size_t n = r->points < most ? r->points : most, count = 0;
	double *slope, found;

	if (r->points < FEW_POINTS)
		return 0;
	slope = mem_alloc(n * n / 2 * sizeof *slope);
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++) {
			const struct clock_point *a =
			    &r->point[i * (r->points - 1) / (n - 1)];
			const struct clock_point *b =
			    &r->point[k * (r->points - 1) / (n - 1)];
			if (b->ticks > a->ticks)
				slope[count++] = (b->lag_us - a->lag_us) /
						 (double)(b->ticks - a->ticks);
		}
	found = count ? median(slope, count) : 0;
	free(slope);
	return found;
}

/* Replaces each residual by the median of its neighbours. */
static void
smooth(struct clock_run *r)
{
	double *rest = mem_alloc((r->points + 1) * sizeof *rest);
	double near[2 * SMOOTH + 1];

	for (size_t i = 0; i < r->points; i++)
		rest[i] =
		    r->point[i].lag_us - r->slope * (double)r->point[i].ticks;
	for (size_t i = 0; i < r->points; i++) {
		size_t low = i > SMOOTH ? i - SMOOTH : 0;
		size_t high =
		    i + SMOOTH < r->points ? i + SMOOTH : r->points - 1;
		size_t n = high - low + 1;

		memcpy(near, rest + low, n * sizeof *near);
		r->point[i].lag_us = median(near, n);
	}
	free(rest);
}

void
clock_fit(struct clock *c)
{
	if (c->fitted)
		return;
	close_run(c);
	join_brief(c);
	for (size_t i = 0; i < c->runs; i++) {
		struct clock_run *r = &c->run[i];

		r->slope = slope_of(r);
		if (fabs(r->slope) > SLOPE_MOST * 1e6 / c->hz)
			r->slope = 0;
		smooth(r);
	}
	c->fitted = true;
}

/* Interpolates linearly between the points. */
static double
lag_at(const struct clock_run *r, int64_t ticks)
{
	size_t low = 0, high = r->points;
	const struct clock_point *p = r->point;
	double lag = r->slope * (double)ticks;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (p[middle].ticks < ticks)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return lag + p[0].lag_us;
	if (low == r->points)
		return lag + p[low - 1].lag_us;
	return lag + p[low - 1].lag_us +
	       (p[low].lag_us - p[low - 1].lag_us) *
		   (double)(ticks - p[low - 1].ticks) /
		   (double)(p[low].ticks - p[low - 1].ticks);
}

double
clock_at(const struct clock *c, size_t run, int64_t ticks)
{
	return nominal_us(c, ticks) + lag_at(&c->run[run], ticks);
}

/* How far a packet is from where a run expects it, in ticks and time. */
static double
clock_distance(const struct clock *c, size_t run, int64_t ticks, int64_t us)
{
	const struct clock_run *r = &c->run[run];
	double late = fabs((double)us - clock_at(c, run, ticks));
	int64_t out = ticks < r->from ? r->from - ticks
		      : ticks > r->to ? ticks - r->to
				      : 0;

	return late + nominal_us(c, out) * 10;
}

/* Of the runs of which this tick is a part, the one nearest to the arrival. */
static bool
find_part(const struct clock *c, const struct clock_cursor *cursor,
    int64_t ticks, int64_t us, size_t *run)
{
	size_t i = cursor->run > RUNS_BACK ? cursor->run - RUNS_BACK : 0;
	double best = INFINITY;

	for (; i < c->runs && i <= cursor->run; i++) {
		double far = clock_distance(c, i, ticks, us);
		if (ticks >= c->run[i].from && ticks <= c->run[i].to &&
		    far < best) {
			best = far;
			*run = i;
		}
	}
	return best < LATE_S * 1e6;
}

bool
clock_place(const struct clock *c, struct clock_cursor *cursor, uint32_t stamp,
    int64_t us, bool late, struct clock_place *place)
{
	double best = INFINITY;
	size_t i = cursor->run > RUNS_BACK ? cursor->run - RUNS_BACK : 0;
	int64_t ticks;

	if (!cursor->started) {
		cursor->started = true;
		cursor->stamp = c->stamp - (uint32_t)c->ticks; /* of tick 0 */
	}
	ticks = cursor->ticks + (int32_t)(stamp - cursor->stamp);
	late = late && find_part(c, cursor, ticks, us, &place->run);
	for (; !late && i < c->runs && i < cursor->run + RUNS_ON; i++) {
		double far = clock_distance(c, i, ticks, us);
		if (far < best) {
			best = far;
			place->run = i;
		}
	}
	if (!late && best > JUMP_US * 1.5)
		return false;
	if (!late) {
		cursor->ticks = ticks;
		cursor->stamp = stamp;
		cursor->run = place->run;
	}
	place->ticks = ticks;
	place->at_us = clock_at(c, place->run, ticks);
	return true;
}
