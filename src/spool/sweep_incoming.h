/* SPDX-License-Identifier: ISC */
#ifndef SWEEP_INCOMING_H
#define SWEEP_INCOMING_H

/*
 * recsweep --incoming: deletes what a PBX left in its directory and no run of
 * recpolicy --collect took for the time keep_us: files that no call names, and
 * calls that could not be taken. It prints a line through cli.h and logs an
 * event for each file. The age of a call is that of its youngest file.
 */

#include "spool.h"

struct sweep_incoming {
	const struct spool *spool;
	const char *dir;
	int64_t now_us, keep_us;
	bool dry_run; /* only show what would be deleted */
	bool json;
	/* the results */
	size_t deleted, held;
};

/* An exit status. */
int sweep_incoming(struct sweep_incoming *s);

#endif
