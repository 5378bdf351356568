/* SPDX-License-Identifier: ISC */
#ifndef FIGURES_H
#define FIGURES_H

/*
 * recupload --metrics FILE, for the textfile collector of Prometheus'
 * node_exporter: rectools_upload_*, see recupload(1). Counters go on from what
 * the file holds already, so that runs from cron add up.
 */

#include "courier.h"

struct figures;
/* Reads the figures so far; a file that is missing or strange counts as none. */
struct figures *figures_open(const char *path, const struct upload *up);
/* Writes all figures by rename; 0, or -1 with errno. */
int figures_write(struct figures *m, struct traffic *t,
    const struct courier_report *r, int64_t now_us);
void figures_close(struct figures *m); /* NULL is fine */

#endif
