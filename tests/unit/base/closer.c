/* SPDX-License-Identifier: ISC */
#include "closer.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

/* As many as the usual limit of descriptors, 1024, allows for. */
enum { PIPES = 400 };

/* More than the queue holds: each is closed once, and no other descriptor. */
static void
closes_all_of_them(void **state)
{
	struct closer *c = closer_new();
	int end[PIPES][2];

	(void)state;
	for (int i = 0; i < PIPES; i++)
		assert_int_equal(pipe2(end[i], O_NONBLOCK), 0);
	for (int i = 0; i < PIPES; i++)
		closer_add(c, end[i][1]);
	closer_free(c);
	for (int i = 0; i < PIPES; i++) {
		char byte;

		/* The end of the file: there is no writer any more. */
		assert_int_equal(read(end[i][0], &byte, 1), 0);
		assert_int_equal(fcntl(end[i][1], F_GETFD), -1);
		assert_int_equal(close(end[i][0]), 0);
	}
}

static void
needs_no_work(void **state)
{
	(void)state;
	closer_free(closer_new());
	closer_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(closes_all_of_them),
	    cmocka_unit_test(needs_no_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
