/* SPDX-License-Identifier: ISC */
#ifndef LIMITER_H
#define LIMITER_H

/*
 * Keeps a mix of several speakers within full scale without making all of it
 * softer. It looks ahead: the gain glides down before a peak, so that nothing
 * is clipped and nothing clicks, and comes back within about 100 ms. What never
 * exceeds full scale is not touched at all.
 *
 *	limiter_init(&l, rate);
 *	limiter_run(&l, sample, n, ahead) ...	sample has n + ahead values
 *
 * Each call limits the first n; the `ahead` behind them are the first of the
 * next call. Ahead is limiter_ahead(&l), or what is left at the end.
 */

#include <stddef.h>

#define LIMITER_BLOCK     4096 /* n at most */
#define LIMITER_AHEAD_MAX 1024

struct limiter {
	size_t ahead;
	float gain, down, back; /* now; most change from sample to sample */
	float curve[LIMITER_BLOCK + LIMITER_AHEAD_MAX];
};

void limiter_init(struct limiter *l, unsigned rate); /* up to 192 kHz */
size_t limiter_ahead(const struct limiter *l);
void limiter_run(struct limiter *l, float *sample, size_t n, size_t ahead);

#endif
