/* SPDX-License-Identifier: ISC */
#ifndef TAKEN_H
#define TAKEN_H

/*
 * What the spool made of a call that it took, and in what that differs from
 * what is told of the call now.
 *
 *	struct taken old;
 *	if (taken_read(&old, folder_fd, &why) == 0)
 *		taken_compare(&old, &call, &plan, &found);
 *	taken_free(&old);
 */

#include "call.h"
#include "plan.h"

#include "text.h"

struct taken {
	struct doc doc;   /* plan.ini or ticket.ini, or empty */
	struct plan plan; /* what is heard of it */
	bool extents;     /* the ends of its recordings are known */
	bool torn;        /* its end was not */
};

/* In order of weight: the first that applies is told. */
enum taken_kind {
	TAKEN_SAME,
	TAKEN_NO,    /* consent was declined */
	TAKEN_PAUSE, /* or a payment: it is heard */
	TAKEN_HEARD, /* something else is heard that was not to be recorded */
	TAKEN_WHO,   /* another queue, agent or fact: others may hear it */
	TAKEN_LEGS,  /* other legs, sides or places */
	TAKEN_END,   /* of a call that was torn, or an earlier one */
	TAKEN_LACKS, /* more was to be recorded */
	TAKEN_FACT,  /* a fact that was missing */
	TAKEN_OTHER, /* nobody can tell what any more */
	TAKEN_KINDS
};
/* "paused after it was taken": for the log. */
extern const char *const taken_kind_names[TAKEN_KINDS];
/* Is the recording wrong, so that nobody may hear it as it is? */
bool taken_is_wrong(enum taken_kind kind);

struct taken_difference {
	enum taken_kind kind;
	char text[160];
};

/* By a folder's ticket or, until it is mixed, its plan. 0, or -1 with why. */
int taken_read(struct taken *old, int folder_fd, struct why *why);
/* A call that has left the spool: its "mixed" line of the log tells the cuts. */
void taken_add_line(struct taken *old, const char *line);
void taken_free(struct taken *old);

/* plan: what is to be recorded of the call by what is told now. */
void taken_compare(const struct taken *old, const struct call *call,
    const struct plan *plan, struct taken_difference *found);

#endif
