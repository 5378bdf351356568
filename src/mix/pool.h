/* SPDX-License-Identifier: ISC */
#ifndef POOL_H
#define POOL_H

/*
 * Threads that do jobs in the order in which they come, for any number of
 * threads that hand them out.
 *
 *	struct pool *pool = pool_new(cores);
 *	pool_submit(pool, &job);	job.run(job.arg) in one of the threads
 *	pool_wait(pool, &job);		until it has been done
 *	pool_free(pool);		no job may be left
 *
 * Jobs need memory while they wait. pool_borrow() lends one more place, as
 * many in all as there are threads, to whoever asks first: who is alone can
 * keep all threads busy, and many together stay within bounds.
 */

#include <stdbool.h>

struct pool_job {
	void (*run)(void *arg);
	void *arg;
	bool done;
	struct pool_job *next;
};

struct pool;
/* With less than two threads jobs are done where they are submitted. */
struct pool *pool_new(int threads);
void pool_free(struct pool *p); /* NULL is fine */
int pool_threads(const struct pool *p);
void pool_submit(struct pool *p, struct pool_job *job);
void pool_wait(struct pool *p, const struct pool_job *job);
bool pool_borrow(struct pool *p);
void pool_give_back(struct pool *p, int places);

#endif
