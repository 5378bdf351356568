/* SPDX-License-Identifier: ISC */
#ifndef LIST_NOTICES_H
#define LIST_NOTICES_H

/* For recupload -l: what is still to be told, see notice.h. */

#include "spool.h"

/* A line for each notice of that call (what; NULL: all), or a JSON object. */
void list_notices_add(
    const struct spool *sp, const char *what, bool json, struct buf *out);

/* How many there are, of all calls. */
size_t list_notices_count(const struct spool *sp);

#endif
