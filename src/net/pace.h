/* SPDX-License-Identifier: ISC */
#ifndef PACE_H
#define PACE_H

/*
 * Limits the rate for one destination: bytes per second for all its transfers
 * together, and requests per minute, evenly spaced. Several threads may call
 * these functions at once. NULL means no limit.
 */

#include <stddef.h>
#include <stdint.h>

struct pace;
/* 0: no limit. Returns NULL if neither is limited. */
struct pace *pace_new(uint64_t bytes_per_s, unsigned requests_per_minute);
void pace_free(struct pace *p);

/* Call it before each request: sleeps until the request is allowed, or until
   loop_abandon(). */
void pace_request(struct pace *p);
/* Call these around each transfer of a recording. */
void pace_begin(struct pace *p);
void pace_end(struct pace *p);
/* The share of one transfer now, in bytes per second; 0: no limit. For
   CURLOPT_MAX_SEND_SPEED_LARGE. */
uint64_t pace_share(struct pace *p);
/* Without libcurl: call it before n bytes are written. Sleeps as above. */
void pace_bytes(struct pace *p, size_t n);

#endif
