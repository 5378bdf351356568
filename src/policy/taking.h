/* SPDX-License-Identifier: ISC */
#ifndef TAKING_H
#define TAKING_H

/*
 * A call of a directory that is not trusted, in hand: its document, its files,
 * each opened once, and who else names them. A part of collect.h.
 */

#include "collect.h"

#include "text.h"

struct taking {
	struct collect *c;
	struct collect_candidate *cand;
	struct doc doc;
	struct call call;
	struct source call_file; /* not open where a log tells of the call */
	struct admit_bag bag;
	bool read; /* call is of doc */
	bool torn;
	size_t missing;    /* legs */
	int64_t changed_s; /* the newest of its files; 0: there is none */
	char *shown;
};

/*
 * Opens the call file, which is held from here on so that what is removed is
 * what was read, and reads it, unless the call is a log's. 0, or -1 with why.
 */
int taking_read(struct taking *t, struct why *why);
/* Opens the legs; those that are not there are counted. 0, or -1 with why. */
int taking_open_legs(struct taking *t, struct why *why);
/*
 * All that goes with the call into its bag; what another call names, too, stays
 * until that one goes. taking_empty() takes that back.
 */
void taking_fill(struct taking *t);
void taking_empty(struct taking *t);
void taking_free(struct taking *t);

/* How long a leg is; -1 where that cannot be told. */
int64_t taking_leg_us(const struct taking *t, size_t leg);
/* When the call ended; -1 where nobody says. */
int64_t taking_end_us(const struct taking *t);
/*
 * The call as far as there is anything of it: it ends where that is certain,
 * and says what it is; the document is then to be read again. false: there is
 * nothing to take.
 */
bool taking_tear(struct taking *t);

/* Did the caller decline a call that the spool has taken before? */
bool taking_is_late_no(const struct taking *t);
/*
 * Keeps it from being delivered, where it still can be: it stands in failed/
 * then. 0 with a text, to be freed, that says what became of it; -1 with why.
 */
int taking_hold(const struct taking *t, char **text, struct why *why);

#endif
