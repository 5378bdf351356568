/* SPDX-License-Identifier: ISC */
#ifndef DISORDER_H
#define DISORDER_H

/*
 * If the times in a capture go back: was the clock set back, or are its records
 * out of order? Two interfaces that were joined one behind the other, or the
 * queues of a network card, make the latter, and then the times are right.
 *
 * An RTP stream tells. If its packet after the step has a time that is as much
 * later as its timestamp says, the clock was not set back. If its time is
 * earlier, it was. The records are out of order only if each step has the
 * former, no step the latter, and none goes back by more than ORDER_US.
 *
 *	disorder_time(&d, us);		for each packet of the file
 *	disorder_stream(&d, &mark, us, stamp, hz, newest);	for each of a
 *			stream, after disorder_time()
 *	if (disorder_found(&d)) ...
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DISORDER_OPEN = 256 };

struct disorder {
	bool any, set_back;
	int64_t last_us, highest_us, most_us;
	uint64_t steps; /* number of times that they went back */
	/* The steps of which no stream has told yet, in order. */
	uint64_t open[DISORDER_OPEN];
	size_t opened;
};

/* The newest packet of a stream. */
struct disorder_mark {
	bool any;
	int64_t us;
	uint32_t stamp;
	uint64_t steps;
};

void disorder_time(struct disorder *d, int64_t us);
/* newest: the stream has no later packet yet. */
void disorder_stream(struct disorder *d, struct disorder_mark *mark, int64_t us,
    uint32_t stamp, unsigned hz, bool newest);
bool disorder_found(const struct disorder *d);

#endif
