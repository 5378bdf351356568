/* SPDX-License-Identifier: ISC */
#include "handles.h"

#include <pthread.h>
#include <stdlib.h>

#include "util.h"

struct handles {
	pthread_mutex_t lock;
	CURL **idle;
	size_t idles;
};

struct handles *
handles_new(void)
{
	struct handles *h = util_alloc(sizeof *h);

	(void)pthread_mutex_init(&h->lock, NULL);
	return h;
}

void
handles_free(struct handles *h)
{
	if (!h)
		return;
	for (size_t i = 0; i < h->idles; i++)
		curl_easy_cleanup(h->idle[i]);
	free(h->idle);
	(void)pthread_mutex_destroy(&h->lock);
	free(h);
}

CURL *
handles_borrow(struct handles *h)
{
	CURL *c = NULL;

	(void)pthread_mutex_lock(&h->lock);
	if (h->idles > 0)
		c = h->idle[--h->idles];
	(void)pthread_mutex_unlock(&h->lock);
	return c ? c : loop_easy();
}

void
handles_give_back(struct handles *h, CURL *c)
{
	curl_easy_reset(c);
	(void)pthread_mutex_lock(&h->lock);
	h->idle = util_resize(h->idle, h->idles + 1, sizeof(CURL *));
	h->idle[h->idles++] = c;
	(void)pthread_mutex_unlock(&h->lock);
}
