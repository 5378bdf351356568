/* SPDX-License-Identifier: ISC */
#ifndef STATE_H
#define STATE_H

/*
 * The uploads of the files of one folder so far: upload.state, JSON; see
 * rec-spool(5). It has an entry for each destination and file: attempts, due,
 * error, and done or failed. The format of version 0.1 is read as well. If the
 * file is lost, only the number of attempts is lost: each delivery first looks
 * whether the destination has the file.
 */

#include <stdint.h>

#include "text.h"

#define STATE_FILE "upload.state"

struct state_entry {
	char *dest, *file;
	int attempts;   /* that failed */
	int64_t due_us; /* 0: at once */
	bool done;      /* the destination has it */
	bool exempt;    /* done: the settings do not require it there */
	bool failed;    /* permanently */
	char *error;    /* of the last attempt, or NULL */
	/* The encrypted copy that was sent last; "": none, or it is done and
	   was not encrypted. */
	uint64_t cipher_bytes;
	char cipher_sha256[65];
};

struct state {
	struct state_entry *entry;
	size_t entries;
};

/* 0, also if there is no file, or -1 with why; shown_as: the folder's name. */
int state_load(
    struct state *q, int dirfd, const char *shown_as, struct why *why);
/* Durable when it returns 0; -1 with why. */
int state_save(const struct state *q, int dirfd, struct why *why);
/* Finds or adds an entry; valid until the next call. */
struct state_entry *state_entry(
    struct state *q, const char *dest, const char *file);
/* Finds an entry; NULL: none. */
const struct state_entry *state_find(
    const struct state *q, const char *dest, const char *file);
/* "waiting", "done", "failed" or "exempt". */
const char *state_word(const struct state_entry *e);
void state_set_error(struct state_entry *e, const char *text);
/* Clears failures and waits of a destination (NULL: of all). Entries that are
   done remain. */
void state_retry(struct state *q, const char *dest);
void state_free(struct state *q);

#endif
