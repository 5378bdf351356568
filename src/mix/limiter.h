/* SPDX-License-Identifier: ISC */
#ifndef LIMITER_H
#define LIMITER_H

/*
 * Keeps a mix of several speakers within full scale without attenuating all of
 * it. It looks ahead: the gain falls gradually before a peak, so that nothing is
 * clipped and nothing clicks, and rises again within about 100 ms. Sound that
 * does not exceed full scale is not changed.
 *
 *	limiter_init(&l, rate);
 *	limiter_run(&l, sample, n, ahead) ...	sample has n + ahead values
 *
 * Each call limits the first n values; the `ahead` values after them are the
 * first of the next call. ahead is limiter_ahead(&l), or fewer at the end.
 */

#include <stddef.h>

#define LIMITER_BLOCK     4096 /* n at most */
#define LIMITER_AHEAD_MAX 1024

struct limiter {
	size_t ahead;
	float gain, down, back; /* current; largest change per sample */
	float curve[LIMITER_BLOCK + LIMITER_AHEAD_MAX];
};

void limiter_init(struct limiter *l, unsigned rate); /* up to 192 kHz */
size_t limiter_ahead(const struct limiter *l);
void limiter_run(struct limiter *l, float *sample, size_t n, size_t ahead);

#endif
