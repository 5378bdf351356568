/* SPDX-License-Identifier: ISC */
#ifndef LANE_H
#define LANE_H

/*
 * How the destinations are doing while the program runs: a breaker, the slots
 * and the counts of each. Every function may be called from any thread.
 *
 *	if (lane_begin(t, i, &until_us)) {
 *		at.result = delivery_make(&v);
 *		due_us = lane_end(t, i, &at, &paused);
 *	}
 *
 * lane_end() is the one place where the end of an attempt sets the next time,
 * of the recording and of the destination.
 */

#include <stdbool.h>
#include <stdint.h>

#include "upload.h"

/*
 * A circuit breaker: after BREAKER_FAILURES failures in a row, or when it is
 * told to wait, nothing more is tried until a point in time. Before the first
 * success and after each failure it lets one through at a time, so that a dead
 * server is not asked by many at once. {0} to begin.
 */

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

struct lane_count {
	uint64_t done, later, paused, never; /* attempts by outcome */
	uint64_t bytes;                      /* of those that are done */
	int64_t success_us;                  /* the last one; 0: none */
};

struct lanes;
/*
 * Borrows the settings. spool_fd: where the destinations' state is kept
 * (pauses.h) and taken from; -1: nowhere.
 */
struct lanes *lanes_new(const struct upload *up, int spool_fd);
void lanes_free(struct lanes *t);

/*
 * Waits for one of the destination's parallel slots, and while another probes
 * it. False: the breaker is open until *until_us, or all is to stop.
 */
bool lane_begin(struct lanes *t, size_t i, int64_t *until_us);

struct lane_attempt {
	enum dest_result result;
	const struct dest_answer *answer;
	uint64_t bytes;
	int failures;     /* of this recording there so far, without this one */
	const char *seed; /* tells it from others, for the jitter */
};
/*
 * When to try again, counted from now: by the backoff, or the server's
 * Retry-After; 0 where there is nothing to try. *paused: this attempt opened
 * the breaker. One that loop_abandon() broke off counts as nothing, and one
 * that this machine failed as nothing of the destination's.
 */
int64_t lane_end(
    struct lanes *t, size_t i, const struct lane_attempt *at, bool *paused);
/* What lane_begin() would meet; *until_us: where it is open. */
enum breaker_state lane_state(
    struct lanes *t, size_t i, int64_t now_us, int64_t *until_us);
/* A person says that it works again: no pause. */
void lane_retry(struct lanes *t, size_t i);
/* Paused until a person acts? */
bool lane_needs_person(struct lanes *t, size_t i);
/* Called, outside of all locks, whenever that may have changed. */
void lanes_on_change(struct lanes *t, void (*changed)(void *arg), void *arg);

struct lane_count lane_count(struct lanes *t, size_t i);

/* From a signal handler too: nothing new begins. */
void lanes_stop(void);
/* The same until lanes_resume(), for settings that change. */
void lanes_leave(void);
void lanes_resume(void);
bool lanes_stopping(void); /* either */
bool lanes_stopped(void);  /* for good */

#endif
