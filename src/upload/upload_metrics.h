/* SPDX-License-Identifier: ISC */
#ifndef UPLOAD_METRICS_H
#define UPLOAD_METRICS_H

/*
 * recupload --metrics FILE, for the textfile collector of Prometheus'
 * node_exporter: rectools_upload_*, see recupload(1). Counters go on from what
 * the file holds already, so that runs from cron add up.
 */

#include "courier.h"

struct upload_metrics;
/* Reads the figures so far; a file that is missing or strange counts as none. */
struct upload_metrics *upload_metrics_open(
    const char *path, const char *spool, const struct upload *up);
/* Writes all figures by rename, with the notices that wait; 0, or -1 with
   errno. */
int upload_metrics_write(struct upload_metrics *m, struct lanes *t,
    const struct courier_report *r, size_t notices, int64_t now_us);
void upload_metrics_close(struct upload_metrics *m); /* NULL is fine */

#endif
