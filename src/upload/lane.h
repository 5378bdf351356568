/* SPDX-License-Identifier: ISC */
#ifndef LANE_H
#define LANE_H

/*
 * The state of each destination while the program runs: its circuit breaker,
 * its parallel slots and its counts. Any thread may call these functions.
 *
 *	if (lane_begin(t, i, &until_us)) {
 *		at.result = delivery_make(&v);
 *		due_us = lane_end(t, i, &at, &paused);
 *	}
 *
 * Only lane_end() decides when the recording and the destination are tried
 * again.
 */

#include <stdbool.h>
#include <stdint.h>

#include "upload.h"

/*
 * A circuit breaker. After BREAKER_FAILURES failures in a row, or after a
 * Retry-After, it is open: nothing is tried until a certain time. Before the
 * first success and after each failure it allows one attempt at a time, so that
 * a dead server does not get many requests. Initially {0}.
 */

#define BREAKER_FAILURES 5
#define BREAKER_PAUSE_US (INT64_C(300) * 1000000)
/* The longest pause. A longer one was set while our clock was ahead. */
#define BREAKER_LONGEST_US (INT64_C(25) * 3600 * 1000000)

struct breaker {
	int failures;     /* in a row */
	int64_t until_us; /* no attempt before; 0: no wait */
	bool works;       /* the last attempt succeeded */
	bool probing;     /* the single attempt is running */
};

enum breaker_state {
	BREAKER_CLOSED,  /* an attempt may begin */
	BREAKER_PROBING, /* the single attempt is running */
	BREAKER_OPEN     /* no attempt before until_us */
};
enum breaker_state breaker_state(const struct breaker *b, int64_t now_us);
/* True if an attempt may begin; then breaker_end() must follow. */
bool breaker_begin(struct breaker *b, int64_t now_us);

enum breaker_end {
	BREAKER_GOOD,    /* success */
	BREAKER_FAILED,  /* a failure: try again at due_us */
	BREAKER_PAUSED,  /* a person must act: wait BREAKER_PAUSE_US */
	BREAKER_NOTHING, /* aborted by us, or our fault: it does not count */
};
/*
 * due_us: the next attempt by the backoff; told_us: by the server's Retry-After,
 * or 0. True if this opened the breaker.
 */
bool breaker_end(struct breaker *b, enum breaker_end end, int64_t now_us,
    int64_t due_us, int64_t told_us);

struct lane_count {
	uint64_t done, later, paused, never; /* attempts by outcome */
	uint64_t bytes;                      /* of those that are done */
	int64_t success_us;                  /* of the last one; 0: none */
};

struct lanes;
/*
 * Borrows the settings. spool_fd: the spool in which the pauses are kept
 * (pauses.h); -1: none.
 */
struct lanes *lanes_new(const struct upload *up, int spool_fd);
void lanes_free(struct lanes *t);

/*
 * Waits for a parallel slot of destination i. False if its breaker is open until
 * *until_us, or if lanes_stopping().
 */
bool lane_begin(struct lanes *t, size_t i, int64_t *until_us);

struct lane_attempt {
	enum dest_result result;
	const struct dest_answer *answer;
	uint64_t bytes;
	int failures;     /* of this recording there before this attempt */
	const char *seed; /* of the jitter; different for each recording */
};
/*
 * Returns when to try again, by the backoff or the server's Retry-After; 0 if
 * there is nothing to try. *paused is set if this attempt opened the breaker. An
 * attempt that loop_abandon() aborted does not count; a failure of this machine
 * does not count against the destination.
 */
int64_t lane_end(
    struct lanes *t, size_t i, const struct lane_attempt *at, bool *paused);
/* The state of the breaker; *until_us is set if it is open. */
enum breaker_state lane_state(
    struct lanes *t, size_t i, int64_t now_us, int64_t *until_us);
/* Ends the pause, for recupload --retry. */
void lane_retry(struct lanes *t, size_t i);
/* True if it is paused until a person acts. */
bool lane_needs_person(struct lanes *t, size_t i);
/* changed() is called, without any lock, when a state may have changed. */
void lanes_on_change(struct lanes *t, void (*changed)(void *arg), void *arg);

struct lane_count lane_count(struct lanes *t, size_t i);

/* From now on nothing begins. Can be called from a signal handler. */
void lanes_stop(void);
/* The same until lanes_resume(), to change the settings. */
void lanes_leave(void);
void lanes_resume(void);
bool lanes_stopping(void); /* lanes_stop() or lanes_leave() */
bool lanes_stopped(void);  /* lanes_stop() */

#endif
