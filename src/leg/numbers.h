/* SPDX-License-Identifier: ISC */
#ifndef NUMBERS_H
#define NUMBERS_H

/*
 * The sequence numbers of an RTP stream: which packet is new, which one was
 * overtaken, and which one came twice.
 *
 *	switch (numbers_take(&n, rtp.sequence, rtp.timestamp)) ...
 *
 * The timestamps of the latest NUMBERS_KEPT numbers are kept, ten seconds of
 * packets of 20 ms. A packet with the number and the timestamp of an earlier
 * one is the same packet. Another timestamp is that of a sender that began to
 * count again.
 */

#include <stdbool.h>
#include <stdint.h>

enum { NUMBERS_KEPT = 512 };

struct numbers {
	bool any;
	uint16_t newest;
	uint32_t stamp[NUMBERS_KEPT]; /* by number */
	uint64_t known[NUMBERS_KEPT / 64];
};

enum numbers_is {
	NUMBERS_NEXT, /* after all others */
	NUMBERS_LATE, /* others overtook it */
	NUMBERS_AGAIN,
	NUMBERS_RESTART /* the sender began to count again */
};
/* n is initially {0}. */
enum numbers_is numbers_take(
    struct numbers *n, uint16_t sequence, uint32_t stamp);

#endif
