/* SPDX-License-Identifier: ISC */
#ifndef JOB_H
#define JOB_H

/*
 * A folder of the spool's upload/ while somebody works on it. Several threads
 * may be in it at once, each with another destination; when the last one has
 * left it is closed, with others that are left about then.
 *
 *	struct job *j = job_new(&site, name);
 *	if (job_open(j) == JOB_OPEN)		each thread; the first one opens
 *		job_run(j, i, false);		the files for destination i
 *	job_commit_all(&j, 1);			one thread
 *	job_close_all(&j, 1, &outcome);		frees it
 *
 * It speaks through cli.h: one line for each attempt that failed.
 */

#include "lane.h"
#include "spool.h"

/* What all jobs share. */
struct job_site {
	struct upload *up;
	struct spool *sp;
	struct lanes *lanes;
};

struct job;
struct job *job_new(const struct job_site *site, const char *name);

enum job_state {
	JOB_OPEN,
	JOB_BUSY, /* somebody else holds it, or it has gone */
	JOB_BAD   /* it cannot be read; it will be set aside */
};
enum job_state job_open(struct job *j);
/* Destinations (a mask) that lack something; only while it is open. */
uint64_t job_left(struct job *j);
/* In order, until one fails, is not due yet, or all is to stop. at_once: due
   or not. */
void job_run(struct job *j, size_t i, bool at_once);

struct job_outcome {
	int status;                 /* an exit status */
	bool busy;                  /* it was JOB_BUSY: nothing was done */
	bool gone;                  /* the folder has left upload/ */
	uint64_t left;              /* else: destinations that lack something */
	int64_t due_us[ROUTES_MAX]; /* when each may be tried again */
};
/*
 * Two steps, each for several jobs at a time: what must be on disk before the
 * next thing may happen is made so for all of them by one sync. A step that
 * fails for one does not keep the others. First the log, and the way out of
 * upload/; then what has left is erased, and the jobs are freed.
 */
void job_commit_all(struct job *const *j, size_t n);
void job_close_all(struct job *const *j, size_t n, struct job_outcome *o);
/* Nothing was done in it that has to be put on disk: closing it is quick. */
bool job_untouched(struct job *j);

#endif
