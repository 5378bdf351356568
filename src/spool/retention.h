/* SPDX-License-Identifier: ISC */
#ifndef RETENTION_H
#define RETENTION_H

/*
 * How long recordings stay, and whether the clock that says so is to be
 * believed. All times in microseconds.
 */

#include <stdbool.h>
#include <stdint.h>

/* "7", "7d", "36h": 0 or -1. At least an hour, at most 3650 days. */
int retention_parse(const char *s, int64_t *keep_us);
/* What entered then is due to be deleted now. */
bool retention_due(int64_t entered_us, int64_t now_us, int64_t keep_us);

struct retention_clock {
	int64_t now_us;
	int64_t last_us;      /* wall clock at the sweep before; 0: none */
	int64_t boot_us;      /* time since boot, now */
	int64_t last_boot_us; /* and then */
	bool same_boot;
};
/*
 * NULL, or why the clock is not to be believed: it went back, or it is days
 * ahead of what has passed since the sweep before.
 */
const char *retention_clock_fault(const struct retention_clock *c);

#endif
