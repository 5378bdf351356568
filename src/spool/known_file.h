/* SPDX-License-Identifier: ISC */
#ifndef KNOWN_FILE_H
#define KNOWN_FILE_H

/*
 * SPOOL/.known, the records of known.h in a file: a head, then the records,
 * sorted. It has the format of the memory, because no other machine reads it.
 */

#include "audit.h"
#include "known_set.h"
#include "spool.h"

#include "text.h"

struct known_file {
	const struct known_record *record;
	size_t records;
	struct audit_place
	    place;         /* the last line of the log that it includes */
	const char *fault; /* why it has no records or no place, or NULL */
	size_t bytes;
	/* private */
	struct head *head;
};

/*
 * Reads the file. If it is damaged or of another log, it has no records and no
 * place: the log must be read from its beginning. If it is of this spool, but
 * its place is not in the logs any more, it has no place. 0, or -1 with why.
 */
int known_file_load(
    struct known_file *f, const struct spool *sp, struct why *why);
/* Replaces the file. The set's fresh records cannot be found after it. 0, or -1
 * with why. */
int known_file_put(const struct spool *sp, struct known_set *set,
    const struct audit_place *place, struct why *why);
void known_file_free(struct known_file *f);

#endif
