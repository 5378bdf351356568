/* SPDX-License-Identifier: ISC */
#ifndef SENDING_H
#define SENDING_H

/*
 * When a sender sends: a phone sends a packet once all of its sound was spoken, so
 * that one of 60 ms comes 40 ms later than one of 20 ms that begins with the same
 * sound. Some gateways and generators send it when its sound begins. The lag, which
 * is the arrival minus the timestamp, shows which it is where the length changes.
 *
 *	struct sending s = {0};
 *	sending_take(&s, &packet);	each packet that none overtook
 *	sending_is_at_once(&s)
 */

#include <stdbool.h>
#include <stdint.h>

struct sending_packet {
	int64_t arrival_us;
	uint32_t timestamp;
	unsigned hz;     /* of the timestamps */
	int ticks;       /* its length */
	int64_t late_us; /* by its length, see payload_late_us() */
};

struct sending {
	bool started;
	struct sending_packet last;
	int64_t lag_us; /* relative to the first packet */
	/* The smallest lag of the latest packets, and of those before them. */
	int64_t least_us, earlier_us;
	int count;
	/* A change of the length: the lag before, and what it should add. */
	bool changed;
	int64_t before_us, more_us;
	int at_once, spoken; /* changes that speak for it, and against it */
};

void sending_take(struct sending *s, const struct sending_packet *p);
bool sending_is_at_once(const struct sending *s);

#endif
