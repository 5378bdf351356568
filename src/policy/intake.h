/* SPDX-License-Identifier: ISC */
#ifndef INTAKE_H
#define INTAKE_H

/*
 * recpolicy -s: puts the calls that a person or a hook names into the spool, and
 * prints the paths of their folders. Prints messages through cli.h.
 *
 *	struct intake in = {.move = move};
 *	if (intake_open(&in, "/var/spool/rectools") == EXIT_DONE)
 *		status = intake_call(&in, &d) ...
 *		status = intake_flush(&in, status)
 *	intake_close(&in);
 */

#include "admit.h"
#include "decide.h"
#include "door.h"
#include "spool.h"

struct intake {
	bool move; /* delete sources when the spool has them */
	bool
	    together; /* of a log: calls share syncs, refused ones are deleted */
	bool nul;     /* paths on output end in NUL */
	bool take_erased;
	/* private */
	struct spool spool;
	struct door door;
	struct admit admit;
	bool locked;
	int status;
};

/* EXIT_DONE, or after a message EXIT_USAGE or EXIT_LATER. */
int intake_open(struct intake *in, const char *spool);
int intake_call(struct intake *in, const struct decision *d);
/* Completes the calls that share syncs. Returns the worse of both statuses. */
int intake_flush(struct intake *in, int status);
void intake_close(struct intake *in);

/*
 * Checks that the clock is plausible. The age of a folder is in its name: a call
 * that enters while the clock is wrong would be swept when it is set. 0, or -1
 * with why: the machine is at fault.
 */
int intake_check_clock(const struct spool *sp, struct why *why);
/* Saves the index of the audit log, and reports what was wrong with it. */
void intake_save_known(const struct door *door);
/* "legs=2 bytes=640088 at=REASON"; to be freed. */
char *intake_refusal(const char *reason, const struct admit_bag *bag);
/* The reason for a call that was erased. */
#define INTAKE_ERASED "it was erased"

#endif
