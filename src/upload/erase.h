/* SPDX-License-Identifier: ISC */
#ifndef ERASE_H
#define ERASE_H

/*
 * recupload --erase: a call goes, here in every stage, and from each destination
 * that the audit log says has it, or that a folder here may have brought it to.
 *
 * The order, so that a kill anywhere leaves what a second run completes:
 * "erasing" is logged, from which on the door refuses the call; each object is
 * deleted and then logged as "erased", or as "kept" with the reason; each folder
 * is logged and removed; and "erased" with the sum comes last. A call on hold is
 * not touched.
 */

#include "spool.h"
#include "upload.h"

struct erase_order {
	const char *id, *reason;
	bool dry_run; /* only print; asks no server */
};

/*
 * An exit status: 1 where something is kept, or nothing is known of the call;
 * 75 where it is to be run again. It speaks through cli.h and prints a line for
 * each object and folder.
 */
int erase_call(const struct upload *up, const struct spool *sp,
    const struct erase_order *order);

#endif
