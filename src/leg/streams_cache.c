/* SPDX-License-Identifier: ISC */
#include "streams_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "mem.h"

struct cached_survey {
	struct streams s; /* the first member: see streams_cache_put() */
	struct stat file;
	char *payloads; /* NULL: none */
	int users;      /* under lock */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct cached_survey *latest; /* under lock; it counts as a user */

void
streams_cache_put(const struct streams *s)
{
	struct cached_survey *x = (struct cached_survey *)s;
	bool last;

	if (!x)
		return;
	(void)pthread_mutex_lock(&lock);
	last = --x->users == 0;
	(void)pthread_mutex_unlock(&lock);
	if (!last)
		return;
	streams_free(&x->s);
	free(x->payloads);
	free(x);
}

static bool
is_same_survey(const struct cached_survey *x, const struct stat *file,
    const char *payloads)
{
	const struct stat *a = &x->file;

	return a->st_dev == file->st_dev && a->st_ino == file->st_ino &&
	       a->st_size == file->st_size &&
	       memcmp(&a->st_mtim, &file->st_mtim, sizeof a->st_mtim) == 0 &&
	       memcmp(&a->st_ctim, &file->st_ctim, sizeof a->st_ctim) == 0 &&
	       strcmp(x->payloads ? x->payloads : "",
		   payloads ? payloads : "") == 0;
}

/* The latest survey if it is of this file, else NULL. */
static struct cached_survey *
find_latest(const struct stat *file, const char *payloads)
{
	struct cached_survey *x = NULL;

	(void)pthread_mutex_lock(&lock);
	if (latest && is_same_survey(latest, file, payloads)) {
		x = latest;
		x->users++;
	}
	(void)pthread_mutex_unlock(&lock);
	return x;
}

static void
set_latest(struct cached_survey *x)
{
	struct cached_survey *old;

	(void)pthread_mutex_lock(&lock);
	old = latest;
	latest = x;
	x->users++;
	(void)pthread_mutex_unlock(&lock);
	streams_cache_put(old ? &old->s : NULL);
}

const struct streams *
streams_cache_get(int fd, const char *payloads, struct why *why)
{
	struct cached_survey *x;
	struct stat file;

	if (fstat(fd, &file) != 0) {
		(void)why_errno(why, "%s", "");
		return NULL;
	}
	if ((x = find_latest(&file, payloads)))
		return &x->s;
	x = mem_alloc(sizeof *x);
	x->file = file;
	x->payloads = payloads ? text_dup(payloads) : NULL;
	x->users = 1;
	if (streams_survey(&x->s, fd, payloads, why) != 0) {
		streams_cache_put(&x->s);
		return NULL;
	}
	set_latest(x);
	return &x->s;
}
