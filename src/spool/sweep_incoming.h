/* SPDX-License-Identifier: ISC */
#ifndef SWEEP_INCOMING_H
#define SWEEP_INCOMING_H

/*
 * recsweep --incoming: what a PBX left in its directory, and no run of
 * recpolicy --collect took for so long, is deleted: files that no call names,
 * and calls that could not be taken. It speaks through cli.h, a line for each
 * file; the audit log has an event for each. A call's files are as old as the
 * youngest of them.
 */

#include "spool.h"

struct sweep_incoming {
	const struct spool *spool;
	const char *dir;
	int64_t now_us, keep_us;
	bool dry_run; /* only show what would go */
	bool json;
	/* what came of it */
	size_t deleted, held;
};

/* An exit status. */
int sweep_incoming(struct sweep_incoming *s);

#endif
