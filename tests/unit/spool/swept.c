/* SPDX-License-Identifier: ISC */
#include "swept.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void
what_is_saved_is_loaded(void **state)
{
	char top[] = "/tmp/rectools-swept.XXXXXX";
	struct swept r = {.now_us = 1795341600000000,
	    .boot_us = 77000001,
	    .boot_id = "0f8c",
	    .deleted = 3,
	    .unsent = 2,
	    .success_us = 1795341500000000,
	    .head = "abc0"};
	struct swept back;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(top));
	fd = open(top, O_RDONLY | O_DIRECTORY);
	assert_true(fd >= 0);
	swept_load(&back, fd);
	assert_int_equal(back.now_us, 0);
	assert_int_equal(swept_save(&r, fd), 0);
	swept_load(&back, fd);
	assert_int_equal(back.now_us, r.now_us);
	assert_int_equal(back.boot_us, r.boot_us);
	assert_string_equal(back.boot_id, r.boot_id);
	assert_int_equal(back.deleted, r.deleted);
	assert_int_equal(back.unsent, r.unsent);
	assert_int_equal(back.success_us, r.success_us);
	assert_string_equal(back.head, r.head);
	assert_int_equal(unlinkat(fd, ".last-sweep", 0), 0);
	(void)close(fd);
	assert_int_equal(rmdir(top), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_saved_is_loaded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
