/* SPDX-License-Identifier: ISC */
#include "limiter.h"

#include <math.h>
#include <stdbool.h>

#define CEILING 0.99F

void
limiter_init(struct limiter *l, unsigned rate)
{
	l->ahead = rate / 200; /* 5 ms */
	if (l->ahead < 1)
		l->ahead = 1;
	if (l->ahead > LIMITER_AHEAD_MAX)
		l->ahead = LIMITER_AHEAD_MAX;
	l->gain = 1;
	l->down = 1 / (float)l->ahead;
	l->back = 10 / (float)rate;
}

size_t
limiter_ahead(const struct limiter *l)
{
	return l->ahead;
}

static bool
is_loud(const float *sample, size_t n)
{
	/* Without a branch for each sample: this is all that most calls need.
	 * Full scale itself is no overload: PCM legs reach it. */
	float top = 0;

	for (size_t i = 0; i < n; i++) {
		float x = fabsf(sample[i]);
		top = x > top ? x : top;
	}
	return top > 1;
}

void
limiter_run(struct limiter *l, float *sample, size_t n, size_t ahead)
{
	size_t all = n + ahead;
	float next = 1;

	if (l->gain >= 1 && !is_loud(sample, all))
		return;
	/* Backwards: low enough at each peak, and gliding down to it. A glide
	 * takes at most `ahead` samples, so that later ones do not matter. */
	for (size_t i = all; i-- > 0;) {
		float top = fabsf(sample[i]);
		float want = top > 1 ? CEILING / top : 1;

		next = next + l->down < want ? next + l->down : want;
		l->curve[i] = next;
	}
	/* Forwards: coming back slowly. */
	for (size_t i = 0; i < n; i++) {
		float most = l->gain + l->back;

		l->gain = l->curve[i] < most ? l->curve[i] : most;
		sample[i] *= l->gain;
	}
}
