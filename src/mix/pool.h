/* SPDX-License-Identifier: ISC */
#ifndef POOL_H
#define POOL_H

/*
 * A pool of threads that run jobs in the order of their submission. Any thread
 * may submit jobs.
 *
 *	struct pool *pool = pool_new(cores);
 *	pool_submit(pool, &job);	job.run(job.arg) in one of the threads
 *	pool_wait(pool, &job);		until the job is done
 *	pool_free(pool);		all jobs must be done
 *
 * Jobs need memory while they wait. pool_borrow() lends an additional place, if
 * fewer are lent than there are threads. So a single submitter can use all
 * threads, and the memory of many submitters is limited.
 */

#include <stdbool.h>

struct pool_job {
	void (*run)(void *arg);
	void *arg;
	bool done;
	struct pool_job *next;
};

struct pool;
/* With fewer than two threads, pool_submit() runs the job itself. */
struct pool *pool_new(int threads);
void pool_free(struct pool *p); /* NULL is fine */
int pool_threads(const struct pool *p);
void pool_submit(struct pool *p, struct pool_job *job);
void pool_wait(struct pool *p, const struct pool_job *job);
bool pool_borrow(struct pool *p);
void pool_give_back(struct pool *p, int places);

#endif
