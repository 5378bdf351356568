/* SPDX-License-Identifier: ISC */
#ifndef BY_NAME_H
#define BY_NAME_H

/*
 * Uploads the recordings that are named on the command line, several at once,
 * but the files of one call one after the other. Their places at the
 * destinations are printed in the order of the paths.
 *
 *	struct by_name *h = by_name_new(&site, nul, remove, dry);
 *	status = by_name_add(h, path) ...	blocks if too many wait
 *	status = by_name_end(h);		waits for all; the worst status
 */

#include "job.h"

struct by_name;
/* site->sp is not used. remove: delete files that all destinations have. dry:
   only print where they would go. */
struct by_name *by_name_new(
    const struct job_site *site, bool nul, bool remove, bool dry);
int by_name_add(struct by_name *h, const char *path);
int by_name_end(struct by_name *h);

#endif
