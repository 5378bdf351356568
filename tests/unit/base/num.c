/* SPDX-License-Identifier: ISC */
#include "num.h"

#include <errno.h>
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
		errno = ERANGE; /* of an earlier call */
		if (num_bytes(table[i].text, &n) != 0)
			n = 0;
		assert_true(n == table[i].bytes);
	}
}

static void
samples_round_to_the_nearest(void **state)
{
	static const struct {
		int64_t us;
		unsigned rate;
		int64_t samples;
	} table[] = {
	    {0, 8000, 0},
	    {1000000, 8000, 8000},
	    {62, 8000, 0},
	    {63, 8000, 1},
	    {-62, 8000, 0},
	    {-63, 8000, -1},
	    {1999999, 8000, 16000},
	    {-1999999, 8000, -16000},
	    {999997, 192000, 191999},
	    {INT64_C(1000000000000000), 48000, 48000000000000},
	    {INT64_C(999999999999999), 192000, 192000000000000},
	    {INT64_C(999999999999997), 192000, 191999999999999},
	    {INT64_C(-999999999999997), 192000, -191999999999999},
	    {999999, UINT32_MAX, INT64_C(4294963000)},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		print_message("%lld us at %u Hz\n", (long long)table[i].us,
		    table[i].rate);
		assert_true(num_samples(table[i].us, table[i].rate) ==
			    table[i].samples);
	}
}

static void
part_is_exact(void **state)
{
	static const struct {
		uint64_t all;
		uint32_t share, of;
		uint64_t part;
	} table[] = {
	    {0, 5, 100, 0},
	    {19, 5, 100, 0},
	    {20, 5, 100, 1},
	    {199, 50, 100, 99},
	    {UINT64_MAX, 1, 1, UINT64_MAX},
	    {UINT64_MAX, 100000000, 100000000, UINT64_MAX},
	    {UINT64_MAX, 0, 100000000, 0},
	    {UINT64_MAX, 1, 2, UINT64_MAX / 2},
	    {UINT64_MAX, 99999999, 100000000, UINT64_C(18446743889242110877)},
	    {UINT64_MAX, UINT32_MAX - 1, UINT32_MAX,
		UINT64_C(18446744069414584318)},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		print_message("%u of %u of %llu\n", table[i].share, table[i].of,
		    (unsigned long long)table[i].all);
		assert_true(num_part(table[i].all, table[i].share,
				table[i].of) == table[i].part);
	}
}

static void
samples_as_microseconds(void **state)
{
	(void)state;
	assert_int_equal(num_us(0, 8000), 0);
	assert_int_equal(num_us(1, 8000), 125);
	assert_int_equal(num_us(1, 44100), 22);
	assert_int_equal(num_us(-8000, 8000), -1000000);
	/* A product of both would not fit. */
	assert_int_equal(num_us(INT64_C(9000000000000000), 192000),
	    INT64_C(46875000000000000));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(samples_as_microseconds),
	    cmocka_unit_test(seconds_read_and_print),
	    cmocka_unit_test(bytes_read),
	    cmocka_unit_test(samples_round_to_the_nearest),
	    cmocka_unit_test(part_is_exact),
	};

	return cmocka_run_group_tests_name("num", tests, NULL, NULL);
}
