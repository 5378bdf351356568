/* SPDX-License-Identifier: ISC */
#include "crew.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "loop.h"
#include "mem.h"
#include "text.h"
#include "when.h"

/* Threads per transfer: one sends, one syncs the end of the last one. */
enum { THREADS = 2 };
enum { TELL_MS = 200 };
/* Finished folders are committed together when there are GROUP of them, or
 * GROUP_US after the first one. */
enum { GROUP = 32, GROUP_US = 50000 };

struct worker {
	struct crew *crew;
	size_t dest;
	bool oldest; /* next: the oldest folder, or the newest */
	pthread_t thread;
};

/* Under lock. Waits for a signal until a certain time. */
static void
wait_until(struct crew *w, pthread_cond_t *cond, int64_t us)
{
	struct timespec ts = {us / 1000000, us % 1000000 * 1000};

	(void)pthread_cond_timedwait(cond, &w->lock, &ts);
}

/* Under lock. Waits for a change, at most this time. */
static void
wait_us(struct crew *w, int64_t us)
{
	wait_until(w, &w->change, when_steady_us() + (us < 1000 ? 1000 : us));
}

/*
 * Under lock. True if it is being closed and destination i has not been tried.
 */
static bool
is_pending_entry(const struct entry *e, size_t i)
{
	uint64_t bit = UINT64_C(1) << i;

	return e->closing && (e->left & bit) && !(e->tried & bit);
}

/*
 * Under lock. True if destination i may be tried now. If later, sets *wake_us.
 */
static bool
is_entry_due(const struct crew *w, const struct entry *e, size_t i,
    int64_t now_us, int64_t *wake_us)
{
	uint64_t bit = UINT64_C(1) << i;

	if (e->gone || e->closing || !(e->left & bit) || (e->running & bit))
		return false;
	if (e->forced & bit)
		return true;
	if (!w->watching && (e->tried & bit))
		return false;
	if (retry_is_due(&w->c->site.up->backoff, e->due_us[i], now_us))
		return true;
	if (e->due_us[i] < *wake_us)
		*wake_us = e->due_us[i];
	return false;
}

/* Under lock. Picks the newest and the oldest in turns. */
static struct entry *
pick_entry(struct crew *w, struct worker *me, int64_t now_us, int64_t *wake_us,
    bool *pending)
{
	int64_t until_us;
	enum breaker_state state =
	    lane_state(w->c->site.lanes, me->dest, now_us, &until_us);

	*pending = state == BREAKER_PROBING;
	*wake_us = state == BREAKER_OPEN
		       ? until_us
		       : now_us + INT64_C(1000) * CREW_RESCAN_MS;
	if (state != BREAKER_CLOSED)
		return NULL;
	for (size_t n = 0; n < w->entries; n++) {
		struct entry *e = w->entry[me->oldest ? n : w->entries - 1 - n];

		if (is_entry_due(w, e, me->dest, now_us, wake_us)) {
			me->oldest = !me->oldest;
			return e;
		}
		*pending |= is_pending_entry(e, me->dest);
	}
	return NULL;
}

/* Under lock. Takes the result of closing a folder. */
static void
learn_outcome(struct crew *w, struct entry *e, const struct job_outcome *o)
{
	int64_t now_us = when_now_us();

	e->job = NULL;
	e->closing = false;
	e->status = o->status;
	if (o->busy) {
		/*
		 * The program that moved it here keeps the lock for an instant.
		 */
		e->busy = e->busy < 10 ? e->busy + 1 : 10;
		for (size_t i = 0; i < w->c->site.up->dests; i++)
			e->due_us[i] = now_us + (INT64_C(2000) << e->busy);
		return;
	}
	e->busy = 0;
	e->gone = o->gone;
	if (o->gone)
		w->status = cli_worse(w->status, o->status);
	w->gone += o->gone;
	e->left = o->left;
	for (size_t i = 0; i < w->c->site.up->dests; i++)
		e->due_us[i] = o->due_us[i];
	if (o->gone && o->status == EXIT_GIVEN_UP)
		w->report.failed++;
	else if (o->gone)
		w->report.done++;
}

/* Under lock. */
static void
drop_gone(struct crew *w)
{
	size_t n = 0;

	for (size_t i = 0; i < w->entries; i++)
		if (w->entry[i]->gone)
			crew_free_entry(w->entry[i]);
		else
			w->entry[n++] = w->entry[i];
	w->entries = n;
	w->gone = 0;
}

