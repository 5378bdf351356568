/* SPDX-License-Identifier: ISC */
#ifndef TRAFFIC_H
#define TRAFFIC_H

/*
 * How the destinations are doing while the program runs: a breaker, the slots
 * and the counts of each. Every function may be called from any thread.
 *
 *	if (traffic_begin(t, i, now_us, &until_us)) {
 *		r = delivery_make(...);
 *		traffic_end(t, i, r, bytes, now_us, due_us, told_us);
 *	}
 */

#include "breaker.h"
#include "upload.h"

struct traffic_count {
	uint64_t done, later, paused, never; /* attempts by outcome */
	uint64_t bytes;                      /* of those that are done */
	int64_t success_us;                  /* the last one; 0: none */
};

struct traffic;
/* Borrows the settings. */
struct traffic *traffic_new(const struct upload *up);
void traffic_free(struct traffic *t);

/*
 * Waits for one of the destination's parallel slots, and while another probes
 * it. False: the breaker is open until *until_us, or all is to stop.
 */
bool traffic_begin(
    struct traffic *t, size_t i, int64_t now_us, int64_t *until_us);
/*
 * True: this opened the breaker. told_us: when the server takes more, or 0. An
 * attempt that loop_abandon() broke off counts as nothing.
 */
bool traffic_end(struct traffic *t, size_t i, enum dest_result r,
    uint64_t bytes, int64_t now_us, int64_t due_us, int64_t told_us);
/* What traffic_begin() would meet; *until_us: where it is open. */
enum breaker_state traffic_state(
    struct traffic *t, size_t i, int64_t now_us, int64_t *until_us);
/* Called, outside of all locks, whenever that may have changed. */
void traffic_on_change(
    struct traffic *t, void (*changed)(void *arg), void *arg);

struct traffic_count traffic_count(struct traffic *t, size_t i);

/* From a signal handler too: nothing new begins. */
void traffic_stop(void);
bool traffic_stopping(void);

#endif
