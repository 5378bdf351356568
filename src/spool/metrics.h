/* SPDX-License-Identifier: ISC */
#ifndef METRICS_H
#define METRICS_H

/*
 * Reads and writes a --metrics FILE in the text format of Prometheus, for the
 * textfile collector of node_exporter.
 */

#include <stdint.h>

#include "text.h"

/* Adds the HELP and TYPE lines; kind is "counter" or "gauge". */
void metrics_head(
    struct buf *b, const char *name, const char *kind, const char *help);
/* Adds a line with one label, or without one if label is NULL. */
void metrics_line(struct buf *b, const char *name, const char *label,
    const char *value, int64_t n);
/* The text of such a file, to be freed; "" if it is missing or invalid. */
char *metrics_read(const char *path);
/*
 * The value of a line of the text; 0 if there is no such line. label: the label
 * after that of the spool, as in "destination=\"crm\""; NULL: none.
 */
uint64_t metrics_figure(
    const char *text, const char *name, const char *spool, const char *label);
/* "spool=\"/var/spool/rectools\"", to be freed. */
char *metrics_label(const char *spool);
/*
 * Writes the file by one rename, readable by all, because another user collects
 * it. Every line gets the spool as its first label, so that a host can have
 * several spools. Durable when it returns 0; -1 with errno.
 */
int metrics_put(const char *path, const char *spool, const struct buf *b);

#endif