/* Under lock. Takes the results, and wakes all threads. */
static void
learn_all(struct crew *w, struct entry *const *entry, size_t n,
    const struct job_outcome *outcome)
{
	for (size_t i = 0; i < n; i++)
		learn_outcome(w, entry[i], &outcome[i]);
	if (w->gone > 64 && w->gone > w->entries / 2)
		drop_gone(w);
	(void)pthread_cond_broadcast(&w->change);
}

/* Under lock, which is released meanwhile. */
static void
close_entries(struct crew *w, struct entry *const *entry, size_t n)
{
	struct job_outcome outcome[CREW_BATCH];
	struct job *job[CREW_BATCH];

	for (size_t i = 0; i < n; i++)
		job[i] = entry[i]->job;
	(void)pthread_mutex_unlock(&w->lock);
	job_commit_all(job, n);
	(void)pthread_mutex_lock(&w->lock);
	w->committing = false;
	(void)pthread_mutex_unlock(&w->lock);
	job_close_all(job, n, outcome);
	(void)pthread_mutex_lock(&w->lock);
	w->unclosed -= n;
	learn_all(w, entry, n, outcome);
}

/* Under lock, which is released meanwhile. There is nothing to sync. */
static void
close_untouched(struct crew *w, struct entry *e)
{
	struct job_outcome outcome;
	struct job *job = e->job;

	(void)pthread_mutex_unlock(&w->lock);
	job_commit_all(&job, 1);
	job_close_all(&job, 1, &outcome);
	(void)pthread_mutex_lock(&w->lock);
	learn_all(w, &e, 1, &outcome);
}

/* Under lock, which is released meanwhile. Waits for more folders to commit. */
static void
gather(struct crew *w)
{
	int64_t end_us = when_steady_us() + GROUP_US;

	w->committing = true;
	while (w->lefts < GROUP && w->working > 0 && when_steady_us() < end_us)
		wait_until(w, &w->enough, end_us);
}

/* Under lock, which is released meanwhile. One thread commits for all; the
 * others hand their folders to it and continue. */
static void
leave_entry(struct crew *w, struct entry *e)
{
	e->closing = true;
	if (job_untouched(e->job)) {
		close_untouched(w, e);
	} else {
		while (w->unclosed == CREW_BATCH)
			(void)pthread_cond_wait(&w->change, &w->lock);
		w->left[w->lefts++] = e;
		w->unclosed++;
	}
	if (w->lefts >= GROUP || w->working == 0)
		(void)pthread_cond_signal(&w->enough);
	while (!w->committing && w->lefts > 0) {
		struct entry *entry[CREW_BATCH];
		size_t n;

		gather(w);
		n = w->lefts;
		memcpy(entry, w->left, n * sizeof *entry);
		w->lefts = 0;
		close_entries(w, entry, n);
	}
}

/* Under lock, which is released meanwhile. */
static void
work_on_entry(struct crew *w, struct worker *me, struct entry *e)
{
	uint64_t bit = UINT64_C(1) << me->dest;
	bool at_once = e->forced & bit;
	struct job *job;

	e->forced &= ~bit;
	if (!e->job)
		e->job = job_new(&w->c->site, e->name);
	job = e->job;
	e->users++;
	w->working++;
	e->running |= bit;
	e->tried |= bit;
	(void)pthread_mutex_unlock(&w->lock);
	if (job_open(job) == JOB_OPEN)
		job_run(job, me->dest, at_once);
	(void)pthread_mutex_lock(&w->lock);
	e->running &= ~bit;
	w->working--;
	/* Other threads work on it: the last one reports what is left. */
	if (--e->users > 0)
		e->left &= ~bit;
	else
		leave_entry(w, e);
}

