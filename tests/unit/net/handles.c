/* SPDX-License-Identifier: ISC */
#include "handles.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "io.h"
#include "text.h"

static int listener = -1;
static unsigned port;
static atomic_int connections;

/* An answer that takes longer than the time allowed without a byte. */
static bool
drip(int fd)
{
	static const char head[] =
	    "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n";
	const struct timespec pause = {0, 400000000};

	if (io_write(fd, head, sizeof head - 1) != 0)
		return false;
	for (int i = 0; i < 6; i++)
		if (nanosleep(&pause, NULL) != 0 || io_write(fd, "x", 1) != 0)
			return false;
	return true;
}

/* One connection: answers each request but those for /silent. */
static void *
serve(void *arg)
{
	static const char answer[] =
	    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
	int fd = (int)(intptr_t)arg;
	char text[4096];

	while (read(fd, text, sizeof text) > 0)
		if (memcmp(text, "GET /slow", 9) == 0
			? !drip(fd)
			: memcmp(text, "GET /silent", 11) != 0 &&
			      io_write(fd, answer, sizeof answer - 1) != 0)
			break;
	(void)close(fd);
	return NULL;
}

static void *
listen_on(void *arg)
{
	pthread_t thread;
	int fd;

	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		connections++;
		if (pthread_create(
			&thread, NULL, serve, (void *)(intptr_t)fd) != 0)
			abort();
		(void)pthread_detach(thread);
	}
	return arg;
}

static size_t
take(char *p, size_t size, size_t n, void *arg)
{
	(void)p, (void)arg;
	return size * n;
}

static int
progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	(void)a, (void)c;
	return handles_watch(*(struct handle *)arg, b + d, 1);
}

static CURLcode
fetch(struct handle one, const char *path, bool watched)
{
	const bool soon = false;
	char *url = text_format("http://127.0.0.1:%u%s", port, path);
	CURLcode code;

	curl_easy_setopt(one.easy, CURLOPT_URL, url);
	curl_easy_setopt(one.easy, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(one.easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(one.easy, CURLOPT_WRITEFUNCTION, take);
	if (watched) {
		curl_easy_setopt(one.easy, CURLOPT_NOPROGRESS, 0L);
		curl_easy_setopt(one.easy, CURLOPT_XFERINFOFUNCTION, progress);
		curl_easy_setopt(one.easy, CURLOPT_XFERINFODATA, &one);
	}
	code = handles_perform(one, &soon);
	free(url);
	return code;
}

static void
each_keeps_the_connection_that_it_made(void **state)
{
	struct handles *h = handles_new(true);
	struct handle a = handles_borrow(h), b = handles_borrow(h);

	(void)state;
	connections = 0;
	assert_int_equal(fetch(a, "/1", false), CURLE_OK);
	assert_int_equal(fetch(b, "/2", false), CURLE_OK);
	assert_int_equal(connections, 2);
	handles_give_back(h, a);
	handles_give_back(h, b);
	a = handles_borrow(h);
	b = handles_borrow(h);
	assert_int_equal(fetch(a, "/3", true), CURLE_OK);
	assert_int_equal(fetch(b, "/4", true), CURLE_OK);
	assert_int_equal(connections, 2);
	handles_drop(a);
	a = handles_borrow(h);
	assert_int_equal(fetch(a, "/5", true), CURLE_OK);
	assert_int_equal(connections, 3);
	handles_give_back(h, a);
	handles_give_back(h, b);
	handles_free(h);
}

static void
those_of_the_loop_share_connections(void **state)
{
	struct handles *h = handles_new(false);
	struct handle a = handles_borrow(h), b = handles_borrow(h);

	(void)state;
	connections = 0;
	assert_int_equal(fetch(a, "/1", false), CURLE_OK);
	assert_int_equal(fetch(b, "/2", false), CURLE_OK);
	assert_int_equal(connections, 1);
	handles_give_back(h, a);
	handles_give_back(h, b);
	handles_free(h);
	loop_end();
}

static void
a_silent_connection_is_broken_off(void **state)
{
	struct handles *h = handles_new(true);
	struct handle one = handles_borrow(h);
	time_t from = time(NULL);

	(void)state;
	assert_int_equal(fetch(one, "/1", true), CURLE_OK);
	assert_int_equal(fetch(one, "/silent", true), CURLE_OPERATION_TIMEDOUT);
	assert_in_range(time(NULL) - from, 1, 20);
	/* Its time begins anew. */
	assert_int_equal(fetch(one, "/2", true), CURLE_OK);
	handles_give_back(h, one);
	handles_free(h);
}

/* A transfer may take any time while bytes arrive. */
static void
a_slow_one_is_waited_for(void **state)
{
	struct handles *h = handles_new(true);
	struct handle one = handles_borrow(h);

	(void)state;
	assert_int_equal(fetch(one, "/slow", true), CURLE_OK);
	handles_give_back(h, one);
	handles_free(h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_keeps_the_connection_that_it_made),
	    cmocka_unit_test(those_of_the_loop_share_connections),
	    cmocka_unit_test(a_silent_connection_is_broken_off),
	    cmocka_unit_test(a_slow_one_is_waited_for),
	};
	struct sockaddr_in at = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof at;
	pthread_t thread;
	int failed;

	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (listener < 0 || bind(listener, (struct sockaddr *)&at, n) != 0 ||
	    getsockname(listener, (struct sockaddr *)&at, &n) != 0 ||
	    listen(listener, 16) != 0 ||
	    pthread_create(&thread, NULL, listen_on, NULL) != 0)
		return 1;
	port = ntohs(at.sin_port);
	failed = cmocka_run_group_tests_name("handles", tests, NULL, NULL);
	(void)shutdown(listener, SHUT_RDWR);
	(void)pthread_join(thread, NULL);
	(void)close(listener);
	return failed;
}
