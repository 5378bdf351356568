/* SPDX-License-Identifier: ISC */
#ifndef LIST_H
#define LIST_H

/* The upload queue for people and programs, and putting things back into it. */

#include "routes.h"
#include "spool.h"

#include "text.h"

/*
 * One line for each file that waits or failed and each destination tried:
 * call id, stage, size, age, destination, attempts, next try, file, error; then
 * one for each destination: what waits for it, and until when, by whom and why
 * it is paused. As text with a head and a sum, or one JSON object a line;
 * nothing where nothing waits. With routes also the destinations that were not
 * tried yet. what: only a call, or a destination; NULL: all. Text is added to
 * out. 0 or -1 with why.
 */
int list_add(const struct spool *sp, const struct routes *routes,
    const char *what, int64_t now_us, bool json, struct buf *out,
    struct why *why);

/*
 * Makes a call, all that waits for a destination, or "all", due at once, ends
 * the pauses of the destinations, and brings a call back from failed/ to the
 * stage where it failed. A worker that runs sees it (pauses.h). *count is how
 * much was found; 0 or -1 with why.
 */
int list_retry(const struct spool *sp, const char *what, int64_t now_us,
    size_t *count, struct why *why);

#endif
