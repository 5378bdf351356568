/* SPDX-License-Identifier: ISC */
#ifndef LIST_H
#define LIST_H

/* The upload queue for people and programs, and putting things back into it. */

#include "routes.h"
#include "spool.h"

#include "text.h"

/*
 * One line for each file that waits or failed and each destination tried:
 * call id, stage, size, age, destination, attempts, next try, file, error. As
 * text with a head and a sum, or one JSON object a line; nothing where nothing
 * waits. With routes also the destinations that were not tried yet. Text is
 * added to out. 0 or -1 with why.
 */
int list_add(const struct spool *sp, const struct routes *routes,
    int64_t now_us, bool json, struct buf *out, struct why *why);

/*
 * Makes a call ("all": every one) due at once, and brings it back from
 * failed/ to the stage where it failed. *count is how many; 0 or -1 with why.
 */
int list_retry(const struct spool *sp, const char *id, int64_t now_us,
    size_t *count, struct why *why);

#endif
