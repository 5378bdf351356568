/* SPDX-License-Identifier: ISC */
#include "lane.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "loop.h"
#include "mem.h"
#include "pauses.h"
#include "when.h"

/* Who paused a destination, in destinations.json. */
#define BY_SERVER   "the server (Retry-After)"
#define BY_FAILURES "recupload, after failures in a row"
#define BY_PERSON   "recupload, until a person acts"

static bool
waits(const struct breaker *b, int64_t now_us)
{
	return b->until_us > now_us &&
	       b->until_us - now_us <= BREAKER_LONGEST_US;
}

enum breaker_state
breaker_state(const struct breaker *b, int64_t now_us)
{
	if (waits(b, now_us))
		return BREAKER_OPEN;
	return b->probing ? BREAKER_PROBING : BREAKER_CLOSED;
}

bool
breaker_begin(struct breaker *b, int64_t now_us)
{
	if (breaker_state(b, now_us) != BREAKER_CLOSED)
		return false;
	b->probing = !b->works;
	return true;
}

bool
breaker_end(struct breaker *b, enum breaker_end end, int64_t now_us,
    int64_t due_us, int64_t told_us)
{
	bool waited = waits(b, now_us);

	if (!waited)
		b->until_us = 0;
	b->probing = false;
	if (end == BREAKER_NOTHING)
		return false;
	if (end == BREAKER_GOOD) {
		/*
		 * An attempt that began before the others failed adds nothing.
		 */
		if (!waited)
			*b = (struct breaker){.works = true};
		return false;
	}
	b->works = false;
	b->failures++;
	if (end == BREAKER_PAUSED)
		b->until_us = now_us + BREAKER_PAUSE_US;
	else if (told_us > now_us)
		b->until_us = told_us > b->until_us ? told_us : b->until_us;
	else if (b->failures >= BREAKER_FAILURES)
		b->until_us = due_us > b->until_us ? due_us : b->until_us;
	return !waited && waits(b, now_us);
}

struct upload_lane {
	struct breaker breaker;
	struct lane_count count;
	unsigned active, most;
	bool kept;         /* its pause is on disk */
	bool needs_person; /* a person must end the pause */
	pthread_cond_t slot;
};

struct lanes {
	const struct upload *up;
	int spool_fd;
	pthread_mutex_t lock;
	pthread_mutex_t disk; /* held while the state is written; taken first */
	struct upload_lane *lane;
	size_t lanes;
	void (*changed)(void *arg);
	void *arg;
};

enum { GOES_ON, LEAVES, STOPS };
static atomic_int stopping = GOES_ON;

void
lanes_stop(void)
{
	stopping = STOPS;
}

void
lanes_leave(void)
{
	int was = GOES_ON;

	(void)atomic_compare_exchange_strong(&stopping, &was, LEAVES);
}

void
lanes_resume(void)
{
	int was = LEAVES;

	(void)atomic_compare_exchange_strong(&stopping, &was, GOES_ON);
}

bool
lanes_stopping(void)
{
	return stopping != GOES_ON;
}

bool
lanes_stopped(void)
{
	return stopping == STOPS;
}

/* Takes the pauses of an earlier run. A destination whose settings or secrets
 * have changed since is tried at once. */
static void
take_pauses(struct lanes *t)
{
	struct pauses p;

	(void)pauses_load(&p, t->spool_fd, NULL);
	for (size_t i = 0; i < t->lanes; i++) {
		const struct dest *d = &t->up->dest[i];
		const struct pause *one = pauses_of(&p, d->name);
		struct upload_lane *l = &t->lane[i];

		if (!one)
			continue;
		l->kept = true;
		if (strcmp(one->settings, d->settings) != 0)
			continue;
		l->breaker.until_us = one->until_us;
		l->breaker.failures = one->failures;
		l->needs_person = one->by && strcmp(one->by, BY_PERSON) == 0;
	}
	pauses_free(&p);
}

struct lanes *
lanes_new(const struct upload *up, int spool_fd)
{
	struct lanes *t = mem_alloc(sizeof *t);

	(void)pthread_mutex_init(&t->lock, NULL);
	(void)pthread_mutex_init(&t->disk, NULL);
	t->up = up;
	t->spool_fd = spool_fd;
	t->lane = mem_alloc((up->dests + 1) * sizeof *t->lane);
	t->lanes = up->dests;
	for (size_t i = 0; i < up->dests; i++) {
		t->lane[i].most = up->dest[i].parallel;
		(void)pthread_cond_init(&t->lane[i].slot, NULL);
	}
	if (spool_fd >= 0)
		take_pauses(t);
	return t;
}

void
lanes_free(struct lanes *t)
{
	if (!t)
		return;
	(void)pthread_mutex_destroy(&t->lock);
	(void)pthread_mutex_destroy(&t->disk);
	for (size_t i = 0; i < t->lanes; i++)
		(void)pthread_cond_destroy(&t->lane[i].slot);
	free(t->lane);
	free(t);
}

enum breaker_state
lane_state(struct lanes *t, size_t i, int64_t now_us, int64_t *until_us)
{
	enum breaker_state state;

	(void)pthread_mutex_lock(&t->lock);
	state = breaker_state(&t->lane[i].breaker, now_us);
	*until_us = t->lane[i].breaker.until_us;
	(void)pthread_mutex_unlock(&t->lock);
	return state;
}

bool
lane_needs_person(struct lanes *t, size_t i)
{
	int64_t now_us = when_now_us();
	bool needs;

	(void)pthread_mutex_lock(&t->lock);
	needs = t->lane[i].needs_person && waits(&t->lane[i].breaker, now_us);
	(void)pthread_mutex_unlock(&t->lock);
	return needs;
}

