/* SPDX-License-Identifier: ISC */
#ifndef DRY_RUN_H
#define DRY_RUN_H

/* recupload --dry-run: prints where each recording would go. Connects to no
 * server. */

#include "job.h"

/*
 * The line "SHOWN: NAME: WHERE" for a file that goes to destination i, or the
 * reason why it cannot have a name there. To be freed.
 */
char *dry_run_line(const struct job_site *site, const char *shown,
    const struct ticket *t, const struct ticket_file *f, size_t i);
/* Prints the lines for all calls in the spool's upload/. An exit status. */
int dry_run_spool(const struct job_site *site);

#endif
