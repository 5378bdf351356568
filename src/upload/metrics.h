/* SPDX-License-Identifier: ISC */
#ifndef METRICS_H
#define METRICS_H

/*
 * recupload --metrics FILE, for the textfile collector of Prometheus'
 * node_exporter: rectools_upload_*, see recupload(1). Counters go on from what
 * the file holds already, so that runs from cron add up.
 */

#include "courier.h"

struct metrics;
/* Reads the figures so far; a file that is missing or strange counts as none. */
struct metrics *metrics_open(const char *path, const struct upload *up);
/* Writes all figures by rename; 0, or -1 with errno. */
int metrics_write(struct metrics *m, struct traffic *t,
    const struct courier_report *r, int64_t now_us);
void metrics_close(struct metrics *m); /* NULL is fine */

#endif
