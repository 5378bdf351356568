/* SPDX-License-Identifier: ISC */
#include "stage.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit.h"
#include "cli.h"
#include "mem.h"
#include "text.h"
#include "when.h"

/* How often all folders are looked at again, for those that were locked or not
 * yet due. */
enum { AGAIN_MS = 500 };

static volatile sig_atomic_t stopping;

static void
stop_on_signal(int signal_number)
{
	(void)signal_number;
	stopping = 1;
}

bool
stage_stopping(void)
{
	return stopping;
}

/* A folder that waits for the machine: the interval of its attempts grows, and
 * a message about it is not repeated. */
struct delay {
	char *name, *said;
	int tries;
	int64_t due_ms;
};
enum { DELAY_FIRST_MS = 500, DELAY_MOST_MS = 60000 };

/* Shared by the workers. */
struct rota {
	pthread_mutex_t lock; /* protects everything below */
	const struct stage_work *work;
	const struct spool *sp;
	int watch_fd; /* -1: none, poll */
	char **names; /* of this round; next is the one to try */
	size_t count, next;
	bool listed;
	int status; /* of the round */
	struct delay *delay;
	size_t delays;
};

static struct delay *
find_delay(const struct rota *r, const char *name)
{
	for (size_t i = 0; i < r->delays; i++)
		if (strcmp(r->delay[i].name, name) == 0)
			return &r->delay[i];
	return NULL;
}

static void
drop_delay(struct rota *r, struct delay *d)
{
	free(d->name);
	free(d->said);
	r->delays--;
	memmove(d, d + 1, (size_t)(r->delay + r->delays - d) * sizeof *d);
}

/* After an attempt that ended with status. */
static void
note_try(struct rota *r, const char *name, int status, char *said)
{
	struct delay *d = find_delay(r, name);
	int64_t wait = DELAY_FIRST_MS;

	if (status != EXIT_LATER || !r->work->watch) {
		if (d)
			drop_delay(r, d);
		free(said);
		return;
	}
	if (!d) {
		r->delay = mem_resize(r->delay, r->delays + 1, sizeof *d);
		d = &r->delay[r->delays++];
		*d = (struct delay){.name = text_dup(name)};
	}
	for (int i = 0; i < d->tries && wait < DELAY_MOST_MS; i++)
		wait *= 2;
	d->tries++;
	d->due_ms = when_steady_us() / 1000 +
		    (wait < DELAY_MOST_MS ? wait : DELAY_MOST_MS);
	free(d->said);
	d->said = said;
}

/* Drops those of folders that are gone. */
static void
prune_delays(struct rota *r)
{
	for (size_t i = r->delays; i-- > 0;) {
		bool there = false;

		for (size_t k = 0; k < r->count && !there; k++)
			there = strcmp(r->delay[i].name, r->names[k]) == 0;
		if (!there)
			drop_delay(r, &r->delay[i]);
	}
}

static int
one_folder(struct rota *r, const char *name)
{
	struct spool_item it;
	struct why why;
	int status = EXIT_DONE;
	int taken = spool_take(r->sp, r->work->stage, name, &it, &why);

	if (taken < 0) {
		cli_warn("%s", why.text);
		return EXIT_LATER;
	}
	if (taken == 1) {
		status = r->work->each(&it, r->work->arg);
		if (status != EXIT_DONE && spool_gone(&it)) {
			cli_warn("%s: was swept while this program worked on "
				 "it; nothing else is lost",
			    name);
			status = EXIT_GIVEN_UP;
		}
		spool_release(&it);
	}
	return status;
}

/* Waits until a folder arrives, or until it is time to look again. */
static void
wait_for_folder(int watch_fd)
{
	struct pollfd p = {.fd = watch_fd, .events = POLLIN};

	/* poll() ignores a descriptor of -1 and only waits. */
	if (poll(&p, 1, AGAIN_MS) > 0)
		spool_drain(watch_fd);
}

/* Writes the counts so far, under the lock. */
static void
write_rota_metrics(struct rota *r, bool last)
{
	struct why why;

	if (stage_metrics_write(
		r->work->metrics, r->sp, when_now_us(), last, &why) == 0)
		return;
	cli_warn("%s", why.text);
	r->status = cli_worse(r->status, EXIT_LATER);
}

/* Under the lock: the first worker without a name lists the next round; the
 * others wait for the lock. */
