/* SPDX-License-Identifier: ISC */
#ifndef SWEPT_H
#define SWEPT_H

/*
 * What a sweep leaves for the next one: SPOOL/.last-sweep, one line of words.
 * With it the next can tell whether the clock jumped, and whether the audit
 * log lost its end.
 */

#include <stdint.h>

#include "retention.h"

struct swept {
	int64_t now_us; /* 0: no sweep yet */
	int64_t boot_us;
	char boot_id[40]; /* of the kernel; "-": unknown */
	long long deleted, unsent;
	int64_t success_us; /* the last sweep that had nothing to say */
	char head[65];      /* the audit log's last line then, or zeros */
};

/* A file that is missing or not whole is a record of nothing. */
void swept_load(struct swept *r, int spool_fd);
/* Durable when it returns 0; -1 with errno. */
int swept_save(const struct swept *r, int spool_fd);
/* The time since boot, and which boot it is, are taken from the kernel. */
void swept_stamp(struct swept *r, int64_t now_us);
/*
 * What retention_clock_fault() asks for. Before the first sweep, the last
 * change of the audit log or of the marker stands for it.
 */
struct retention_clock swept_clock(
    const struct swept *last, int spool_fd, int64_t now_us);

#endif
