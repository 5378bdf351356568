/* SPDX-License-Identifier: ISC */
#ifndef CLOCK_H
#define CLOCK_H

/*
 * The sender's clock of an RTP stream, fitted to the arrivals of its packets.
 *
 * A packet's timestamp tells where its sound belongs among the sender's other
 * packets to the sample, but from an unknown beginning and by the sender's
 * clock; its arrival tells the time, but late by whatever the network took. A
 * first pass gives all packets to clock_add(), which keeps the least
 * lag (arrival less timestamp) of each second or so: one packet that was
 * stamped too early is no clock. clock_fit() lays a robust line through them
 * (Theil and Sen), and follows what is left of them by a running median. In
 * the second pass clock_place() tells the place of each packet.
 *
 * Where the lag jumps for good, as after another source, a phone whose clock
 * stood still during a hold, or a new route, a new run begins, with a line of
 * its own. A few packets alone with their lag are no run.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct clock_point {
	int64_t ticks;
	double lag_us;
};

struct clock_run {
	int64_t from, to; /* ticks of its first and latest packet */
	int64_t first_us, last_us;
	bool jumped; /* away from the run before, else a step of that */
	struct clock_point *point;
	size_t points, room;
	double slope; /* microseconds a tick */
};

/* Of one second or so, while it lasts. */
struct clock_window {
	int64_t least, least_at, second, second_at; /* lag, and its tick */
	int64_t begun_us, from, to, first_us, last_us;
	int count;
};

struct clock {
	unsigned hz;
	bool started, doubting, fitted;
	uint32_t stamp; /* of the packet before */
	int64_t ticks;  /* the same, unwrapped */
	int64_t doubt_us, doubt_ticks, doubt_lag;
	double reference; /* the lag that is expected now */
	struct clock_window window, above, below;
	int recent; /* packets since one was above or below */
	struct clock_run *run;
	size_t runs;
};

void clock_begin(struct clock *c, unsigned hz);
/* A packet with that timestamp arrived then; in the order of the capture. */
void clock_add(struct clock *c, uint32_t stamp, int64_t arrival_us);
void clock_fit(struct clock *c);
void clock_free(struct clock *c);

/* The second pass; {0} to begin. */
struct clock_cursor {
	bool started;
	uint32_t stamp;
	int64_t ticks;
	size_t run;
};
struct clock_place {
	int64_t ticks; /* unwrapped: differences are exact */
	size_t run;
	double at_us; /* of the packet's first sample, as arrivals are */
};
/* False: the packet is alone with its timestamp and belongs nowhere. */
bool clock_place(const struct clock *c, struct clock_cursor *cursor,
    uint32_t stamp, int64_t arrival_us, struct clock_place *place);
/* The time of a tick on that run's line. */
double clock_at(const struct clock *c, size_t run, int64_t ticks);

#endif
