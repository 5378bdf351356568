/* SPDX-License-Identifier: ISC */
#include "pace.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "loop.h"
#include "mem.h"
#include "when.h"

struct pace {
	pthread_mutex_t lock;
	uint64_t bytes_per_s;
	int64_t gap_us; /* between two requests */
	/*
	 * When the next request, and the next bytes, may be sent (monotonic).
	 */
	int64_t next_us, next_bytes_us;
	unsigned active;
};

struct pace *
pace_new(uint64_t bytes_per_s, unsigned requests_per_minute)
{
	struct pace *p;

	if (bytes_per_s == 0 && requests_per_minute == 0)
		return NULL;
	p = mem_alloc(sizeof *p);
	(void)pthread_mutex_init(&p->lock, NULL);
	p->bytes_per_s = bytes_per_s;
	if (requests_per_minute > 0)
		p->gap_us = INT64_C(60000000) / requests_per_minute;
	return p;
}

void
pace_free(struct pace *p)
{
	if (p)
		(void)pthread_mutex_destroy(&p->lock);
	free(p);
}

/* Takes the next free slot, and sleeps until then. */
static void
take_slot(struct pace *p, int64_t *next_us, int64_t length_us)
{
	enum { SLICE_US = 50000 };
	int64_t now_us = when_steady_us(), slot_us;

	(void)pthread_mutex_lock(&p->lock);
	slot_us = *next_us > now_us ? *next_us : now_us;
	*next_us = slot_us + length_us;
	(void)pthread_mutex_unlock(&p->lock);
	for (; (now_us = when_steady_us()) < slot_us && !loop_abandoned();) {
		int64_t us = slot_us - now_us;
		struct timespec ts = {0};

		ts.tv_nsec = (us < SLICE_US ? us : SLICE_US) * 1000L;
		(void)nanosleep(&ts, NULL);
	}
}

void
pace_request(struct pace *p)
{
	if (p && p->gap_us > 0)
		take_slot(p, &p->next_us, p->gap_us);
}

void
pace_bytes(struct pace *p, size_t n)
{
	if (p && p->bytes_per_s > 0)
		take_slot(p, &p->next_bytes_us,
		    (int64_t)((double)n * 1e6 / (double)p->bytes_per_s));
}

static void
count_users(struct pace *p, int change)
{
	if (!p)
		return;
	(void)pthread_mutex_lock(&p->lock);
	p->active = (unsigned)((int)p->active + change);
	(void)pthread_mutex_unlock(&p->lock);
}

void
pace_begin(struct pace *p)
{
	count_users(p, 1);
}

void
pace_end(struct pace *p)
{
	count_users(p, -1);
}

uint64_t
pace_share(struct pace *p)
{
	uint64_t share;

	if (!p || p->bytes_per_s == 0)
		return 0;
	(void)pthread_mutex_lock(&p->lock);
	share = p->bytes_per_s / (p->active > 0 ? p->active : 1);
	(void)pthread_mutex_unlock(&p->lock);
	return share > 0 ? share : 1;
}
