/* SPDX-License-Identifier: ISC */
#ifndef NOTE_H
#define NOTE_H

/*
 * The text that a recording carries in a CRM: facts of the call and its
 * pauses for people, and at its end a marker by which the recording is found
 * again:
 *
 *	Call recording c1042, recording 1 of 1, part 1 of 2
 *	Begins 2026-11-22T10:00:04Z, 1:02:03 long
 *	Paused from 45.000 s to 61.200 s (2026-11-22T10:00:45Z to
 *	    2026-11-22T10:01:01Z): pause			[one line]
 *	queue: Billing/Disputes
 *	agent: alice
 *	...
 *	[rectools KEY NAME BYTES]
 */

#include "ticket.h"

/* To be freed. Key and name have safe characters only. */
char *note_marker(const char *key, const char *name, uint64_t bytes);

/*
 * At most `most` bytes, to be freed: lines that find no room are left out,
 * pauses are then counted, the marker always stands at the end. f is one of
 * the ticket's files.
 */
char *note_text(const struct ticket *t, const struct ticket_file *f,
    const char *marker, size_t most);

#endif
