/* SPDX-License-Identifier: ISC */
#include "handles.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mem.h"
#include "when.h"

enum { SOON_MS = 5, PROGRESS_MS = 200 };

/* The connection, or the last one of several. */
struct line {
	int fd; /* -1: none */
	curl_off_t moved;
	int64_t since_ms;
	bool stalled;
};

struct handles {
	pthread_mutex_t lock;
	bool alone;
	struct handle *idle;
	size_t idles;
};

struct handles *
handles_new(bool alone)
{
	struct handles *h = mem_alloc(sizeof *h);

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

static int
opened(void *arg, curl_socket_t fd, curlsocktype type)
{
	struct line *line = arg;

	(void)type;
	line->fd = fd;
	return CURL_SOCKOPT_OK;
}

static int
closed(void *arg, curl_socket_t fd)
{
	struct line *line = arg;

	if (line->fd == fd)
		line->fd = -1;
	return close(fd);
}

struct handle
handles_borrow(struct handles *h)
{
	struct handle one = {NULL, NULL, NULL};

	(void)pthread_mutex_lock(&h->lock);
	if (h->idles > 0)
		one = h->idle[--h->idles];
	(void)pthread_mutex_unlock(&h->lock);
	if (!one.easy) {
		one.easy = loop_easy();
		if (h->alone)
			one.own = mem_must(curl_multi_init());
		if (h->alone) {
			one.line = mem_alloc(sizeof *one.line);
			one.line->fd = -1;
		}
	}
	if (h->alone) {
		curl_easy_setopt(one.easy, CURLOPT_SOCKOPTFUNCTION, opened);
		curl_easy_setopt(one.easy, CURLOPT_SOCKOPTDATA, one.line);
		curl_easy_setopt(one.easy, CURLOPT_CLOSESOCKETFUNCTION, closed);
		curl_easy_setopt(one.easy, CURLOPT_CLOSESOCKETDATA, one.line);
	}
	return one;
}

void
handles_give_back(struct handles *h, struct handle one)
{
	curl_easy_reset(one.easy);
	(void)pthread_mutex_lock(&h->lock);
	h->idle = mem_resize(h->idle, h->idles + 1, sizeof one);
	h->idle[h->idles++] = one;
	(void)pthread_mutex_unlock(&h->lock);
}

void
handles_drop(struct handle one)
{
	curl_easy_cleanup(one.easy);
	if (one.own)
		curl_multi_cleanup(one.own);
	free(one.line);
}

void
handles_cut(struct handle one)
{
	if (one.line->fd >= 0)
		(void)shutdown(one.line->fd, SHUT_RDWR);
}

bool
handles_watch(struct handle one, curl_off_t moved, int limit_s)
{
	struct line *line = one.line;

	if (moved != line->moved) {
		line->moved = moved;
		line->since_ms = when_steady_us() / 1000;
	} else if (when_steady_us() / 1000 - line->since_ms >=
		   limit_s * 1000LL) {
		line->stalled = true;
		handles_cut(one);
	}
	return line->stalled;
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
	one.line->moved = 0;
	one.line->since_ms = when_steady_us() / 1000;
	one.line->stalled = false;
	while (curl_multi_perform(one.own, &active) == CURLM_OK && active > 0)
		curl_multi_poll(
		    one.own, NULL, 0, *soon ? SOON_MS : PROGRESS_MS, NULL);
	while ((m = curl_multi_info_read(one.own, &left)))
		if (m->msg == CURLMSG_DONE)
			code = m->data.result;
	curl_multi_remove_handle(one.own, one.easy);
	return code != CURLE_OK && one.line->stalled ? CURLE_OPERATION_TIMEDOUT
						     : code;
}

bool
handles_repeats(CURL *easy, CURLcode code)
{
	if (code != CURLE_TOO_MANY_REDIRECTS)
		return false;
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
	return true;
}
