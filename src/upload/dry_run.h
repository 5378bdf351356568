/* SPDX-License-Identifier: ISC */
#ifndef DRY_RUN_H
#define DRY_RUN_H

/* recupload --dry-run: where each recording would go. Asks no server. */

#include "job.h"

/*
 * For each file of a call that goes to destination i, a line "SHOWN: NAME:
 * WHERE", to be freed; or why it has no name there.
 */
char *dry_run_line(const struct job_site *site, const char *shown,
    const struct ticket *t, const struct ticket_file *f, size_t i);
/* All calls of the spool's upload/. An exit status. */
int dry_run_spool(const struct job_site *site);

#endif
