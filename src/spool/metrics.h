/* SPDX-License-Identifier: ISC */
#ifndef METRICS_H
#define METRICS_H

/*
 * A --metrics FILE for the textfile collector of Prometheus' node_exporter, in
 * its text format.
 */

#include <stdint.h>

#include "text.h"

/* The HELP and TYPE lines; kind is "counter" or "gauge". */
void metrics_head(
    struct buf *b, const char *name, const char *kind, const char *help);
/* A line with one label, or without one where label is NULL. */
void metrics_line(struct buf *b, const char *name, const char *label,
    const char *value, int64_t n);
/* The text of such a file, to be freed; "" where it is missing or strange. */
char *metrics_read(const char *path);
/*
 * A figure of the text, 0 where it has no such line. label: what follows the
 * spool, as in "destination=\"crm\""; NULL: nothing.
 */
uint64_t metrics_figure(
    const char *text, const char *name, const char *spool, const char *label);
/* "spool=\"/var/spool/rectools\"", to be freed. */
char *metrics_label(const char *spool);
/*
 * Durable under its path by one rename, and readable by all, for another user
 * collects it. Every line gets the spool as its first label, so that a host may
 * have several. 0, or -1 with errno.
 */
int metrics_put(const char *path, const char *spool, const struct buf *b);

#endif
