/* SPDX-License-Identifier: ISC */
#include "notifier.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "lane.h"
#include "loop.h"
#include "mem.h"
#include "notice.h"
#include "tree.h"
#include "when.h"

enum { THREADS = 4, LOOK_MS = 1000, BUSY_MS = 200 };

/* A folder of notice/. */
struct pending {
	char *name;
	int64_t due_us;
	struct timespec changed; /* of the folder, when it was last read */
	bool busy, tried, there;
};

struct notifier {
	const struct upload *up;
	const struct spool *sp;
	bool watching;
	int hold;             /* locked: this process sends; -1: another does */
	pthread_mutex_t lock; /* protects everything below */
	pthread_cond_t change;
	struct pending **pending; /* oldest first */
	size_t count;
	int64_t scanned_ms;
	int64_t failed_us; /* last change of failed/ that was seen */
	/* No attempt before this time. */
	int64_t until_us[HOOK_EVENTS];
	int failures[HOOK_EVENTS];
	bool ending, ended; /* ended: after that it was read once more */
	int status;
	pthread_t thread[THREADS];
	size_t threads;
};

/* ---- what there is ---- */

static void
say(struct notifier *n, const struct why *why)
{
	cli_warn("%s", why->text);
	n->status = cli_worse(n->status, EXIT_LATER);
}

static int64_t
changed_us(int fd)
{
	struct stat st;

	return fstat(fd, &st) != 0 ? -1
				   : (int64_t)st.st_mtim.tv_sec * 1000000 +
					 st.st_mtim.tv_nsec / 1000;
}

/* A folder that a program has locked is read again. True: it was read. */
static bool
look_at_failed(struct notifier *n, const char *name)
{
	struct spool_item it;
	struct why why = {0};
	int taken = spool_take(n->sp, SPOOL_FAILED, name, &it, &why);
	bool good;

	if (taken < 0)
		say(n, &why);
	if (taken != 1)
		return spool_gone(&it);
	good = notice_failed(&it, &why) == 0;
	if (!good)
		say(n, &why);
	spool_release(&it);
	return good;
}

/*
 * Adds notices for folders set aside since the last time. The time of a
 * directory is as coarse as the kernel's clock: a very recent change may be
 * followed by another one.
 */
static void
look_for_failed(struct notifier *n)
{
	int64_t now_us = changed_us(n->sp->stage_fd[SPOOL_FAILED]);
	struct timespec ts;
	char **names;
	size_t count;
	struct why why = {0};
	bool all = true;

	if (!n->up->hooks->word[HOOK_FAILED] || now_us == n->failed_us)
		return;
	(void)clock_gettime(CLOCK_REALTIME, &ts);
	if (spool_list(n->sp, SPOOL_FAILED, &names, &count, &why) != 0) {
		say(n, &why);
		return;
	}
	for (size_t i = 0; i < count; i++)
		all &= look_at_failed(n, names[i]);
	spool_list_free(names, count);
	if (all && (int64_t)ts.tv_sec * 1000000 - now_us > 1000000)
		n->failed_us = now_us;
}

/* Another notice may have been added: then it is due at once. */
static void
refresh(struct notifier *n, struct pending *p)
{
	struct stat st;

	p->there = true;
	if (p->busy ||
	    fstatat(n->sp->stage_fd[SPOOL_NOTICE], p->name, &st,
		AT_SYMLINK_NOFOLLOW) != 0 ||
	    (st.st_mtim.tv_sec == p->changed.tv_sec &&
		st.st_mtim.tv_nsec == p->changed.tv_nsec))
		return;
	p->changed = st.st_mtim;
	p->due_us = 0;
	p->tried = false;
}

static struct pending *
find_pending(const struct notifier *n, const char *name)
{
	size_t from = 0, to = n->count;

	while (from < to) {
		size_t half = from + (to - from) / 2;
		int order = strcmp(n->pending[half]->name, name);

		if (order == 0)
			return n->pending[half];
		if (order < 0)
			from = half + 1;
		else
			to = half;
	}
	return NULL;
}

