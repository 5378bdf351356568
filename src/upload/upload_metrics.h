/* SPDX-License-Identifier: ISC */
#ifndef UPLOAD_METRICS_H
#define UPLOAD_METRICS_H

/*
 * recupload --metrics FILE: writes the metrics rectools_upload_* for the
 * textfile collector of Prometheus' node_exporter; see recupload(1). Counters
 * continue from the numbers in the file, so that runs from cron add up.
 */

#include "courier.h"

struct upload_metrics;
/* Reads the metrics so far. A file that is missing or invalid has none. */
struct upload_metrics *upload_metrics_open(
    const char *path, const char *spool, const struct upload *up);
/* Writes all metrics, by rename. notices: the number of those that wait. 0, or
   -1 with errno. */
int upload_metrics_write(struct upload_metrics *m, struct lanes *t,
    const struct courier_report *r, size_t notices, int64_t now_us);
void upload_metrics_close(struct upload_metrics *m); /* NULL is fine */

#endif
