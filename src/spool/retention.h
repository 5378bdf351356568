/* SPDX-License-Identifier: ISC */
#ifndef RETENTION_H
#define RETENTION_H

/*
 * How long recordings are kept, and whether the clock can be trusted. All times
 * are in microseconds.
 */

#include <stdbool.h>
#include <stdint.h>

/* "7", "7d", "36h": 0 or -1. At least an hour, at most 3650 days. */
int retention_parse(const char *s, int64_t *keep_us);
/* True if a call that entered at that time must be deleted now. */
bool retention_due(int64_t entered_us, int64_t now_us, int64_t keep_us);

struct retention_clock {
	int64_t now_us;
	int64_t last_us;      /* the clock at the last sweep; 0: none */
	int64_t boot_us;      /* time since boot, now */
	int64_t last_boot_us; /* time since boot at the last sweep */
	bool same_boot;
};
/*
 * NULL, or why the clock cannot be trusted: it went back, or it advanced by days
 * more than the time that passed since the last sweep.
 */
const char *retention_clock_fault(const struct retention_clock *c);

#endif