static int
by_pending_name(const void *a, const void *b)
{
	return strcmp((*(struct pending *const *)a)->name,
	    (*(struct pending *const *)b)->name);
}

/* Under lock. Drops the folders that are gone. */
static void
merge_notices(struct notifier *n, char **names, size_t count)
{
	size_t all = n->count, k = 0;

	for (size_t i = 0; i < n->count; i++)
		n->pending[i]->there = n->pending[i]->busy;
	n->pending =
	    mem_resize(n->pending, n->count + count + 1, sizeof *n->pending);
	for (size_t i = 0; i < count; i++) {
		struct pending *p = find_pending(n, names[i]);

		if (!p) {
			p = mem_alloc(sizeof *p);
			p->name = text_dup(names[i]);
			n->pending[all++] = p;
		}
		refresh(n, p);
	}
	for (size_t i = 0; i < all; i++) {
		struct pending *p = n->pending[i];

		if (p->there) {
			n->pending[k++] = p;
			continue;
		}
		free(p->name);
		free(p);
	}
	n->count = k;
	qsort(n->pending, k, sizeof *n->pending, by_pending_name);
}

/* Takes the lock for this spool; -1: another process has it. */
static int
take_turn(const struct spool *sp)
{
	int fd = openat(sp->fd, spool_stage_names[SPOOL_NOTICE],
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

/* Under lock. */
static void
scan(struct notifier *n)
{
	struct why why = {0};
	char **names;
	size_t count;

	n->scanned_ms = when_steady_us() / 1000;
	if (n->hold < 0)
		n->hold = take_turn(n->sp);
	if (n->hold < 0)
		return;
	look_for_failed(n);
	if (spool_list(n->sp, SPOOL_NOTICE, &names, &count, &why) != 0) {
		say(n, &why);
	} else {
		merge_notices(n, names, count);
		spool_list_free(names, count);
	}
}

/* ---- telling ---- */

/* True if the hook is set and is due; else *due_us is set to the time. */
static bool
is_notice_due(struct notifier *n, enum hook_event event,
    const struct state_entry *e, int64_t *due_us)
{
	int64_t now_us = when_now_us(), at_us = e->due_us;

	if (!n->up->hooks->word[event])
		return false;
	(void)pthread_mutex_lock(&n->lock);
	if (n->until_us[event] > at_us)
		at_us = n->until_us[event];
	(void)pthread_mutex_unlock(&n->lock);
	if (retry_is_due(&n->up->backoff, at_us, now_us))
		return true;
	if (*due_us == 0 || at_us < *due_us)
		*due_us = at_us;
	return false;
}

/* Stores the result for the next notices; 0 if it was sent. */
static void
note_sent(struct notifier *n, enum hook_event event, bool told,
    const char *name, int64_t after_s)
{
	(void)pthread_mutex_lock(&n->lock);
	n->failures[event] = told ? 0 : n->failures[event] + 1;
	n->until_us[event] =
	    told ? 0
		 : retry_due(&n->up->backoff, when_now_us(), n->failures[event],
		       after_s, retry_seed(name, n->failures[event]));
	if (!told)
		n->status = cli_worse(n->status, EXIT_LATER);
	(void)pthread_mutex_unlock(&n->lock);
}

/* The folder is not locked while a notice is sent, because uploads need it. */
static int
tell_notice(struct notifier *n, struct spool_item *it, const char *name,
    struct state_entry *e, struct why *why)
{
	char key[NOTICE_KEY_SIZE];
	struct hook_notice one = {.id = it->id, .key = key};
	int64_t after_s = -1;
	char *text = notice_read(it->fd, name, why);
	int status = -1;

	(void)notice_parse(name, &one.event, key);
	if (!text)
		return -1;
	one.text = text;
	(void)flock(it->fd, LOCK_UN);
	status = hook_tell(n->up->hooks, &one, &after_s, why);
	free(text);
	/* It was aborted by us: no attempt. */
	if (status != 0 && loop_abandoned())
		return 0;
	note_sent(n, one.event, status == 0, name, after_s);
	if (flock(it->fd, LOCK_EX) != 0)
		return why_errno(why, "%s", it->name);
	if (status == 0) {
		e->done = true;
		return unlinkat(it->fd, name, 0) != 0 && errno != ENOENT
			   ? why_errno(why, "%s", name)
			   : 0;
	}
	e->attempts++;
	e->due_us = retry_due(&n->up->backoff, when_now_us(), e->attempts,
	    after_s, retry_seed(name, e->attempts));
	state_set_error(e, why->text);
	return -1;
}

static void
remove_one(const struct dirent *d, void *arg)
{
	const struct spool_item *it = arg;

	(void)unlinkat(it->fd, d->d_name, 0);
}

/*
 * There is no notice left: removes the folder, its state and debris of a crash.
 */
static void
remove_empty(struct spool_item *it)
{
	(void)tree_each(it->fd, remove_one, it);
	(void)unlinkat(
	    it->spool->stage_fd[SPOOL_NOTICE], it->name, AT_REMOVEDIR);
}

/* Sends each notice of a folder that is due. Returns when the next one is due;
 * 0: now. */
static int64_t
tell_notices(
    struct notifier *n, struct spool_item *it, char **names, size_t count)
{
	struct state q;
	int64_t due_us = 0;
	bool failed = false;

	if (state_load(&q, it->fd, it->name, NULL) != 0)
		q = (struct state){0};
	for (size_t i = 0; i < count && !lanes_stopping(); i++) {
		char key[NOTICE_KEY_SIZE];
		enum hook_event event;
		struct state_entry *e;
		struct why why = {0};

		(void)notice_parse(names[i], &event, key);
		e = state_entry(&q, hook_event_names[event], names[i]);
		if (!is_notice_due(n, event, e, &due_us))
			continue;
		if (tell_notice(n, it, names[i], e, &why) != 0)
			cli_warn("%s: on_%s: %s", it->id,
			    hook_event_names[event], why.text);
		failed |= !e->done;
		if (!e->done && (due_us == 0 || e->due_us < due_us))
			due_us = e->due_us;
	}
	if (failed && !spool_gone(it))
		(void)state_save(&q, it->fd, NULL); /* only waits */
	state_free(&q);
	return due_us;
}

/* The folder was not locked meanwhile: checks for another notice, and removes
 * an empty folder. False: there is a notice that was not read. */
static bool
leave_notice(struct spool_item *it, char **seen, size_t count)
{
	char **names;
	size_t left;
	bool known = true;

	if (notice_files(it->fd, &names, &left) == 0 && left == 0)
		remove_empty(it);
	for (size_t i = 0; i < left && known; i++) {
		known = false;
		for (size_t k = 0; k < count && !known; k++)
			known = strcmp(names[i], seen[k]) == 0;
	}
	spool_list_free(names, left);
	return known;
}

/* Under lock, which is released meanwhile. */
static void
work_on_notice(struct notifier *n, struct pending *p)
{
	struct spool_item it;
	struct why why = {0};
	struct stat st = {0};
	int64_t due_us = when_now_us() + INT64_C(1000) * BUSY_MS;
	char **names = NULL;
	size_t count = 0;
	bool all = true;
	int taken;

	p->busy = p->tried = true;
	(void)pthread_mutex_unlock(&n->lock);
	taken = spool_take(n->sp, SPOOL_NOTICE, p->name, &it, &why);
	if (taken == 1 && notice_files(it.fd, &names, &count) == 0) {
		due_us = tell_notices(n, &it, names, count);
		all = leave_notice(&it, names, count);
	}
	spool_list_free(names, count);
	(void)pthread_mutex_lock(&n->lock);
	if (taken < 0)
		say(n, &why);
	if (taken == 1 && fstat(it.fd, &st) == 0)
		p->changed = st.st_mtim; /* by ourselves */
	if (taken == 1)
		spool_release(&it);
	else /* who has it locked may add a notice: the next scan decides */
		p->changed = (struct timespec){0, 0};
	/* No hook is set for any of it: it waits for a change. */
	p->due_us = !all ? 0 : due_us > 0 ? due_us : INT64_MAX;
	p->tried &= all;
	p->busy = false;
	(void)pthread_cond_broadcast(&n->change);
}

/* ---- the threads ---- */

/* Under lock. *wait_ms: the longest time until the next look. */
static struct pending *
pick_notice(struct notifier *n, int64_t *wait_ms, bool *busy)
{
	int64_t now_us = when_now_us();

	*busy = false;
	for (size_t i = 0; i < n->count; i++) {
		struct pending *p = n->pending[i];
		int64_t ms = (p->due_us - now_us) / 1000;

		*busy |= p->busy;
		if (p->busy || p->due_us == INT64_MAX ||
		    (!n->watching && p->tried))
			continue;
		if (p->due_us <= now_us)
			return p;
		if (ms < *wait_ms)
			*wait_ms = ms + 1;
	}
	return NULL;
}

/* Under lock. */
static void
wait_ms(struct notifier *n, int64_t ms)
{
	int64_t us = when_steady_us() + ms * 1000;
	struct timespec ts = {us / 1000000, us % 1000000 * 1000};

	(void)pthread_cond_timedwait(&n->change, &n->lock, &ts);
}

static void *
serve_notices(void *arg)
{
	struct notifier *n = arg;

	(void)pthread_mutex_lock(&n->lock);
	while (!lanes_stopping()) {
		bool last = n->ending, busy;
		int64_t ms = LOOK_MS;
		struct pending *p;

		if (when_steady_us() / 1000 - n->scanned_ms >= LOOK_MS ||
		    (last && !n->ended)) {
			n->ended = last;
			scan(n);
		}
		p = pick_notice(n, &ms, &busy);
		if (p)
			work_on_notice(n, p);
		else if (!n->watching && last && !busy)
			break;
		else
			wait_ms(n, ms);
	}
	(void)pthread_cond_broadcast(&n->change);
	(void)pthread_mutex_unlock(&n->lock);
	return NULL;
}

static void
start_threads(struct notifier *n)
{
	sigset_t all, old;

	sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	while (n->threads < THREADS && pthread_create(&n->thread[n->threads],
					   NULL, serve_notices, n) == 0)
		n->threads++;
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
}

struct notifier *
notifier_start(const struct upload *up, const struct spool *sp, bool watching)
{
	struct notifier *n;
	pthread_condattr_t attr;

	if (!hooks_any(up->hooks))
		return NULL;
	n = mem_alloc(sizeof *n);
	*n = (struct notifier){.up = up,
	    .sp = sp,
	    .watching = watching,
	    .hold = -1,
	    .failed_us = -1,
	    .scanned_ms = when_steady_us() / 1000 - LOOK_MS};
	(void)pthread_mutex_init(&n->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&n->change, &attr);
	(void)pthread_condattr_destroy(&attr);
	start_threads(n);
	return n;
}

/* After a stop, notices that are being sent have a grace period. */
static void
join_all(struct notifier *n)
{
	int64_t end_ms = when_steady_us() / 1000 + n->up->grace_us / 1000;
	bool busy = true;

	(void)pthread_mutex_lock(&n->lock);
	n->ending = true;
	(void)pthread_cond_broadcast(&n->change);
	while (busy && lanes_stopping()) {
		busy = false;
		for (size_t i = 0; i < n->count; i++)
			busy |= n->pending[i]->busy;
		if (busy && when_steady_us() / 1000 >= end_ms &&
		    lanes_stopped())
			loop_abandon();
		if (busy)
			wait_ms(n, BUSY_MS);
	}
	(void)pthread_mutex_unlock(&n->lock);
	for (size_t i = 0; i < n->threads; i++)
		(void)pthread_join(n->thread[i], NULL);
}

int
notifier_end(struct notifier *n)
{
	int status;

	if (!n)
		return EXIT_DONE;
	join_all(n);
	/* A fault while watching was reported then; the end is clean. */
	status = n->watching ? EXIT_DONE : n->status;
	for (size_t i = 0; i < n->count; i++) {
		free(n->pending[i]->name);
		free(n->pending[i]);
	}
	free(n->pending);
	if (n->hold >= 0)
		(void)close(n->hold);
	(void)pthread_cond_destroy(&n->change);
	(void)pthread_mutex_destroy(&n->lock);
	free(n);
	return status;
}
