/* SPDX-License-Identifier: ISC */
#ifndef SWEPT_H
#define SWEPT_H

/*
 * The record of the last sweep, SPOOL/.last-sweep, one line of words. It shows
 * the next sweep whether the clock jumped and whether the audit log lost lines
 * at its end.
 */

#include <stdint.h>

#include "retention.h"

struct swept {
	int64_t now_us; /* 0: no sweep yet */
	int64_t boot_us;
	char boot_id[40]; /* of the kernel; "-": unknown */
	long long deleted, unsent;
	int64_t success_us; /* the last sweep without a fault */
	char head[65]; /* hash of the audit log's last line then, or zeros */
};

/* If the file is missing or incomplete, r is empty. */
void swept_load(struct swept *r, int spool_fd);
/* Durable when it returns 0; -1 with errno. */
int swept_save(const struct swept *r, int spool_fd);
/* Sets now_us, and the time since boot and the boot id from the kernel. */
void swept_stamp(struct swept *r, int64_t now_us);
/*
 * The input of retention_clock_fault(). Before the first sweep, the last change
 * of the audit log or of the marker counts as the last sweep.
 */
struct retention_clock swept_clock(
    const struct swept *last, int spool_fd, int64_t now_us);

#endif
