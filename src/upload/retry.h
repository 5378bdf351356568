/* SPDX-License-Identifier: ISC */
#ifndef RETRY_H
#define RETRY_H

/*
 * When to try again: exponential backoff with jitter, after "Exponential Backoff
 * And Jitter" (AWS Architecture Blog, 2015). A server's Retry-After (RFC 9110,
 * 10.2.3) counts if it is later.
 */

#include <stdbool.h>
#include <stdint.h>

#define RETRY_BASE_US       (INT64_C(2) * 1000000)
#define RETRY_CAP_US        (INT64_C(15) * 60 * 1000000)
#define RETRY_RETRY_AFTER_S (24 * 60 * 60)

/* The first wait, which doubles with each failure, and the longest. */
struct retry {
	int64_t base_us, cap_us;
};

/*
 * The time of the next attempt, in microseconds like now_us. failed: the number
 * of attempts that failed, from 1. retry_after_s: the server's Retry-After, which
 * replaces our own wait; at most a day counts; 0 or less: none. seed: of the
 * jitter. The same arguments give the same time.
 */
int64_t retry_due(const struct retry *b, int64_t now_us, int failed,
    int64_t retry_after_s, uint64_t seed);

/*
 * True if due_us has come. Also true if due_us is later than any wait can be:
 * it was computed while the clock was ahead.
 */
bool retry_is_due(const struct retry *b, int64_t due_us, int64_t now_us);

/* RFC 3339 with microseconds, so that writing does not change a time. */
#define RETRY_WHEN_SIZE 48
const char *retry_when(int64_t us, char buf[RETRY_WHEN_SIZE]);

/* A seed for a recording and an attempt (FNV-1a). */
uint64_t retry_seed(const char *text, int failed);

#endif
