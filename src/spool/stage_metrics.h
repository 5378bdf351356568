/* SPDX-License-Identifier: ISC */
#ifndef STAGE_METRICS_H
#define STAGE_METRICS_H

/*
 * --metrics FILE of a program that serves a stage of the spool: calls by
 * outcome, how many wait, and the age of the oldest. Counters continue from the
 * numbers in the file, so that runs from cron add up.
 *
 *	m = stage_metrics_open(file, spool, SPOOL_MIX, outcomes);
 *	stage_metrics_count(m, "mixed", true);	by any thread
 *	stage_metrics_write(m, &sp, now_us);	often
 *	stage_metrics_close(m);
 *
 * All metrics are named rectools_STAGE_...; see recmix(1).
 */

#include <stdbool.h>
#include <stdint.h>

#include "spool.h"

#include "text.h"

struct stage_metrics;
/* Reads the metrics so far; a file that is missing or invalid has none.
 * outcomes ends with NULL and is borrowed. */
struct stage_metrics *stage_metrics_open(const char *path, const char *spool,
    enum spool_stage stage, const char *const *outcomes);
/* Does nothing if m is NULL. on: the call went on to the next stage. */
void stage_metrics_count(struct stage_metrics *m, const char *outcome, bool on);
/* Writes the file if the last time is ten seconds ago, or if last. 0, or -1 with
 * why. */
int stage_metrics_write(struct stage_metrics *m, const struct spool *sp,
    int64_t now_us, bool last, struct why *why);
void stage_metrics_close(struct stage_metrics *m); /* NULL is fine */

#endif
