/* SPDX-License-Identifier: ISC */
#ifndef KEPT_H
#define KEPT_H

/*
 * The decoded sound of a leg, kept while it is read for its account, so that it
 * is not decoded again when it is mixed. All of a process share KEPT_MOST.
 *
 *	struct kept *k = kept_new(samples);	NULL: too many, or no room
 *	kept_add(k, in, n) ...			false: there are more
 *	kept_read(k, out, count) ...
 *	kept_rewind(k);
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	KEPT_LEG = 5000000, /* samples of a leg: ten minutes at 8 kHz */
	KEPT_MOST = 2 * KEPT_LEG
};

struct kept;
/* samples: how many there are. */
struct kept *kept_new(int64_t samples);
/* Samples of 16 bits, as float in [-1, 1). False, and nothing is added, if there
 * is no room for them. */
bool kept_add(struct kept *k, const float *in, size_t n);
/* From the beginning. 0 at the end. */
size_t kept_read(struct kept *k, float *out, size_t count);
void kept_rewind(struct kept *k);
void kept_free(struct kept *k); /* NULL is fine */

#endif
