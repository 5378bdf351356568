/* SPDX-License-Identifier: ISC */
#ifndef STATE_H
#define STATE_H

/*
 * What has been tried for the files of one folder: upload.state, see
 * rec-spool(5). JSON, with a delivery for each destination and file: attempts,
 * due, error, and done or failed; what version 0.1 wrote is read too. Losing
 * the file costs only the memory of attempts: a delivery looks at the
 * destination before it sends.
 */

#include <stdint.h>

#include "text.h"

#define STATE_FILE "upload.state"

struct state_entry {
	char *dest, *file;
	int attempts;   /* that failed */
	int64_t due_us; /* 0: at once */
	bool done;      /* the destination has it */
	bool exempt;    /* done, for it need not go there */
	bool failed;    /* for good */
	char *error;    /* of the last attempt, or NULL */
	/* What was sent last in the file's place, encrypted; "": nothing, or it
	   is done and went in clear. */
	uint64_t cipher_bytes;
	char cipher_sha256[65];
};

struct state {
	struct state_entry *entry;
	size_t entries;
};

/* 0 (no file is an empty queue), or -1 with why; shown_as is the folder. */
int state_load(
    struct state *q, int dirfd, const char *shown_as, struct why *why);
/* Durable when it returns 0; -1 with why. */
int state_save(const struct state *q, int dirfd, struct why *why);
/* Found or added; good until the next call. */
struct state_entry *state_entry(
    struct state *q, const char *dest, const char *file);
/* The one there is, or NULL. */
const struct state_entry *state_find(
    const struct state *q, const char *dest, const char *file);
/* "waiting", "done", "failed" or "exempt". */
const char *state_word(const struct state_entry *e);
void state_set_error(struct state_entry *e, const char *text);
/* Forgets failures and waits, not what is done; of one destination, or (NULL)
   of all. */
void state_retry(struct state *q, const char *dest);
void state_free(struct state *q);

#endif