static bool
next_round(struct rota *r)
{
	struct why why;

	if (r->listed && !r->work->watch)
		return false;
	if (r->listed) {
		wait_for_folder(r->watch_fd);
		spool_list_free(r->names, r->count);
	}
	r->names = NULL;
	r->count = r->next = 0;
	r->listed = true;
	if (r->work->watch && !stopping && spool_moved(r->sp, &why)) {
		cli_warn("%s", why.text);
		stopping = true;
	}
	if (!stopping && spool_list(r->sp, r->work->stage, &r->names, &r->count,
			     &why) != 0) {
		cli_warn("%s", why.text);
		r->status = cli_worse(r->status, EXIT_LATER);
	}
	prune_delays(r);
	write_rota_metrics(r, false);
	return !stopping;
}

static void *
serve_stage(void *arg)
{
	struct rota *r = arg;

	(void)pthread_mutex_lock(&r->lock);
	while (!stopping) {
		char *name, *said = NULL;
		struct delay *d;
		int status;

		if (!r->listed || r->next == r->count) {
			if (!next_round(r))
				break;
			continue;
		}
		name = text_dup(r->names[r->next++]);
		d = find_delay(r, name);
		if (d && d->due_ms > when_steady_us() / 1000) {
			free(name);
			continue;
		}
		said = d ? text_dup(d->said) : NULL;
		(void)pthread_mutex_unlock(&r->lock);
		cli_once(&said);
		status = one_folder(r, name);
		cli_once(NULL);
		(void)pthread_mutex_lock(&r->lock);
		note_try(r, name, status, said);
		free(name);
		r->status = cli_worse(r->status, status);
	}
	(void)pthread_mutex_unlock(&r->lock);
	return NULL;
}

static void
serve_all(struct rota *r, int workers)
{
	pthread_t *thread = mem_alloc((size_t)workers * sizeof *thread);
	int started = 0;

	(void)pthread_mutex_init(&r->lock, NULL);
	/* This thread is one of them; with fewer it only takes longer. */
	while (started < workers - 1 &&
	       pthread_create(&thread[started], NULL, serve_stage, r) == 0)
		started++;
	(void)serve_stage(r);
	for (int i = 0; i < started; i++)
		(void)pthread_join(thread[i], NULL);
	if (r->listed)
		spool_list_free(r->names, r->count);
	while (r->delays > 0)
		drop_delay(r, &r->delay[r->delays - 1]);
	free(r->delay);
	(void)pthread_mutex_destroy(&r->lock);
	free(thread);
}

int
stage_serve(const struct stage_work *work)
{
	struct sigaction act = {.sa_handler = stop_on_signal};
	struct rota r = {.work = work, .watch_fd = -1};
	struct spool sp;
	struct why why;

	if (spool_open(&sp, work->path, &why) != 0) {
		cli_warn("%s", why.text);
		return spool_fault(&why);
	}
	r.sp = &sp;
	if (work->watch) {
		(void)sigaction(SIGTERM, &act, NULL);
		(void)sigaction(SIGINT, &act, NULL);
		/* Watch before listing, so that no folder is missed. */
		r.watch_fd = spool_watch(&sp, work->stage, &why);
		if (r.watch_fd < 0)
			cli_say("%s; looking twice a second instead", why.text);
	}
	serve_all(&r, work->workers);
	/* A fault was reported in its round; the end is clean. */
	if (work->watch)
		r.status = spool_moved(&sp, NULL) ? EXIT_LATER : EXIT_DONE;
	write_rota_metrics(&r, true);
	if (r.watch_fd >= 0)
		(void)close(r.watch_fd);
	spool_close(&sp);
	return r.status;
}

int
stage_spool(const char *path, enum spool_stage stage, bool watch,
    int (*each)(struct spool_item *it, void *arg), void *arg)
{
	struct stage_work work = {.path = path,
	    .stage = stage,
	    .watch = watch,
	    .workers = 1,
	    .each = each,
	    .arg = arg};

	return stage_serve(&work);
}

int
stage_log(const struct spool_item *it, const char *event, const char *fmt, ...)
{
	char *text = NULL;
	struct why why;
	va_list ap;
	int status;

	va_start(ap, fmt);
	status = vasprintf(&text, fmt, ap) < 0 ? -1 : 0;
	va_end(ap);
	if (status == 0)
		status = audit_add(it->spool->fd, when_now_us(), it->id, event,
		    &why, "%s", text);
	else
		why_set(&why, "%s", strerror(ENOMEM));
	if (status != 0)
		cli_warn("%s/%s", it->spool->path, why.text);
	free(text);
	return status;
}

int
stage_fail(struct spool_item *it, const char *reason)
{
	struct why why;

	cli_warn("%s: set aside: %s", it->name, reason);
	(void)stage_log(
	    it, "failed", "by=%s reason=\"%s\"", cli_name(), reason);
	if (spool_fail(it, cli_name(), reason, when_now_us(), &why) != 0) {
		cli_warn("%s", why.text);
		return EXIT_LATER;
	}
	return EXIT_GIVEN_UP;
}
