/* SPDX-License-Identifier: ISC */
#ifndef CLOCK_H
#define CLOCK_H

/*
 * Estimates the clock of the sender of an RTP stream from the arrival times of
 * its packets.
 *
 *	clock_begin(&c, hz);
 *	clock_add(&c, stamp, arrival_us);	first pass: each packet
 *	clock_fit(&c);
 *	clock_place(&c, &cursor, stamp, arrival_us, &place);	second pass
 *	clock_free(&c);
 *
 * The RTP timestamp of a packet places its sound to the sample, relative to
 * the sender's other packets, by the sender's clock and from a random start.
 * The arrival time is absolute, but late by the delay of the network. The lag
 * of a packet is its arrival minus its timestamp. Per window of about a second,
 * clock_add() keeps the smallest lag; if it is far below the second smallest,
 * that packet was probably captured with a wrong time, and the second smallest
 * counts. clock_fit() fits a line to these lags (Theil-Sen estimator) and
 * smooths the residuals with a running median.
 *
 * If the lag changes permanently, a new run begins, which has its own line.
 * Causes are another source, a phone whose clock stopped during a hold, or a
 * new route. A few packets with a different lag do not begin a run.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The lag of one window; after clock_fit(), the smoothed residual. */
struct clock_point {
	int64_t ticks;
	double lag_us;
};

struct clock_run {
	int64_t from, to;          /* ticks of its first and latest packet */
	int64_t first_us, last_us; /* arrival of the same */
	bool jumped; /* by more than a second; else a step of 30 ms or more */
	struct clock_point *point;
	size_t points, room;
	double slope; /* microseconds per tick */
};

/* The current window: the two smallest lags, and the ticks of their packets. */
struct clock_window {
	int64_t least, least_at, second, second_at;
	int64_t begun_us, from, to, first_us, last_us;
	int count;
};

struct clock {
	unsigned hz;
	bool started, doubting, fitted;
	uint32_t stamp; /* of the previous packet */
	int64_t ticks;  /* the same, unwrapped */
	/* A packet far from the reference: a second one like it is a jump. */
	int64_t doubt_us, doubt_ticks, doubt_lag;
	double reference; /* the expected lag */
	/* above, below: packets later and earlier than expected */
	struct clock_window window, above, below;
	int recent; /* packets since the first one in below */
	struct clock_run *run;
	size_t runs;
};

void clock_begin(struct clock *c, unsigned hz);
/* Adds a packet. Call it in the order of the capture. */
void clock_add(struct clock *c, uint32_t stamp, int64_t arrival_us);
/* Adds the first packet of a sender that began to count again. */
void clock_add_again(struct clock *c, uint32_t stamp, int64_t arrival_us);
/* Adds a packet that later ones overtook: far behind them, it tells nothing
 * about the clock, but its sound is part of the run. */
void clock_add_late(struct clock *c, uint32_t stamp, int64_t arrival_us);
void clock_fit(struct clock *c);
void clock_free(struct clock *c);

/* The state of the second pass, initially {0}. */
struct clock_cursor {
	bool started;
	uint32_t stamp;
	int64_t ticks;
	size_t run;
};
struct clock_place {
	int64_t ticks; /* unwrapped: differences are exact */
	size_t run;
	double at_us; /* time of the first sample, on the arrivals' clock */
};
/*
 * False if no run is within 1.5 s of the packet: its timestamp is wrong. late:
 * others overtook it, and only its timestamp tells the run.
 */
bool clock_place(const struct clock *c, struct clock_cursor *cursor,
    uint32_t stamp, int64_t arrival_us, bool late, struct clock_place *place);
/* The time of a tick by the line of that run. */
double clock_at(const struct clock *c, size_t run, int64_t ticks);

#endif
