/* SPDX-License-Identifier: ISC */
#ifndef LIST_NOTICES_H
#define LIST_NOTICES_H

/* For recupload -l: the notices that wait (notice.h). */

#include "spool.h"

/* Adds a line or a JSON object for each notice of call `what` (NULL: all). */
void list_notices_add(
    const struct spool *sp, const char *what, bool json, struct buf *out);

/* The number of notices of all calls. */
size_t list_notices_count(const struct spool *sp);

#endif
