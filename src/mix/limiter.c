/* SPDX-License-Identifier: ISC */
#include "limiter.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

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

/*
 * True if any of n samples exceeds full scale; full scale itself is allowed,
 * because PCM legs reach it. Most calls need only this, so it can be
 * vectorized: integers, because the bits of floats are in order, and blocks of
 * a fixed length without a branch.
 */
static bool
is_loud(const float *sample, size_t n)
{
	enum { BLOCK = 64, FULL_SCALE = 0x3f800000 };
	int32_t loud = 0;
	size_t i = 0;

	for (; i + BLOCK <= n; i += BLOCK) {
		int32_t bits[BLOCK];

		memcpy(bits, sample + i, sizeof bits);
		for (int k = 0; k < BLOCK; k++)
			loud |= FULL_SCALE - (bits[k] & INT32_MAX);
	}
	for (; i < n; i++)
		loud |= fabsf(sample[i]) > 1 ? INT32_MIN : 0;
	return loud < 0;
}

void
limiter_run(struct limiter *l, float *sample, size_t n, size_t ahead)
{
	size_t all = n + ahead;
	float next = 1;

	if (l->gain >= 1 && !is_loud(sample, all))
		return;
	/* Backwards: low enough at each peak, and falling gradually before it.
	 * This takes at most `ahead` samples, so later ones do not matter. */
	for (size_t i = all; i-- > 0;) {
		float top = fabsf(sample[i]);
		float want = top > 1 ? CEILING / top : 1;

		next = next + l->down < want ? next + l->down : want;
		l->curve[i] = next;
	}
	/* Forwards: rising slowly. */
	for (size_t i = 0; i < n; i++) {
		float most = l->gain + l->back;

		l->gain = l->curve[i] < most ? l->curve[i] : most;
		sample[i] *= l->gain;
	}
}
