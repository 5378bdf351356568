/* SPDX-License-Identifier: ISC */
#ifndef JOB_H
#define JOB_H

/*
 * A folder of the spool's upload/ while somebody works on it. Several threads
 * may be in it at once, each with another destination; whoever leaves last
 * closes it.
 *
 *	struct job *j = job_new(&site, name);
 *	if (job_open(j) == JOB_OPEN)		each thread; the first one opens
 *		job_run(j, i);			the files for destination i
 *	job_close(j, &outcome);			the last thread; frees it
 *
 * It speaks through cli.h: one line for each attempt that failed.
 */

#include "spool.h"
#include "traffic.h"

/* What all jobs share. */
struct job_site {
	struct upload *up;
	struct spool *sp;
	struct traffic *traffic;
};

struct job;
struct job *job_new(const struct job_site *site, const char *name);

enum job_state {
	JOB_OPEN,
	JOB_BUSY, /* somebody else holds it, or it has gone */
	JOB_BAD   /* it cannot be read; job_close() sets it aside */
};
enum job_state job_open(struct job *j);
/* Destinations (a mask) that lack something; only while it is open. */
uint64_t job_left(struct job *j);
/* In order, until one fails, is not due yet, or all is to stop. */
void job_run(struct job *j, size_t i);

struct job_outcome {
	int status;                 /* an exit status */
	bool busy;                  /* it was JOB_BUSY: nothing was done */
	bool gone;                  /* the folder has left upload/ */
	uint64_t left;              /* else: destinations that lack something */
	int64_t due_us[ROUTES_MAX]; /* when each may be tried again */
};
void job_close(struct job *j, struct job_outcome *o);

#endif
