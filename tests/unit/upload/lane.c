/* SPDX-License-Identifier: ISC */
#include "lane.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define S  INT64_C(1000000)
#define T0 (INT64_C(1764000000) * S)

static void
one_at_a_time_until_it_works(void **state)
{
	struct breaker b = {0};

	(void)state;
	assert_true(breaker_begin(&b, T0));
	assert_int_equal(breaker_state(&b, T0), BREAKER_PROBING);
	assert_false(breaker_begin(&b, T0));
	assert_false(breaker_end(&b, BREAKER_GOOD, T0, 0, 0));
	/* From now on any number. */
	for (int i = 0; i < 10; i++)
		assert_true(breaker_begin(&b, T0));
	/* After one failure the next one is tried alone. */
	assert_false(breaker_end(&b, BREAKER_FAILED, T0, T0 + S, 0));
	assert_true(breaker_begin(&b, T0));
	assert_false(breaker_begin(&b, T0));
}

static void
five_in_a_row_open_it(void **state)
{
	struct breaker b = {0};

	(void)state;
	for (int i = 1; i <= BREAKER_FAILURES; i++) {
		assert_true(breaker_begin(&b, T0));
		assert_int_equal(
		    breaker_end(&b, BREAKER_FAILED, T0, T0 + i * S, 0),
		    i == BREAKER_FAILURES);
	}
	assert_int_equal(breaker_state(&b, T0), BREAKER_OPEN);
	assert_false(breaker_begin(&b, T0 + 5 * S - 1));
	/* When due, one probe; it fails: open again, later. */
	assert_true(breaker_begin(&b, T0 + 5 * S));
	assert_false(breaker_begin(&b, T0 + 5 * S));
	assert_true(breaker_end(&b, BREAKER_FAILED, T0 + 5 * S, T0 + 9 * S, 0));
	assert_false(breaker_begin(&b, T0 + 8 * S));
	assert_true(breaker_begin(&b, T0 + 9 * S));
	assert_false(breaker_end(&b, BREAKER_GOOD, T0 + 9 * S, 0, 0));
	assert_true(breaker_begin(&b, T0 + 9 * S));
	assert_true(breaker_begin(&b, T0 + 9 * S));
}

static void
who_asks_for_patience_gets_it(void **state)
{
	static const struct {
		const char *label;
		enum breaker_end end;
		int64_t told_us, until_us;
	} table[] = {
	    {"Retry-After", BREAKER_FAILED, T0 + 90 * S, T0 + 90 * S},
	    {"no Retry-After", BREAKER_FAILED, 0, 0},
	    {"Retry-After in the past", BREAKER_FAILED, T0 - S, 0},
	    {"a person must act", BREAKER_PAUSED, 0, T0 + BREAKER_PAUSE_US},
	    {"good", BREAKER_GOOD, 0, 0},
	    {"aborted by recupload", BREAKER_NOTHING, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct breaker b = {0};

		print_message("%s\n", table[i].label);
		assert_true(breaker_begin(&b, T0));
		assert_int_equal(breaker_end(&b, table[i].end, T0, T0 + 2 * S,
				     table[i].told_us),
		    table[i].until_us > 0);
		assert_int_equal(b.until_us, table[i].until_us);
		assert_false(b.probing);
	}
}

/* Four were under way; three are refused, the last one gets through. */
static void
a_late_success_does_not_close_it(void **state)
{
	struct breaker b = {.works = true};

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_true(breaker_begin(&b, T0));
	for (int i = 0; i < 3; i++)
		(void)breaker_end(&b, BREAKER_FAILED, T0, T0 + S, T0 + 60 * S);
	assert_false(breaker_end(&b, BREAKER_GOOD, T0 + 1, 0, 0));
	assert_int_equal(b.until_us, T0 + 60 * S);
	assert_false(breaker_begin(&b, T0 + 59 * S));
	assert_true(breaker_begin(&b, T0 + 60 * S));
}

static void
a_clock_that_went_back_does_not_hold_it(void **state)
{
	struct breaker b = {.works = true};
	const int64_t year = 365 * 86400 * S;

	(void)state;
	assert_true(breaker_begin(&b, T0 + year));
	assert_true(
	    breaker_end(&b, BREAKER_FAILED, T0 + year, 0, T0 + year + 60 * S));
	assert_false(breaker_begin(&b, T0 + year + 59 * S));
	assert_true(breaker_begin(&b, T0));
	assert_false(breaker_end(&b, BREAKER_GOOD, T0 + 1, 0, 0));
	assert_true(b.works);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_at_a_time_until_it_works),
	    cmocka_unit_test(five_in_a_row_open_it),
	    cmocka_unit_test(who_asks_for_patience_gets_it),
	    cmocka_unit_test(a_late_success_does_not_close_it),
	    cmocka_unit_test(a_clock_that_went_back_does_not_hold_it),
	};

	return cmocka_run_group_tests_name("breaker", tests, NULL, NULL);
}
