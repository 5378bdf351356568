/* SPDX-License-Identifier: ISC */
#include "num.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
seconds_read_and_print(void **state)
{
	static const struct {
		const char *text;
		int64_t us; /* -1: refused */
		const char *back;
	} table[] = {
	    {"0", 0, "0.000"},
	    {"3.25", 3250000, "3.250"},
	    {"301.5", 301500000, "301.500"},
	    {"0.000001", 1, "0.000001"},
	    {"1.0000019", 1000001, "1.000001"},
	    {"1000000000", 1000000000000000, "1000000000.000"},
	    {"1000000001", -1, NULL},
	    {"", -1, NULL},
	    {"-1", -1, NULL},
	    {"1.", -1, NULL},
	    {".5", -1, NULL},
	    {"1e3", -1, NULL},
	    {"1 ", -1, NULL},
	    {"nan", -1, NULL},
	};
	char buf[NUM_SECONDS_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		int64_t us = -1;
		print_message("%s\n", table[i].text);
		if (num_seconds(table[i].text, &us) != 0)
			us = -1;
		assert_int_equal(us, table[i].us);
		if (us >= 0)
			assert_string_equal(
			    num_seconds_text(us, buf), table[i].back);
	}
}

static void
bytes_read(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes; /* 0: refused */
	} table[] = {
	    {"1", 1},
	    {"50M", 50000000},
	    {"50MB", 50000000},
	    {"50MiB", 52428800},
	    {"4k", 4000},
	    {"4kB", 4000},
	    {"50 M", 0},
	    {"M", 0},
	    {"-1", 0},
	    {"99999999999999999999", 0},
	    {"99999999999999G", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		uint64_t n = 0;
		print_message("%s\n", table[i].text);
		if (num_bytes(table[i].text, &n) != 0)
			n = 0;
		assert_true(n == table[i].bytes);
	}
}

static void
samples_round_to_the_nearest(void **state)
{
	(void)state;
	assert_int_equal(num_samples(1000000, 8000), 8000);
	assert_int_equal(num_samples(62, 8000), 0);
	assert_int_equal(num_samples(63, 8000), 1);
	assert_int_equal(
	    num_samples(INT64_C(1000000000000000), 48000), 48000000000000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(seconds_read_and_print),
	    cmocka_unit_test(bytes_read),
	    cmocka_unit_test(samples_round_to_the_nearest),
	};

	return cmocka_run_group_tests_name("num", tests, NULL, NULL);
}
