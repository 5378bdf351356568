/* SPDX-License-Identifier: ISC */
#ifndef NAMES_H
#define NAMES_H

/*
 * Personal data stands outside the audit log, for nothing can be taken out of
 * its chain. The log has "sealed:" and the SHA-256 of a random salt and the
 * text; SPOOL/names/ID has both, a line each:
 *
 *	HASH SALT text
 *
 * Without that file nobody can tell what the hash was made of, not even by
 * trying all telephone numbers.
 */

#include <stdbool.h>

#include "text.h"

/*
 * The word for the log, to be freed; what it stands for is on disk by then. The
 * same text of a call has the same word each time. NULL with why.
 */
char *names_seal(
    int spool_fd, const char *id, const char *text, struct why *why);
bool names_is_sealed(const char *word);
/* What a word of the log stands for, to be freed; NULL: nobody knows any more. */
char *names_open(int spool_fd, const char *id, const char *word);
/* A line of the log with what its sealed words stand for, to be freed. */
char *names_show(int spool_fd, const char *id, const char *line);
/* Takes all of a call away: 0, or -1 with why. */
int names_forget(int spool_fd, const char *id, struct why *why);

#endif
