/* SPDX-License-Identifier: ISC */
#ifndef WHERE_H
#define WHERE_H

/*
 * Where a call is at this moment, in the form of a line of the audit log:
 *
 *	TIME - ID now stage=mix folder=FOLDER [hold=yes]
 *
 * One line for each folder of that id, with a newline; or a single one with
 * stage=none. The hash of a logged line is a "-" here.
 */

#include <stdbool.h>

#include "spool.h"

/* 0, or -1 with why. */
int where_tell(const struct spool *sp, const char *id,
    void (*tell)(const char *line, void *arg), void *arg, struct why *why);
/* Is there a folder of that id in any stage? */
bool where_is(const struct spool *sp, const char *id);

#endif