void
lanes_on_change(struct lanes *t, void (*changed)(void *arg), void *arg)
{
	t->changed = changed;
	t->arg = arg;
}

bool
lane_begin(struct lanes *t, size_t i, int64_t *until_us)
{
	struct upload_lane *l = &t->lane[i];
	bool may;

	(void)pthread_mutex_lock(&t->lock);
	while (!lanes_stopping() &&
	       (l->active >= l->most || breaker_state(&l->breaker,
					    when_now_us()) == BREAKER_PROBING))
		(void)pthread_cond_wait(&l->slot, &t->lock);
	may = !lanes_stopping() && breaker_begin(&l->breaker, when_now_us());
	if (may)
		l->active++;
	else /* else the next one that waits must know, too */
		(void)pthread_cond_signal(&l->slot);
	*until_us = l->breaker.until_us;
	(void)pthread_mutex_unlock(&t->lock);
	return may;
}

static void
count_attempt(struct lane_count *c, enum dest_result r, uint64_t bytes)
{
	switch (r) {
	case DEST_DONE:
		c->done++;
		c->bytes += bytes;
		c->success_us = when_now_us();
		break;
	case DEST_EXEMPT:
		break;
	case DEST_PAUSED:
		c->paused++;
		break;
	case DEST_NEVER:
		c->never++;
		break;
	default:
		c->later++;
	}
}

/* The meaning of an attempt's result for the breaker. */
static enum breaker_end
breaker_end_of(const struct lane_attempt *at)
{
	if (at->result == DEST_LATER &&
	    (loop_abandoned() || at->answer->machine))
		return BREAKER_NOTHING;
	return at->result == DEST_PAUSED  ? BREAKER_PAUSED
	       : at->result == DEST_LATER ? BREAKER_FAILED
					  : BREAKER_GOOD;
}

/* Writes the lane's pause to disk, or removes it. If it is lost, only a pause
 * is lost. */
static void
keep_pause(struct lanes *t, size_t i, const struct pause *pause)
{
	struct why why;
	bool needed;

	if (t->spool_fd < 0)
		return;
	(void)pthread_mutex_lock(&t->disk);
	(void)pthread_mutex_lock(&t->lock);
	needed = pause->until_us > 0 || t->lane[i].kept;
	t->lane[i].kept = pause->until_us > 0;
	(void)pthread_mutex_unlock(&t->lock);
	if (needed && pauses_set(t->spool_fd, pause, &why) != 0)
		cli_warn("%s", why.text);
	(void)pthread_mutex_unlock(&t->disk);
}

static void
keep_end(struct lanes *t, size_t i, const struct lane_attempt *at,
    int64_t until_us, int failures)
{
	const struct dest *d = &t->up->dest[i];
	struct pause one = {.dest = d->name,
	    .until_us = until_us,
	    .why = (char *)(uintptr_t)at->answer->why.text,
	    .by = at->result == DEST_PAUSED       ? BY_PERSON
		  : at->answer->retry_after_s > 0 ? BY_SERVER
						  : BY_FAILURES,
	    .failures = failures};

	(void)snprintf(one.settings, sizeof one.settings, "%s", d->settings);
	keep_pause(t, i, &one);
}

static int64_t
due_after(const struct lanes *t, const struct lane_attempt *at, int64_t now_us)
{
	if (at->result != DEST_LATER && at->result != DEST_PAUSED)
		return 0;
	return retry_due(&t->up->backoff, now_us, at->failures + 1,
	    at->answer->retry_after_s, retry_seed(at->seed, at->failures + 1));
}

int64_t
lane_end(struct lanes *t, size_t i, const struct lane_attempt *at, bool *paused)
{
	struct upload_lane *l = &t->lane[i];
	enum breaker_end end = breaker_end_of(at);
	int64_t now_us = when_now_us(), due_us = due_after(t, at, now_us);
	int64_t until_us;
	bool probed, changed;
	int failures;

	(void)pthread_mutex_lock(&t->lock);
	probed = l->breaker.probing;
	until_us = l->breaker.until_us;
	if (at->result != DEST_LATER || !loop_abandoned())
		count_attempt(&l->count, at->result, at->bytes);
	*paused = breaker_end(&l->breaker, end, now_us, due_us,
	    at->answer->retry_after_s > 0 ? due_us : 0);
	changed = until_us != l->breaker.until_us;
	until_us = l->breaker.until_us;
	failures = l->breaker.failures;
	if (changed)
		l->needs_person = end == BREAKER_PAUSED;
	changed = changed || (end == BREAKER_GOOD && l->kept && until_us == 0);
	l->active--;
	(void)pthread_mutex_unlock(&t->lock);
	if (changed)
		keep_end(t, i, at, until_us > now_us ? until_us : 0, failures);
	/* A free slot is for one thread; a change of the state is for all. */
	if (probed || *paused || lanes_stopping())
		(void)pthread_cond_broadcast(&l->slot);
	else
		(void)pthread_cond_signal(&l->slot);
	if (probed && t->changed)
		t->changed(t->arg);
	return due_us;
}

void
lane_retry(struct lanes *t, size_t i)
{
	struct upload_lane *l = &t->lane[i];

	(void)pthread_mutex_lock(&t->lock);
	l->breaker.until_us = 0;
	l->breaker.failures = 0;
	l->needs_person = false;
	(void)pthread_cond_broadcast(&l->slot);
	(void)pthread_mutex_unlock(&t->lock);
}

struct lane_count
lane_count(struct lanes *t, size_t i)
{
	struct lane_count c;

	(void)pthread_mutex_lock(&t->lock);
	c = t->lane[i].count;
	(void)pthread_mutex_unlock(&t->lock);
	return c;
}
