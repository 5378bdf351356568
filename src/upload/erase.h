/* SPDX-License-Identifier: ISC */
#ifndef ERASE_H
#define ERASE_H

/*
 * recupload --erase: deletes a call in every stage of the spool, and at each
 * destination that has it by the audit log, or may have it because a folder in
 * the spool was sent there.
 *
 * The order of the steps lets a second run complete what a killed one began:
 * "erasing" is logged, and from then on the call cannot enter again. Each object
 * is deleted and logged as "erased", or as "kept" with the reason. Each folder
 * is logged and removed. At last "erased" is logged with the sum. A call on hold
 * is not erased.
 */

#include "spool.h"
#include "upload.h"

struct erase_order {
	const char *id, *reason;
	bool dry_run; /* only print; connect to no server */
};

/*
 * An exit status: 1 if something is kept or the call is unknown, 75 if it must
 * be run again. Prints messages through cli.h, and a line for each object and
 * folder.
 */
int erase_call(const struct upload *up, const struct spool *sp,
    const struct erase_order *order);

#endif
