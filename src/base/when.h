/* SPDX-License-Identifier: ISC */
#ifndef WHEN_H
#define WHEN_H

#include <stdint.h>

/*
 * Points in time: microseconds since 1970 UTC.
 * when_parse reads RFC 3339 ("2026-11-22T10:00:00Z", a fraction, +01:00).
 * when_text writes it in UTC to the second, _stamp as 20261122T100000Z.
 */
#define WHEN_SIZE 40
int when_parse(const char *s, int64_t *us);
const char *when_text(int64_t us, char buf[WHEN_SIZE]);
const char *when_stamp(int64_t us, char buf[WHEN_SIZE]);
/* "20261122T100000Z" at the head of s; 0 or -1. */
int when_unstamp(const char *s, int64_t *us);
/*
 * A date of HTTP in its three forms (RFC 9110, 5.6.7), or as OpenSSL prints it
 * ("Nov  6 08:49:37 1994 GMT"); 0 or -1. (curl_getdate() has a time_t, which
 * on a 32-bit machine is not the size of ours.)
 */
int when_web(const char *s, int64_t *us);
/* The one clock: $RECTOOLS_NOW (RFC 3339) where set, for tests. */
int64_t when_now_us(void);
/* A clock that nobody sets, to measure how long something takes. */
int64_t when_steady_us(void);

#endif
