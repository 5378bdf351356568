/* SPDX-License-Identifier: ISC */
#ifndef STAGE_METRICS_H
#define STAGE_METRICS_H

/*
 * --metrics FILE of a program that serves a stage of the spool: how its calls
 * ended, how many wait, and how old the oldest of them is. Counters go on from
 * what the file holds already, so that runs from cron add up.
 *
 *	m = stage_metrics_open(file, spool, SPOOL_MIX, outcomes);
 *	stage_metrics_count(m, "mixed", true);	by any thread
 *	stage_metrics_write(m, &sp, now_us);	often
 *	stage_metrics_close(m);
 *
 * All figures are named rectools_STAGE_...; see recmix(1).
 */

#include <stdbool.h>
#include <stdint.h>

#include "spool.h"

#include "text.h"

struct stage_metrics;
/* The figures so far are read; a file that is missing or strange has none.
 * outcomes ends with NULL and is borrowed. */
struct stage_metrics *stage_metrics_open(const char *path, const char *spool,
    enum spool_stage stage, const char *const *outcomes);
/* m NULL: nobody asked for figures. on: the call went on to the next stage. */
void stage_metrics_count(struct stage_metrics *m, const char *outcome, bool on);
/* Not more often than every ten seconds unless it is the last time. 0, or -1
 * with why. */
int stage_metrics_write(struct stage_metrics *m, const struct spool *sp,
    int64_t now_us, bool last, struct why *why);
void stage_metrics_close(struct stage_metrics *m); /* NULL is fine */

#endif
