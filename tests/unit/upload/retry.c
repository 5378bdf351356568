/* SPDX-License-Identifier: ISC */
#include "retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define S  INT64_C(1000000)
#define T0 (INT64_C(1764000000) * S)

static const struct retry usual = {RETRY_BASE_US, RETRY_CAP_US};

static void
waits_double_up_to_the_cap(void **state)
{
	static const struct {
		int failed;
		int64_t full_s; /* the wait lies in [full / 2, full] */
	} table[] = {{1, 2}, {2, 4}, {3, 8}, {8, 256}, {9, 512}, {10, 900},
	    {11, 900}, {1000, 900}, {INT32_MAX, 900}};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		int64_t least = INT64_MAX, most = 0, full = table[i].full_s * S;

		for (uint64_t seed = 0; seed < 2000; seed++) {
			int64_t w =
			    retry_due(&usual, T0, table[i].failed, -1, seed) -
			    T0;
			least = w < least ? w : least;
			most = w > most ? w : most;
		}
		print_message("%d failures\n", table[i].failed);
		assert_true(least >= full / 2 && most <= full);
		/* The jitter fills the range. */
		assert_true(least < full * 51 / 100 && most > full * 99 / 100);
	}
}

static void
the_server_asks(void **state)
{
	static const struct {
		const char *label;
		int failed;
		int64_t asked_s, least_s, most_s;
	} table[] = {
	    {"no Retry-After", 1, -1, 1, 2},
	    {"zero", 1, 0, 1, 2},
	    {"less than our own wait", 10, 5, 5, 5},
	    {"more", 1, 120, 120, 120},
	    {"a day", 1, 86400, 86400, 86400},
	    {"a year is clamped", 1, 31536000, 86400, 86400},
	    {"nonsense is clamped", 1, INT64_MAX, 86400, 86400},
	    {"a date in the past", 1, INT64_MIN, 1, 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		int64_t w = retry_due(&usual, T0, table[i].failed,
				table[i].asked_s, 7) -
			    T0;
		print_message("%s\n", table[i].label);
		assert_true(w >= table[i].least_s * S);
		assert_true(w <= table[i].most_s * S);
	}
}

static void
seeds_tell_recordings_apart(void **state)
{
	(void)state;
	assert_true(retry_seed("a", 1) == retry_seed("a", 1));
	assert_true(retry_seed("a", 1) != retry_seed("b", 1));
	assert_true(retry_seed("a", 1) != retry_seed("a", 2));
	assert_true(retry_due(&usual, T0, 5, -1, retry_seed("a", 1)) !=
		    retry_due(&usual, T0, 5, -1, retry_seed("b", 1)));
}

static void
a_wait_that_is_too_long_is_none(void **state)
{
	static const struct retry slow = {S, 172800 * S};
	static const struct {
		const char *label;
		const struct retry *b;
		int64_t wait_s;
		bool due;
	} table[] = {
	    {"past", &usual, -1, true},
	    {"now", &usual, 0, true},
	    {"in a second", &usual, 1, false},
	    {"in a day", &usual, 86400, false},
	    {"in a week", &usual, 604800, true},
	    {"in a day and more", &usual, 86400 + 3601, true},
	    {"where two days are the cap", &slow, 172800, false},
	    {"more than that", &slow, 172800 + 3601, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		print_message("%s\n", table[i].label);
		assert_int_equal(
		    retry_is_due(table[i].b, T0 + table[i].wait_s * S, T0),
		    table[i].due);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(waits_double_up_to_the_cap),
	    cmocka_unit_test(the_server_asks),
	    cmocka_unit_test(seeds_tell_recordings_apart),
	    cmocka_unit_test(a_wait_that_is_too_long_is_none),
	};

	return cmocka_run_group_tests_name("backoff", tests, NULL, NULL);
}
