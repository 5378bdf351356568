/* SPDX-License-Identifier: ISC */
#ifndef PAUSES_H
#define PAUSES_H

/*
 * The state of the destinations of a spool, SPOOL/destinations.json: which are
 * paused, until when, why and by whom, and the requests of recupload --retry,
 * numbered, so that a running worker can see the new ones. See rec-spool(5).
 *
 * Every change reads the file and renames a new one into place. A file that
 * cannot be read counts as empty; this only loses pauses.
 */

#include <stdint.h>

#include "text.h"

#define PAUSES_FILE "destinations.json"

struct pause {
	char *dest;
	int64_t until_us;
	char *why, *by;
	int failures;      /* in a row */
	char settings[17]; /* the destination's at that time; see struct dest */
};

struct pause_retry {
	int64_t number; /* from 1 */
	char *what;     /* id of a call, name of a destination, or "all" */
};

struct pauses {
	struct pause *pause;
	size_t pauses;
	struct pause_retry *retry; /* the last ones, oldest first */
	size_t retries;
};

/* Without a file p is empty. 0, or -1 with why; then p is empty as well. */
int pauses_load(struct pauses *p, int spool_fd, struct why *why);
void pauses_free(struct pauses *p);
/* NULL: it is not paused. */
const struct pause *pauses_of(const struct pauses *p, const char *dest);
/* The number of the last request; 0: none. */
int64_t pauses_number(const struct pauses *p);

/* until_us 0: not paused. 0, or -1 with why. */
int pauses_set(int spool_fd, const struct pause *pause, struct why *why);
/* Ends the pause of dest (NULL: of none), and adds the request `what`. */
int pauses_retry(
    int spool_fd, const char *what, const char *dest, struct why *why);

#endif
