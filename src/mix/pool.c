/* SPDX-License-Identifier: ISC */
#include "pool.h"

#include <pthread.h>
#include <stdlib.h>

#include "mem.h"

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t work, done;
	struct pool_job *first, **last;
	pthread_t *thread;
	int threads, places;
	bool stop;
};

static void *
serve_pool(void *arg)
{
	struct pool *p = arg;

	(void)pthread_mutex_lock(&p->lock);
	for (;;) {
		struct pool_job *job = p->first;

		if (!job && p->stop)
			break;
		if (!job) {
			(void)pthread_cond_wait(&p->work, &p->lock);
			continue;
		}
		p->first = job->next;
		if (!p->first)
			p->last = &p->first;
		(void)pthread_mutex_unlock(&p->lock);
		job->run(job->arg);
		(void)pthread_mutex_lock(&p->lock);
		job->done = true;
		(void)pthread_cond_broadcast(&p->done);
	}
	(void)pthread_mutex_unlock(&p->lock);
	return NULL;
}

struct pool *
pool_new(int threads)
{
	struct pool *p = mem_alloc(sizeof *p);

	(void)pthread_mutex_init(&p->lock, NULL);
	(void)pthread_cond_init(&p->work, NULL);
	(void)pthread_cond_init(&p->done, NULL);
	p->last = &p->first;
	if (threads > 1)
		p->thread = mem_alloc((size_t)threads * sizeof *p->thread);
	/* If fewer or none start, it is only slower. */
	while (threads > 1 && p->threads < threads &&
	       pthread_create(&p->thread[p->threads], NULL, serve_pool, p) == 0)
		p->threads++;
	p->places = p->threads;
	return p;
}

void
pool_free(struct pool *p)
{
	if (!p)
		return;
	(void)pthread_mutex_lock(&p->lock);
	p->stop = true;
	(void)pthread_cond_broadcast(&p->work);
	(void)pthread_mutex_unlock(&p->lock);
	for (int i = 0; i < p->threads; i++)
		(void)pthread_join(p->thread[i], NULL);
	(void)pthread_cond_destroy(&p->work);
	(void)pthread_cond_destroy(&p->done);
	(void)pthread_mutex_destroy(&p->lock);
	free(p->thread);
	free(p);
}

int
pool_threads(const struct pool *p)
{
	return p->threads;
}

void
pool_submit(struct pool *p, struct pool_job *job)
{
	job->done = false;
	job->next = NULL;
	if (p->threads == 0) {
		job->run(job->arg);
		job->done = true;
		return;
	}
	(void)pthread_mutex_lock(&p->lock);
	*p->last = job;
	p->last = &job->next;
	(void)pthread_cond_signal(&p->work);
	(void)pthread_mutex_unlock(&p->lock);
}

void
pool_wait(struct pool *p, const struct pool_job *job)
{
	(void)pthread_mutex_lock(&p->lock);
	while (!job->done)
		(void)pthread_cond_wait(&p->done, &p->lock);
	(void)pthread_mutex_unlock(&p->lock);
}

bool
pool_borrow(struct pool *p)
{
	bool lent;

	(void)pthread_mutex_lock(&p->lock);
	lent = p->places > 0;
	if (lent)
		p->places--;
	(void)pthread_mutex_unlock(&p->lock);
	return lent;
}

void
pool_give_back(struct pool *p, int places)
{
	(void)pthread_mutex_lock(&p->lock);
	p->places += places;
	(void)pthread_mutex_unlock(&p->lock);
}
