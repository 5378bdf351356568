/* SPDX-License-Identifier: ISC */
#ifndef WHEN_H
#define WHEN_H

#include <stdint.h>

/*
 * Points in time, in microseconds since 1970 UTC. when_parse() reads RFC 3339
 * ("2026-11-22T10:00:00Z", with a fraction or +01:00). when_text() writes it in
 * UTC and whole seconds, when_stamp() as 20261122T100000Z.
 */
#define WHEN_SIZE 40
int when_parse(const char *s, int64_t *us);
const char *when_text(int64_t us, char buf[WHEN_SIZE]);
const char *when_stamp(int64_t us, char buf[WHEN_SIZE]);
/* Reads "20261122T100000Z" at the beginning of s. 0 or -1. */
int when_unstamp(const char *s, int64_t *us);
/*
 * Reads a date of HTTP in its three forms (RFC 9110, 5.6.7), or as OpenSSL prints
 * it ("Nov  6 08:49:37 1994 GMT"). 0 or -1. (curl_getdate() returns a time_t,
 * which is too small on some 32-bit systems.)
 */
int when_web(const char *s, int64_t *us);
/* The current time, or $RECTOOLS_NOW (RFC 3339) if it is set, for tests. */
int64_t when_now_us(void);
/* A monotonic clock, to measure durations. */
int64_t when_steady_us(void);

#endif
