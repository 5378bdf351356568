/* SPDX-License-Identifier: ISC */
#include "lane.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "loop.h"
#include "mem.h"
#include "when.h"

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
		/* One that began before the others failed tells nothing new. */
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

struct lane {
	struct breaker breaker;
	struct lane_count count;
	unsigned active, most;
	pthread_cond_t slot;
};

struct lanes {
	pthread_mutex_t lock;
	struct lane *lane;
	size_t lanes;
	void (*changed)(void *arg);
	void *arg;
};

static atomic_bool stopping;

void
lanes_stop(void)
{
	stopping = true;
}

bool
lanes_stopping(void)
{
	return stopping;
}

struct lanes *
lanes_new(const struct upload *up)
{
	struct lanes *t = mem_alloc(sizeof *t);

	(void)pthread_mutex_init(&t->lock, NULL);
	t->lane = mem_alloc((up->dests + 1) * sizeof *t->lane);
	t->lanes = up->dests;
	for (size_t i = 0; i < up->dests; i++) {
		t->lane[i].most = up->dest[i].parallel;
		(void)pthread_cond_init(&t->lane[i].slot, NULL);
	}
	return t;
}

void
lanes_free(struct lanes *t)
{
	if (!t)
		return;
	(void)pthread_mutex_destroy(&t->lock);
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

void
lanes_on_change(struct lanes *t, void (*changed)(void *arg), void *arg)
{
	t->changed = changed;
	t->arg = arg;
}

bool
lane_begin(struct lanes *t, size_t i, int64_t now_us, int64_t *until_us)
{
	struct lane *l = &t->lane[i];
	bool may;

	(void)pthread_mutex_lock(&t->lock);
	while (!stopping &&
	       (l->active >= l->most ||
		   breaker_state(&l->breaker, now_us) == BREAKER_PROBING))
		(void)pthread_cond_wait(&l->slot, &t->lock);
	may = !stopping && breaker_begin(&l->breaker, now_us);
	if (may)
		l->active++;
	else /* the next one who waits has to know, too */
		(void)pthread_cond_signal(&l->slot);
	*until_us = l->breaker.until_us;
	(void)pthread_mutex_unlock(&t->lock);
	return may;
}

static void
count(struct lane_count *c, enum dest_result r, uint64_t bytes)
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

bool
lane_end(struct lanes *t, size_t i, enum dest_result r, uint64_t bytes,
    int64_t now_us, int64_t due_us, int64_t told_us)
{
	struct lane *l = &t->lane[i];
	enum breaker_end end = r == DEST_PAUSED  ? BREAKER_PAUSED
			       : r == DEST_LATER ? BREAKER_FAILED
						 : BREAKER_GOOD;
	bool opened, probed;

	(void)pthread_mutex_lock(&t->lock);
	probed = l->breaker.probing;
	if (r == DEST_LATER && loop_abandoned())
		end = BREAKER_NOTHING;
	else
		count(&l->count, r, bytes);
	opened = breaker_end(&l->breaker, end, now_us, due_us, told_us);
	l->active--;
	(void)pthread_mutex_unlock(&t->lock);
	/* One slot is for one who waits; what has changed is for all. */
	if (probed || opened || stopping)
		(void)pthread_cond_broadcast(&l->slot);
	else
		(void)pthread_cond_signal(&l->slot);
	if (probed && t->changed)
		t->changed(t->arg);
	return opened;
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
