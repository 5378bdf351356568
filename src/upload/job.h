/* SPDX-License-Identifier: ISC */
#ifndef JOB_H
#define JOB_H

/*
 * A folder of the spool's upload/ that is being uploaded. Several threads may
 * work on it at once, each for another destination. After the last one has
 * finished it is committed and closed, together with others.
 *
 *	struct job *j = job_new(&site, name);
 *	if (job_open(j) == JOB_OPEN)		each thread
 *		job_run(j, i, false);		uploads to destination i
 *	job_commit_all(&j, 1);			one thread
 *	job_close_all(&j, 1, &outcome);		frees it
 *
 * Prints a line through cli.h for each attempt that failed.
 */

#include "lane.h"
#include "spool.h"

/* Shared by all jobs. */
struct job_site {
	struct upload *up;
	struct spool *sp;
	struct lanes *lanes;
};

struct job;
struct job *job_new(const struct job_site *site, const char *name);

enum job_state {
	JOB_OPEN,
	JOB_BUSY, /* another process has locked it, or it is gone */
	JOB_BAD   /* it cannot be read, and will be set aside */
};
/* The first call opens the folder; later ones return the same. */
enum job_state job_open(struct job *j);
/* The destinations (a mask) that do not have all files. Only while open. */
uint64_t job_left(struct job *j);
/*
 * Uploads the files for destination i in order, until one fails, is not due, or
 * lanes_stopping(). at_once: also if not due.
 */
void job_run(struct job *j, size_t i, bool at_once);

struct job_outcome {
	int status;                 /* an exit status */
	bool busy;                  /* it was JOB_BUSY: nothing was done */
	bool gone;                  /* the folder is no longer in upload/ */
	uint64_t left;              /* else: as job_left() */
	int64_t due_us[ROUTES_MAX]; /* when each may be tried again */
};
/*
 * Finish several jobs together, so that they share their syncs. A failure of one
 * does not stop the others. job_commit_all() writes the audit log and moves
 * finished folders out of upload/; job_close_all() then deletes these folders
 * and frees the jobs.
 */
void job_commit_all(struct job *const *j, size_t n);
void job_close_all(struct job *const *j, size_t n, struct job_outcome *o);
/* True if nothing has to be synced: closing it is quick. */
bool job_untouched(struct job *j);

#endif
