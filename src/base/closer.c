/* SPDX-License-Identifier: ISC */
#include "closer.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "mem.h"

/*
 * Limited, because a waiting descriptor counts against the limit of open files.
 */
enum { THREADS = 8, WAITING_MAX = 256 };

struct closer {
	pthread_mutex_t lock;
	pthread_cond_t work;
	pthread_t thread[THREADS];
	int threads;
	int fd[WAITING_MAX], waiting;
	bool stop;
};

static void *
close_on(void *arg)
{
	struct closer *c = arg;

	(void)pthread_mutex_lock(&c->lock);
	while (c->waiting > 0 || !c->stop) {
		int fd;

		if (c->waiting == 0) {
			(void)pthread_cond_wait(&c->work, &c->lock);
			continue;
		}
		fd = c->fd[--c->waiting];
		(void)pthread_mutex_unlock(&c->lock);
		(void)close(fd);
		(void)pthread_mutex_lock(&c->lock);
	}
	(void)pthread_mutex_unlock(&c->lock);
	return NULL;
}

struct closer *
closer_new(void)
{
	struct closer *c = mem_alloc(sizeof *c);

	*c = (struct closer){.threads = 0};
	(void)pthread_mutex_init(&c->lock, NULL);
	(void)pthread_cond_init(&c->work, NULL);
	while (c->threads < THREADS &&
	       pthread_create(&c->thread[c->threads], NULL, close_on, c) == 0)
		c->threads++;
	return c;
}

void
closer_add(struct closer *c, int fd)
{
	bool taken;

	(void)pthread_mutex_lock(&c->lock);
	taken = c->threads > 0 && c->waiting < WAITING_MAX;
	if (taken)
		c->fd[c->waiting++] = fd;
	(void)pthread_cond_signal(&c->work);
	(void)pthread_mutex_unlock(&c->lock);
	if (!taken)
		(void)close(fd);
}

void
closer_free(struct closer *c)
{
	if (!c)
		return;
	(void)pthread_mutex_lock(&c->lock);
	c->stop = true;
	(void)pthread_cond_broadcast(&c->work);
	(void)pthread_mutex_unlock(&c->lock);
	for (int i = 0; i < c->threads; i++)
		(void)pthread_join(c->thread[i], NULL);
	(void)pthread_cond_destroy(&c->work);
	(void)pthread_mutex_destroy(&c->lock);
	free(c);
}
