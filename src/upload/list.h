/* SPDX-License-Identifier: ISC */
#ifndef LIST_H
#define LIST_H

/* recupload -l and --retry: prints the upload queue, and retries calls. */

#include "routes.h"
#include "spool.h"

#include "text.h"

/*
 * Adds to out a line for each file and destination that waits or failed: call
 * id, stage, size, age, destination, attempts, next attempt, file, error. Then
 * comes a line for each destination: what waits for it, and until when, by whom
 * and why it is paused. The format is text with a header and a sum, or one JSON
 * object per line. Nothing is added if nothing waits. With routes, destinations
 * that were not tried yet are included. what: only a call or a destination;
 * NULL: all. 0, or -1 with why.
 */
int list_add(const struct spool *sp, const struct routes *routes,
    const char *what, int64_t now_us, bool json, struct buf *out,
    struct why *why);

/*
 * Makes a call, everything that waits for a destination, or "all" due at once,
 * ends the pauses of the destinations, and moves calls from failed/ back to the
 * stage in which they failed. A running worker notices it (pauses.h). *count is
 * set to the number of calls. 0, or -1 with why.
 */
int list_retry(const struct spool *sp, const char *what, int64_t now_us,
    size_t *count, struct why *why);

#endif
