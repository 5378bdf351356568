/* SPDX-License-Identifier: ISC */
#ifndef TAKING_H
#define TAKING_H

/*
 * A call of a PBX's directory that is being collected (collect.h): its
 * document, and its files, each opened once.
 */

#include "collect.h"
#include "late.h"
#include "taken.h"

#include "text.h"

struct taking {
	struct collect *c;
	struct collect_candidate *cand;
	struct doc doc;
	struct call call;
	struct source call_file; /* not open if the call is from a log */
	struct admit_bag bag;
	bool read; /* call was made from doc */
	bool torn;
	size_t missing;    /* legs that are missing */
	int64_t changed_s; /* the newest of its files; 0: there is none */
	char *shown;
};

/*
 * Opens and reads the call file, unless the call is from a log. The file stays
 * open, so that the file that is removed is the one that was read. 0, or -1
 * with why.
 */
int taking_read(struct taking *t, struct why *why);
/* Opens the legs, and counts the missing ones. 0, or -1 with why. */
int taking_open_legs(struct taking *t, struct why *why);
/*
 * Puts all files of the call into its bag, to be deleted with it, except those
 * that another call also names. taking_empty() undoes this.
 */
void taking_fill(struct taking *t);
void taking_empty(struct taking *t);
void taking_free(struct taking *t);

/* The length of a leg; -1: unknown. */
int64_t taking_leg_us(const struct taking *t, size_t leg);
/* When the call ended; -1: unknown. */
int64_t taking_end_us(const struct taking *t);
/*
 * Makes a torn call complete (--torn-after): gives it an end, leaves out
 * missing legs, and adds the fact `torn`. The document must then be read again.
 * False: it has no leg at all, or is not torn (a leg is still growing).
 */
bool taking_tear(struct taking *t);

/* What the call file of a call that entered before says now, and did not then. */
struct taking_late {
	struct late found; /* the calls that it may be */
	/* One of them. */
	struct taken_difference is;
	const struct door_folder *folder; /* NULL: it is not in the spool */
	uint64_t own;
};
/*
 * Compares it with found.own[i]. 0, or -1 with why; errnum is ENOENT or EAGAIN if it
 * must be looked at again.
 */
int taking_late(struct taking *t, const struct decision *d, size_t i,
    struct taking_late *late, struct why *why);
/*
 * Moves a call whose recording is wrong to failed/, if it has not been uploaded. 0
 * with a text, to be freed, that says where the call is now; -1 with why.
 */
int taking_hold(const struct taking *t, const struct taking_late *late,
    char **text, struct why *why);

#endif
