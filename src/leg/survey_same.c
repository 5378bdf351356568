/* SPDX-License-Identifier: ISC */
#include "survey.h"

#include <math.h>

/* Correlation of two prints from which they are of one sound. */
#define SAME   0.9
#define SAME_S 2

/*
 * Where one is later than the other, or was coded anew, no sample is like the
 * other's, and the windows' loudness and colour must tell. An echo is much
 * softer, and what is said in a room comes back smeared; of two voices the
 * loudness differs by 10 dB or so from window to window, as do their colours.
 */
#define LEVEL_DB  6.0  /* one is as loud as the other */
#define SPREAD_DB 3.0  /* deviation of their difference */
#define SWING_DB  4.5  /* and of what is loud itself: no noise, no tone */
#define COLOUR    0.08 /* mean difference */
#define CHANGE    0.05 /* deviation of its own */
enum { LAGS = 50, LEAST = 250, ENOUGH = 1500, QUARTERS = 4 };

static bool
is_in_survey(const struct survey *s, int64_t window)
{
	return window >= s->first_window &&
	       window < s->first_window + (int64_t)s->prints;
}

static const struct survey_print *
print_at(const struct survey *s, int64_t window)
{
	return &s->print[window - s->first_window];
}

/* To the sample. */
static bool
is_exact(const struct survey *a, const struct survey *b)
{
	int64_t from = a->first_window > b->first_window ? a->first_window
							 : b->first_window;
	double aa = 0, bb = 0, ab = 0;
	size_t told = 0;

	for (; is_in_survey(a, from) && is_in_survey(b, from); from++) {
		double x = (double)print_at(a, from)->sum;
		double y = (double)print_at(b, from)->sum;

		told += x > 0 || x < 0;
		aa += x * x;
		bb += y * y;
		ab += x * y;
	}
	return told >= SAME_S * SURVEY_PER_SECOND && ab > SAME * sqrt(aa * bb);
}

/* What is between two windows has a share of both. */
static double
between(float x, float y, int quarters)
{
	return ((QUARTERS - quarters) * (double)x + quarters * (double)y) /
	       QUARTERS;
}

/* Sums over all windows in which either is loud. */
struct sums {
	size_t n, both;
	double diff, squares;            /* of the loudness, in dB */
	double loud, loud_squares;       /* of one of them */
	double colour, own, own_squares; /* where both are loud */
};

float
survey_loud(double power)
{
	float db = (float)(10 * log10(power + 1e-12));

	return db > SURVEY_SOFT_DB ? db : SURVEY_SOFT_DB;
}

static bool
is_soft(float db)
{
	return db <= SURVEY_SOFT_DB;
}

static void
add_window(struct sums *s, const struct survey_print *x,
    const struct survey_print *y, int quarters)
{
	double power, memory, diff;
	float loud = y->loud;

	if (quarters > 0)
		loud = survey_loud(between(y[0].power, y[1].power, quarters));
	if (is_soft(x->loud) && is_soft(loud))
		return;
	diff = (double)(x->loud - loud);
	s->n++;
	s->diff += diff;
	s->squares += diff * diff;
	s->loud += (double)loud;
	s->loud_squares += (double)loud * (double)loud;
	if (is_soft(x->loud) || is_soft(loud))
		return;
	power = between(y[0].power, y[quarters > 0].power, quarters);
	memory = between(y[0].memory, y[quarters > 0].memory, quarters) / power;
	s->both++;
	s->colour += fabs((double)(x->memory / x->power) - memory);
	s->own += memory;
	s->own_squares += memory * memory;
}

static double
level_spread(size_t n, double sum, double squares)
{
	double mean = sum / (double)n, v = squares / (double)n - mean * mean;

	return v > 0 ? sqrt(v) : 0;
}

static bool
is_far_off(const struct sums *s)
{
	return s->n == LEAST &&
	       level_spread(s->n, s->diff, s->squares) > 2 * SPREAD_DB;
}

/* b is later by so many quarters of a window. */
static struct sums
compare_at_lag(const struct survey *a, const struct survey *b, int lag)
{
	int whole = (lag + QUARTERS * LAGS * 2) / QUARTERS - LAGS * 2;
	int quarters = lag - whole * QUARTERS;
	struct sums s = {0};

	for (size_t i = 0; i < a->prints; i++) {
		int64_t at = a->first_window + (int64_t)i + whole;

		if (s.n == ENOUGH || is_far_off(&s))
			break;
		if (is_in_survey(b, at) && is_in_survey(b, at + (quarters > 0)))
			add_window(&s, &a->print[i], print_at(b, at), quarters);
	}
	return s;
}

/* By how many decibels the loudness of both differs, but for a constant. */
static double
level_distance(const struct survey *a, const struct survey *b, int lag)
{
	struct sums s = compare_at_lag(a, b, lag);

	return s.n < LEAST ? INFINITY : level_spread(s.n, s.diff, s.squares);
}

static bool
is_one_sum(const struct sums *s)
{
	return s->n >= LEAST && s->both >= LEAST &&
	       fabs(s->diff / (double)s->n) < LEVEL_DB &&
	       level_spread(s->n, s->diff, s->squares) < SPREAD_DB &&
	       level_spread(s->n, s->loud, s->loud_squares) > SWING_DB &&
	       s->colour / (double)s->both < COLOUR &&
	       level_spread(s->both, s->own, s->own_squares) > CHANGE;
}

static int
nearest_lag(
    const struct survey *a, const struct survey *b, int from, int to, int step)
{
	double least = INFINITY;
	int best = from;

	for (int lag = from; lag <= to; lag += step) {
		double d = level_distance(a, b, lag);

		if (d < least) {
			least = d;
			best = lag;
		}
	}
	return best;
}

bool
survey_same(const struct survey *a, const struct survey *b, int64_t *later_us)
{
	struct sums s;
	int lag;

	*later_us = 0;
	if (a->rate != b->rate)
		return false;
	if (is_exact(a, b))
		return true;
	lag = nearest_lag(a, b, -LAGS * QUARTERS, LAGS * QUARTERS, QUARTERS);
	lag = nearest_lag(a, b, lag - QUARTERS + 1, lag + QUARTERS - 1, 1);
	s = compare_at_lag(a, b, lag);
	*later_us = lag * INT64_C(1000000) / (SURVEY_PER_SECOND * QUARTERS);
	return is_one_sum(&s);
}
