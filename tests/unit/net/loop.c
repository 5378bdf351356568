/* SPDX-License-Identifier: ISC */
#include "loop.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "io.h"
#include "mem.h"
#include "text.h"

enum { THREADS = 8, TRANSFERS = 25, BYTES = 70000 };

static char path[] = "/tmp/rectools-loop.XXXXXX";

static size_t
take(char *p, size_t size, size_t n, void *arg)
{
	(void)p;
	*(size_t *)arg += size * n;
	return size * n;
}

static CURLcode
fetch(CURL *c, const char *url, size_t *got)
{
	*got = 0;
	curl_easy_reset(c);
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, got);
	return loop_perform(c);
}

static void *
client(void *arg)
{
	char *url = text_format("file://%s", path);
	char *none = text_format("file://%s.none", path);
	CURL *c = loop_easy();
	int *good = arg;
	size_t got;

	for (int i = 0; i < TRANSFERS; i++) {
		*good += fetch(c, url, &got) == CURLE_OK && got == BYTES;
		*good += fetch(c, none, &got) == CURLE_FILE_COULDNT_READ_FILE;
	}
	curl_easy_cleanup(c);
	free(none);
	free(url);
	return NULL;
}

static void
many_threads_each_get_their_own(void **state)
{
	pthread_t thread[THREADS];
	int good[THREADS] = {0};

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(
		    pthread_create(&thread[i], NULL, client, &good[i]), 0);
	for (int i = 0; i < THREADS; i++) {
		(void)pthread_join(thread[i], NULL);
		assert_int_equal(good[i], 2 * TRANSFERS);
	}
}

static void
it_starts_again_after_an_end(void **state)
{
	int good = 0;

	(void)state;
	loop_end();
	loop_end();
	(void)client(&good);
	assert_int_equal(good, 2 * TRANSFERS);
}

static void *
abandon_soon(void *arg)
{
	(void)usleep(100000);
	loop_abandon();
	return arg;
}

/* A socket whose backlog is full: connecting would wait for minutes. */
static void
abandoned_transfers_end_at_once(void **state)
{
	CURL *c = loop_easy();
	pthread_t thread;
	size_t got;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, abandon_soon, NULL), 0);
	curl_easy_reset(c);
	/* TEST-NET-1 of RFC 5737: no answer, or an error at once. */
	curl_easy_setopt(c, CURLOPT_URL, "http://192.0.2.1/");
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_NOPROXY, "*");
	assert_int_not_equal(loop_perform(c), CURLE_OK);
	(void)pthread_join(thread, NULL);
	assert_true(loop_abandoned());
	assert_int_equal(
	    fetch(c, "file:///dev/null", &got), CURLE_ABORTED_BY_CALLBACK);
	curl_easy_cleanup(c);
	loop_end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(many_threads_each_get_their_own),
	    cmocka_unit_test(it_starts_again_after_an_end),
	    cmocka_unit_test(abandoned_transfers_end_at_once),
	};
	int fd = mkstemp(path), status;
	char *bytes = mem_alloc(BYTES);

	if (fd < 0 || io_write(fd, bytes, BYTES) != 0)
		return 1;
	free(bytes);
	status = cmocka_run_group_tests_name("loop", tests, NULL, NULL);
	(void)close(fd);
	(void)unlink(path);
	return status;
}
