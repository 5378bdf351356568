/* SPDX-License-Identifier: ISC */
#ifndef NUMBERS_H
#define NUMBERS_H

/*
 * The sequence numbers of an RTP stream: which packet is new, which one was
 * overtaken, and which one came twice.
 *
 *	switch (numbers_take(&n, &packet)) ...
 *
 * The latest NUMBERS_KEPT numbers are kept, ten seconds of packets of 20 ms. A
 * packet with the number, the timestamp and the payload of an earlier one is
 * the same packet. If another timestamp or payload has its number, the sender
 * began to count again, as those do that always begin at 0. So it did if a
 * missing number comes later than a network delays a packet.
 */

#include <stdbool.h>
#include <stdint.h>

enum { NUMBERS_KEPT = 512 };

struct numbers {
	bool any;
	uint16_t newest;
	int64_t newest_us;
	uint32_t stamp[NUMBERS_KEPT], print[NUMBERS_KEPT]; /* by number */
	uint64_t known[NUMBERS_KEPT / 64];
};

enum numbers_is {
	NUMBERS_NEXT, /* after all others */
	NUMBERS_LATE, /* others overtook it */
	NUMBERS_AGAIN,
	NUMBERS_RESTART /* the sender began to count again */
};
struct numbers_packet {
	uint16_t sequence;
	uint32_t stamp, print; /* print: a hash of the payload */
	unsigned hz;           /* of the stamps; 0: not known */
	int64_t us;            /* when it arrived */
};
/* n is initially {0}. */
enum numbers_is numbers_take(struct numbers *n, const struct numbers_packet *p);

#endif
