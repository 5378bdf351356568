/* SPDX-License-Identifier: ISC */
#ifndef INTAKE_H
#define INTAKE_H

/*
 * recpolicy -s: calls whose files a person or a hook names go into the spool,
 * and their places in it are printed. It speaks through cli.h.
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
	bool move;     /* sources go once the spool has them */
	bool together; /* of a log: calls share syncs, and refused ones go */
	bool nul;      /* ends the paths that are printed */
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
/* What is left to do of what came together; the worse of both statuses. */
int intake_flush(struct intake *in, int status);
void intake_close(struct intake *in);

/*
 * May calls enter by this clock? A folder's age is in its name, and what enters
 * by a clock that has lost its time would be swept once it is set. 0, or -1
 * with why, which blames the machine.
 */
int intake_check_clock(const struct spool *sp, struct why *why);
/* "legs=2 bytes=640088 at=REASON"; to be freed. */
char *intake_refusal(const char *reason, const struct admit_bag *bag);
/* Of a call that was erased. */
#define INTAKE_ERASED "it was erased"

#endif
