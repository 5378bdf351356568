/* SPDX-License-Identifier: ISC */
#ifndef TAKEN_H
#define TAKEN_H

/*
 * Compares what the spool made of a call with what its call file says now.
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
	struct plan plan; /* what can be heard of it */
	bool extents;     /* the ends of its recordings are known */
	bool torn;        /* its end was unknown */
};

/* In order of importance: the first that applies is reported. */
enum taken_kind {
	TAKEN_SAME,
	TAKEN_NO,    /* consent was declined */
	TAKEN_PAUSE, /* or a payment, that can be heard */
	TAKEN_HEARD, /* something else that must not be recorded can be heard */
	TAKEN_WHO,   /* another queue, agent or fact: others may hear it */
	TAKEN_LEGS,  /* other legs, sides or places */
	TAKEN_END,   /* of a call that was torn, or an earlier one */
	TAKEN_LACKS, /* more should have been recorded */
	TAKEN_FACT,  /* a fact that was missing */
	TAKEN_OTHER, /* it is unknown what differs */
	TAKEN_KINDS
};
/* "paused after it was taken": for the log. */
extern const char *const taken_kind_names[TAKEN_KINDS];
/* True if the recording is wrong and must not be heard as it is. */
bool taken_is_wrong(enum taken_kind kind);

struct taken_difference {
	enum taken_kind kind;
	char text[160];
};

/* Reads a folder's ticket or, before it is mixed, its plan. 0, or -1 with why. */
int taken_read(struct taken *old, int folder_fd, struct why *why);
/* For a call that has left the spool: it was mixed; and what was cut out. */
void taken_add_mixed(struct taken *old);
void taken_add_cut(struct taken *old, int64_t from_us, int64_t to_us);
void taken_free(struct taken *old);

/* plan: the present plan of the call. */
void taken_compare(const struct taken *old, const struct call *call,
    const struct plan *plan, struct taken_difference *found);

#endif
