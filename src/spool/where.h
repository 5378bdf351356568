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

/* The stages that have calls, in the order in which folders move. */
enum { WHERE_STAGES = 6 };
extern const enum spool_stage where_stages[WHERE_STAGES];
/* True if MP3s of a folder in this stage may have been uploaded. */
bool where_may_be_sent(enum spool_stage stage);

/* 0, or -1 with why. */
int where_tell(const struct spool *sp, const char *id,
    void (*tell)(const char *line, void *arg), void *arg, struct why *why);
/* True if there is a folder with that id in any stage. */
bool where_is(const struct spool *sp, const char *id);

#endif
