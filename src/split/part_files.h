/* SPDX-License-Identifier: ISC */
#ifndef PART_FILES_H
#define PART_FILES_H

/*
 * Writes the parts of an MP3 into a directory, several at a time, so that the
 * bytes are hashed and written while they are in the processor's cache. Parts are
 * synced in batches.
 */

#include "mapped.h"
#include "split.h"
#include "ticket.h"

#include "text.h"

/* "call-01of03.mp3", n from 0; to be freed. */
char *part_files_name(const char *name, size_t n, size_t parts);
/*
 * Writes the parts of `name`, and adds each to the ticket `out` with its place,
 * samples, size and hash, and the other facts of `file`. 0, or -1 with why.
 */
int part_files_write(struct mapped *src, const struct split *split, int dirfd,
    const char *name, const struct ticket_file *file, struct ticket *out,
    struct why *why);
/* Writes a NAME.ini for every NAME.mp3 of the ticket. 0, or -1 with why. */
int part_files_write_tickets(
    int dirfd, const struct ticket *t, struct why *why);
/* "call.ini" for "call.mp3"; to be freed. */
char *part_files_ticket_name(const char *mp3);

#endif
