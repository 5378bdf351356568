/* SPDX-License-Identifier: ISC */
#ifndef WHERE_H
#define WHERE_H

/*
 * Where a call is now, in the form of a line of the audit log:
 *
 *	TIME - ID now stage=mix folder=FOLDER [hold=yes]
 *
 * There is a line, with a newline, for each folder with that id, or a single one
 * with stage=none. A "-" replaces the hash.
 */

#include <stdbool.h>

#include "spool.h"

/* 0, or -1 with why. */
int where_tell(const struct spool *sp, const char *id,
    void (*tell)(const char *line, void *arg), void *arg, struct why *why);
/* True if there is a folder with that id in any stage. */
bool where_is(const struct spool *sp, const char *id);

#endif
