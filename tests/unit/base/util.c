/* SPDX-License-Identifier: ISC */
#include "util.h"

#include <setjmp.h>
#include <stdarg.h>
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
	char buf[UTIL_SECONDS_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		int64_t us = -1;
		print_message("%s\n", table[i].text);
		if (util_seconds(table[i].text, &us) != 0)
			us = -1;
		assert_int_equal(us, table[i].us);
		if (us >= 0)
			assert_string_equal(
			    util_seconds_text(us, buf), table[i].back);
	}
}

static void
times_read_and_print(void **state)
{
	static const struct {
		const char *text, *back; /* NULL: refused */
	} table[] = {
	    {"2026-11-22T10:00:00Z", "2026-11-22T10:00:00Z"},
	    {"2026-11-22 10:00:00Z", "2026-11-22T10:00:00Z"},
	    {"2026-11-22T10:00:00.999Z", "2026-11-22T10:00:00Z"},
	    {"2026-11-22T11:30:00+01:30", "2026-11-22T10:00:00Z"},
	    {"2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"},
	    {"2026-02-29T00:00:00Z", NULL},
	    {"2026-13-01T00:00:00Z", NULL},
	    {"2026-11-22T25:00:00Z", NULL},
	    {"2026-11-22T10:00:00", NULL},
	    {"2026-11-22", NULL},
	    {"", NULL},
	};
	char buf[UTIL_TIME_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		int64_t us;
		bool read = util_time(table[i].text, &us) == 0;
		print_message("%s\n", table[i].text);
		assert_int_equal(read, table[i].back != NULL);
		if (read)
			assert_string_equal(
			    util_time_text(us, buf), table[i].back);
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
		if (util_bytes(table[i].text, &n) != 0)
			n = 0;
		assert_true(n == table[i].bytes);
	}
}

static void
samples_round_to_the_nearest(void **state)
{
	(void)state;
	assert_int_equal(util_samples(1000000, 8000), 8000);
	assert_int_equal(util_samples(62, 8000), 0);
	assert_int_equal(util_samples(63, 8000), 1);
	assert_int_equal(
	    util_samples(INT64_C(1000000000000000), 48000), 48000000000000);
}

static void
call_ids(void **state)
{
	static const char *const good[] = {"c1042", "A.b_c-9", "1", "a."};
	static const char *const bad[] = {
	    "", ".", "..", ".hidden", "a/b", "a b", "a\n", "\xc3\xa9"};
	char longest[130];

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_null(util_id_fault(good[i]));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_non_null(util_id_fault(bad[i]));
	memset(longest, 'x', 129);
	longest[129] = '\0';
	assert_non_null(util_id_fault(longest));
	longest[128] = '\0';
	assert_null(util_id_fault(longest));
}

static void
nearest_word(void **state)
{
	static const char *const list[] = {
	    "record", "redaction", "play_message", NULL};

	(void)state;
	assert_string_equal(util_nearest("recrod", list), "record");
	assert_string_equal(util_nearest("redact", list), "redaction");
	assert_string_equal(util_nearest("play-message", list), "play_message");
	assert_null(util_nearest("zebra", list));
	assert_null(util_nearest("", list));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(seconds_read_and_print),
	    cmocka_unit_test(times_read_and_print),
	    cmocka_unit_test(bytes_read),
	    cmocka_unit_test(samples_round_to_the_nearest),
	    cmocka_unit_test(call_ids),
	    cmocka_unit_test(nearest_word),
	};

	return cmocka_run_group_tests_name("util", tests, NULL, NULL);
}
