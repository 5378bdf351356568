/* SPDX-License-Identifier: ISC */
#include "pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "loop.h"
#include "when.h"

static void
requests_keep_their_distance(void **state)
{
	struct pace *p = pace_new(0, 6000);
	int64_t from_us = when_steady_us();

	(void)state;
	for (int i = 0; i < 11; i++)
		pace_request(p);
	assert_true(when_steady_us() - from_us >= 100000);
	pace_bytes(p, 1000000000); /* which it does not report */
	pace_free(p);
}

static void
bytes_take_their_time(void **state)
{
	struct pace *p = pace_new(1000000, 0);
	int64_t from_us = when_steady_us();

	(void)state;
	for (int i = 0; i < 4; i++)
		pace_bytes(p, 40000);
	/* The bytes that were sent delay the next ones. */
	assert_true(when_steady_us() - from_us >= 120000);
	pace_request(p);
	pace_free(p);
}

static void
transfers_share(void **state)
{
	struct pace *p = pace_new(1000, 0);

	(void)state;
	assert_int_equal(pace_share(p), 1000);
	pace_begin(p);
	assert_int_equal(pace_share(p), 1000);
	pace_begin(p);
	assert_int_equal(pace_share(p), 500);
	pace_end(p);
	assert_int_equal(pace_share(p), 1000);
	for (int i = 0; i < 2000; i++)
		pace_begin(p);
	assert_int_equal(pace_share(p), 1);
	pace_free(p);
	assert_null(pace_new(0, 0));
	assert_int_equal(pace_share(NULL), 0);
}

/* A stop does not wait. */
static void
who_stops_does_not_wait(void **state)
{
	struct pace *p = pace_new(0, 1);

	(void)state;
	pace_request(p);
	loop_abandon();
	pace_request(p);
	pace_free(p);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(requests_keep_their_distance),
	    cmocka_unit_test(bytes_take_their_time),
	    cmocka_unit_test(transfers_share),
	    cmocka_unit_test(who_stops_does_not_wait),
	};

	(void)alarm(55);
	return cmocka_run_group_tests_name("pace", tests, NULL, NULL);
}
