/* SPDX-License-Identifier: ISC */
#include "handles.h"

#include <pthread.h>
#include <stdlib.h>

#include "util.h"

enum { SOON_MS = 5, PROGRESS_MS = 1000 };

struct handles {
	pthread_mutex_t lock;
	bool alone;
	struct handle *idle;
	size_t idles;
};

struct handles *
handles_new(bool alone)
{
	struct handles *h = util_alloc(sizeof *h);

	(void)pthread_mutex_init(&h->lock, NULL);
	h->alone = alone;
	return h;
}

void
handles_free(struct handles *h)
{
	if (!h)
		return;
	for (size_t i = 0; i < h->idles; i++)
		handles_drop(h->idle[i]);
	free(h->idle);
	(void)pthread_mutex_destroy(&h->lock);
	free(h);
}

struct handle
handles_borrow(struct handles *h)
{
	struct handle one = {NULL, NULL};

	(void)pthread_mutex_lock(&h->lock);
	if (h->idles > 0)
		one = h->idle[--h->idles];
	(void)pthread_mutex_unlock(&h->lock);
	if (one.easy)
		return one;
	one.easy = loop_easy();
	if (h->alone && !(one.own = curl_multi_init()))
		abort();
	return one;
}

void
handles_give_back(struct handles *h, struct handle one)
{
	curl_easy_reset(one.easy);
	(void)pthread_mutex_lock(&h->lock);
	h->idle = util_resize(h->idle, h->idles + 1, sizeof one);
	h->idle[h->idles++] = one;
	(void)pthread_mutex_unlock(&h->lock);
}

void
handles_drop(struct handle one)
{
	curl_easy_cleanup(one.easy);
	if (one.own)
		curl_multi_cleanup(one.own);
}

CURLcode
handles_perform(struct handle one, const bool *soon)
{
	CURLcode code = CURLE_FAILED_INIT;
	int active = 1, left;
	CURLMsg *m;

	if (!one.own)
		return loop_perform(one.easy);
	if (loop_abandoned())
		return CURLE_ABORTED_BY_CALLBACK;
	if (curl_multi_add_handle(one.own, one.easy) != CURLM_OK)
		return code;
	while (curl_multi_perform(one.own, &active) == CURLM_OK && active > 0)
		curl_multi_poll(
		    one.own, NULL, 0, *soon ? SOON_MS : PROGRESS_MS, NULL);
	while ((m = curl_multi_info_read(one.own, &left)))
		if (m->msg == CURLMSG_DONE)
			code = m->data.result;
	curl_multi_remove_handle(one.own, one.easy);
	return code;
}
