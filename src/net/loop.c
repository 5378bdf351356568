/* SPDX-License-Identifier: ISC */
#include "loop.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "mem.h"

/* A call of loop_perform(). */
struct waiter {
	CURL *easy;
	CURLcode code;
	bool done;
	pthread_cond_t finished;
	struct waiter *next, *prev; /* in fresh, then in running */
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_t thread;
static bool started, ending;    /* under lock */
static struct waiter *fresh;    /* under lock */
static struct waiter *running;  /* only used by the loop */
static CURLM *multi;            /* only used by the loop */
static atomic_int wake_fd = -1; /* an eventfd, also for signal handlers */
static atomic_bool abandoned;

static void
prepare_loop(void)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
		mem_must(NULL);
}

CURL *
loop_easy(void)
{
	CURL *easy;

	(void)pthread_once(&once, prepare_loop);
	easy = curl_easy_init();
	if (!easy)
		mem_must(NULL);
	return easy;
}

static void
wake(void)
{
	const uint64_t one = 1;

	/* It only fails if the counter is full: then the loop is awake. */
	if (wake_fd >= 0 && write(wake_fd, &one, sizeof one) < 0)
		return;
}

void
loop_abandon(void)
{
	abandoned = true;
	wake();
}

bool
loop_abandoned(void)
{
	return abandoned;
}

static void
end_transfer(struct waiter *w, CURLcode code)
{
	curl_multi_remove_handle(multi, w->easy);
	if (w->prev)
		w->prev->next = w->next;
	else
		running = w->next;
	if (w->next)
		w->next->prev = w->prev;
	(void)pthread_mutex_lock(&lock);
	w->code = code;
	w->done = true;
	(void)pthread_cond_signal(&w->finished);
	(void)pthread_mutex_unlock(&lock);
}

/* Takes the new transfers of loop_perform(); false: the loop must end. */
static bool
take_fresh(void)
{
	struct waiter *list;
	bool more;

	(void)pthread_mutex_lock(&lock);
	list = fresh;
	fresh = NULL;
	more = !ending;
	(void)pthread_mutex_unlock(&lock);
	while (list) {
		struct waiter *w = list;

		list = w->next;
		w->prev = NULL;
		w->next = running;
		if (running)
			running->prev = w;
		running = w;
		curl_easy_setopt(w->easy, CURLOPT_PRIVATE, w);
		if (curl_multi_add_handle(multi, w->easy) != CURLM_OK)
			end_transfer(w, CURLE_FAILED_INIT);
	}
	return more;
}

static void
collect_done(void)
{
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(multi, &left))) {
		struct waiter *w = NULL;

		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &w);
		end_transfer(w, m->data.result);
	}
}

/* The bytes of all running transfers. */
static curl_off_t
moved(void)
{
	curl_off_t sum = 0, up = 0, down = 0;

	for (const struct waiter *w = running; w; w = w->next) {
		curl_easy_getinfo(w->easy, CURLINFO_SIZE_UPLOAD_T, &up);
		curl_easy_getinfo(w->easy, CURLINFO_SIZE_DOWNLOAD_T, &down);
		sum += up + down;
	}
	return sum;
}

/*
 * While the HTTP/2 window of the server is used up, libcurl 7.88 polls for a
 * writable socket, which it always is: at 20 ms of delay this was a million
 * polls and six seconds of CPU for 100 MB. After many polls without progress,
 * each one takes a millisecond.
 */
static void
rest_where_nothing_moves(int ready)
{
	enum { MANY = 32 };
	const struct timespec pause = {0, 1000000};
	static curl_off_t last;
	static int spins;
	curl_off_t now = ready > 0 ? moved() : -1;

	spins = now >= 0 && now == last ? spins + 1 : 0;
	last = now;
	if (spins > MANY)
		(void)nanosleep(&pause, NULL);
}

static void *
loop(void *arg)
{
	struct curl_waitfd extra = {.fd = wake_fd, .events = CURL_WAIT_POLLIN};
	uint64_t unused;
	int active, ready;

	(void)arg;
	while (take_fresh()) {
		while (abandoned && running)
			end_transfer(running, CURLE_ABORTED_BY_CALLBACK);
		curl_multi_perform(multi, &active);
		collect_done();
		extra.revents = 0;
		ready = 0;
		curl_multi_poll(multi, &extra, 1, 60000, &ready);
		rest_where_nothing_moves(ready);
		if (extra.revents && read(wake_fd, &unused, sizeof unused) < 0)
			continue;
	}
	return NULL;
}

/* Under lock. The thread blocks signals, which are for those that wait. */
static void
start_loop(void)
{
	sigset_t all, old;

	multi = curl_multi_init();
	wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (!multi || wake_fd < 0)
		mem_must(NULL);
	sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	if (pthread_create(&thread, NULL, loop, NULL) != 0)
		mem_must(NULL);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	started = true;
}

CURLcode
loop_perform(CURL *easy)
{
	struct waiter *w;
	CURLcode code;

	if (abandoned)
		return CURLE_ABORTED_BY_CALLBACK;
	w = mem_alloc(sizeof *w);
	w->easy = easy;
	(void)pthread_cond_init(&w->finished, NULL);
	(void)pthread_mutex_lock(&lock);
	if (!started)
		start_loop();
	w->next = fresh;
	fresh = w;
	wake();
	while (!w->done)
		(void)pthread_cond_wait(&w->finished, &lock);
	code = w->code;
	(void)pthread_mutex_unlock(&lock);
	(void)pthread_cond_destroy(&w->finished);
	free(w);
	return code;
}

void
loop_end(void)
{
	bool running_now;

	(void)pthread_mutex_lock(&lock);
	running_now = ending = started;
	(void)pthread_mutex_unlock(&lock);
	if (!running_now)
		return;
	wake();
	(void)pthread_join(thread, NULL);
	curl_multi_cleanup(multi);
	(void)close(wake_fd);
	wake_fd = -1;
	started = ending = false;
}