static void *
entry_worker(void *arg)
{
	struct worker *me = arg;
	struct crew *w = me->crew;

	(void)pthread_mutex_lock(&w->lock);
	while (!lanes_stopping()) {
		int64_t now_us = when_now_us(), wake_us;
		bool pending;
		struct entry *e = pick_entry(w, me, now_us, &wake_us, &pending);

		if (e)
			work_on_entry(w, me, e);
		else if (w->watching || pending)
			wait_us(w, wake_us - now_us);
		else
			break;
	}
	w->alive--;
	(void)pthread_cond_broadcast(&w->change);
	(void)pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* Waits until all threads have ended; after a stop they have a grace period. */
static void
wait_for_all(struct crew *w)
{
	int64_t end_us = INT64_MAX;

	(void)pthread_mutex_lock(&w->lock);
	while (w->alive > 0) {
		wait_us(w, INT64_C(1000) * TELL_MS);
		if (!lanes_stopped())
			crew_tell(w);
		else if (end_us == INT64_MAX)
			end_us = when_steady_us() + w->c->site.up->grace_us;
		if (when_steady_us() >= end_us)
			loop_abandon();
	}
	crew_tell(w);
	(void)pthread_mutex_unlock(&w->lock);
}

/* Starts all workers of all destinations; 0, or -1 if there is none. */
static int
start_workers(struct crew *w, struct worker *all, size_t count)
{
	enum { STACK_BYTES = 512 * 1024 };
	pthread_attr_t attr;
	sigset_t mask, old;
	size_t started = 0;

	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setstacksize(&attr, STACK_BYTES);
	sigfillset(&mask);
	(void)pthread_sigmask(SIG_SETMASK, &mask, &old);
	for (; started < count; started++) {
		(void)pthread_mutex_lock(&w->lock);
		w->alive++;
		(void)pthread_mutex_unlock(&w->lock);
		if (pthread_create(&all[started].thread, &attr, entry_worker,
			&all[started]))
			break;
	}
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	(void)pthread_attr_destroy(&attr);
	if (started < count) {
		(void)pthread_mutex_lock(&w->lock);
		w->alive--;
		(void)pthread_mutex_unlock(&w->lock);
		cli_warn(
		    "only %zu of %zu threads could be started", started, count);
	}
	for (size_t i = started; i < count; i++)
		all[i].crew = NULL;
	return started > 0 ? 0 : -1;
}

/* Folders that still wait set the status, except those locked by others. */
static void
end_entries(struct crew *w)
{
	for (size_t i = 0; i < w->entries; i++) {
		const struct entry *e = w->entry[i];

		if (!e->gone)
			w->status = cli_worse(
			    w->status, e->busy ? e->status : EXIT_LATER);
		crew_free_entry(w->entry[i]);
	}
	free(w->entry);
}

static void
on_change(void *arg)
{
	struct crew *w = arg;

	(void)pthread_mutex_lock(&w->lock);
	(void)pthread_cond_broadcast(&w->change);
	(void)pthread_mutex_unlock(&w->lock);
}

static int
run_crew(struct courier *c, bool watching, bool *changed)
{
	struct crew w = {.c = c, .watching = watching};
	pthread_condattr_t attr;
	struct worker *all;
	size_t count = 0, n = 0;

	(void)pthread_mutex_init(&w.lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&w.change, &attr);
	(void)pthread_cond_init(&w.enough, &attr);
	(void)pthread_condattr_destroy(&attr);
	for (size_t i = 0; i < c->site.up->dests; i++)
		count += THREADS * c->site.up->dest[i].parallel;
	all = mem_alloc(count * sizeof *all);
	for (size_t i = 0; i < c->site.up->dests; i++)
		for (unsigned k = 0; k < THREADS * c->site.up->dest[i].parallel;
		     k++)
			all[n++] = (struct worker){
			    .crew = &w, .dest = i, .oldest = k % 2 == 0};
	lanes_on_change(c->site.lanes, on_change, &w);
	crew_retry(&w);
	w.status = crew_scan(&w);
	if (w.entries == 0 && !watching)
		n = 0;
	else if (start_workers(&w, all, count) != 0)
		w.status = EXIT_LATER, n = 0;
	if (n > 0 && watching)
		*changed = crew_watch(&w);
	if (n > 0)
		wait_for_all(&w);
	for (size_t i = 0; i < n; i++)
		if (all[i].crew)
			(void)pthread_join(all[i].thread, NULL);
	end_entries(&w);
	free(all);
	(void)pthread_cond_destroy(&w.change);
	(void)pthread_cond_destroy(&w.enough);
	(void)pthread_mutex_destroy(&w.lock);
	return w.status;
}

int
courier_spool(struct courier *c)
{
	return run_crew(c, false, NULL);
}

int
courier_watch(struct courier *c, bool *changed)
{
	int status;

	*changed = false;
	status = run_crew(c, true, changed);
	if (status == EXIT_USAGE)
		return status;
	return spool_moved(c->site.sp, NULL) ? EXIT_LATER : EXIT_DONE;
}
