/* SPDX-License-Identifier: ISC */
#ifndef BREAKER_H
#define BREAKER_H

/*
 * A circuit breaker: after BREAKER_FAILURES failures in a row, or when it is
 * told to wait, nothing more is tried until a point in time. Before the first
 * success and after each failure it lets one through at a time, so that a dead
 * server is not asked by many at once. {0} to begin.
 */

#include <stdbool.h>
#include <stdint.h>

#define BREAKER_FAILURES 5
#define BREAKER_PAUSE_US (INT64_C(300) * 1000000)
/* No server may ask for more; a later time was told while the clock was ahead. */
#define BREAKER_LONGEST_US (INT64_C(25) * 3600 * 1000000)

struct breaker {
	int failures;     /* in a row */
	int64_t until_us; /* nothing before; 0: no wait */
	bool works;       /* the last attempt that ended was good */
	bool probing;     /* the one that is let through is under way */
};

enum breaker_state {
	BREAKER_CLOSED,  /* one more may begin */
	BREAKER_PROBING, /* one is under way, and tells soon */
	BREAKER_OPEN     /* nothing before until_us */
};
enum breaker_state breaker_state(const struct breaker *b, int64_t now_us);
/* True: it has begun, breaker_end() must follow. */
bool breaker_begin(struct breaker *b, int64_t now_us);

enum breaker_end {
	BREAKER_GOOD,    /* it answered as it should */
	BREAKER_FAILED,  /* it may be better later: due_us */
	BREAKER_PAUSED,  /* a person must act: BREAKER_PAUSE_US */
	BREAKER_NOTHING, /* broken off by ourselves: tells nothing */
};
/*
 * due_us: when the next attempt makes sense by the backoff; told_us: when the
 * server said it would take more, 0: not told. True: it has just been paused.
 */
bool breaker_end(struct breaker *b, enum breaker_end end, int64_t now_us,
    int64_t due_us, int64_t told_us);

#endif
