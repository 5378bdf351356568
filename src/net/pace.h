/* SPDX-License-Identifier: ISC */
#ifndef PACE_H
#define PACE_H

/*
 * How fast and how often one destination is asked: bytes per second for all
 * its transfers together, and requests per minute, evenly spaced. Every
 * function may be called from several threads at once, and with NULL, which
 * is no limit.
 */

#include <stddef.h>
#include <stdint.h>

struct pace;
/* 0: no limit. NULL where neither is limited. */
struct pace *pace_new(uint64_t bytes_per_s, unsigned requests_per_minute);
void pace_free(struct pace *p);

/* Before each request: sleeps until one more is allowed, or loop_abandon(). */
void pace_request(struct pace *p);
/* Around each transfer of a recording; what one transfer may use just now,
   in bytes per second, 0: no limit (CURLOPT_MAX_SEND_SPEED_LARGE). */
void pace_begin(struct pace *p);
void pace_end(struct pace *p);
uint64_t pace_share(struct pace *p);
/* Where no library paces: before n bytes are written, as pace_request(). */
void pace_bytes(struct pace *p, size_t n);

#endif
