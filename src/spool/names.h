/* SPDX-License-Identifier: ISC */
#ifndef NAMES_H
#define NAMES_H

/*
 * Keeps personal data out of the audit log, because nothing can be removed from
 * its chain. The log has "sealed:" and the SHA-256 of a random salt and the
 * text. The file SPOOL/names/ID has a line for each:
 *
 *	HASH SALT text
 *
 * Without that file the text cannot be found again, not even by trying all
 * telephone numbers.
 */

#include <stdbool.h>

#include "text.h"

/*
 * The word for the log, to be freed; the text is on disk by then. The same text
 * of a call always has the same word. NULL with why.
 */
char *names_seal(
    int spool_fd, const char *id, const char *text, struct why *why);
bool names_is_sealed(const char *word);
/* The text of a word of the log, to be freed; NULL: it was deleted. */
char *names_open(int spool_fd, const char *id, const char *word);
/* A line of the log with its sealed words replaced by their texts, to be freed. */
char *names_show(int spool_fd, const char *id, const char *line);
/* Deletes all texts of a call. 0, or -1 with why. */
int names_forget(int spool_fd, const char *id, struct why *why);

#endif
