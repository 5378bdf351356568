/* SPDX-License-Identifier: ISC */
#ifndef RETRY_H
#define RETRY_H

/*
 * When to try again. Exponential with jitter, after "Exponential Backoff And
 * Jitter" (AWS Architecture Blog, 2015); a server's Retry-After (RFC 9110,
 * 10.2.3) is obeyed where it is later.
 */

#include <stdbool.h>
#include <stdint.h>

#define RETRY_BASE_US       (INT64_C(2) * 1000000)
#define RETRY_CAP_US        (INT64_C(15) * 60 * 1000000)
#define RETRY_RETRY_AFTER_S (24 * 60 * 60)

/* The first wait, doubled with each failure up to the longest. */
struct retry {
	int64_t base_us, cap_us;
};

/*
 * The point in time of the next attempt, in microseconds like now_us.
 * failed counts the attempts that failed so far, from 1. retry_after_s is
 * what the server asked for, below 0 where it did not; it is clamped to a day.
 * seed decides the jitter: the same arguments give the same time.
 */
int64_t retry_due(const struct retry *b, int64_t now_us, int failed,
    int64_t retry_after_s, uint64_t seed);

/*
 * Is it time? So it is, too, where the point in time is further off than any
 * wait: it was told while the clock was ahead.
 */
bool retry_is_due(const struct retry *b, int64_t due_us, int64_t now_us);

/* As rfc3339 with microseconds, so that no wait grows by being written. */
#define RETRY_WHEN_SIZE 48
const char *retry_when(int64_t us, char buf[RETRY_WHEN_SIZE]);

/* A seed from what tells one recording and attempt from another (FNV-1a). */
uint64_t retry_seed(const char *text, int failed);

#endif
