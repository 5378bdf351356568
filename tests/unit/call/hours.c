/* SPDX-License-Identifier: ISC */
#include "hours.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "when.h"

static void
which_are_good(void **state)
{
	static const char *const good[] = {"always", "Always", "8:00-18:00",
	    "mon 08:00-18:00", "Mon-Fri 08:00-18:00, sat 9:00-13:00",
	    "sat-mon 00:00-24:00", "mon-fri  8:00-9:00 ,\t10:00-11:00",
	    "fri 22:00-06:00", "sun-sun 23:59-24:00"};
	static const char *const bad[] = {"", "never", "mon", "mon-fri",
	    "08:00", "08:00-", "08:00-08:00", "24:00-08:00", "08:00-24:01",
	    "08:60-09:00", "8-18", "8:0-9:00", "008:00-09:00", "mon08:00-09:00",
	    "mo 08:00-09:00", "mon- 08:00-09:00", "monday 08:00-09:00",
	    "08:00-09:00,", "08:00-09:00 10:00-11:00", "always, mon 8:00-9:00",
	    ", 08:00-09:00", "08:00-09:00x", "-8:00-9:00", "25:00-26:00"};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		print_message("'%s'\n", good[i]);
		assert_true(hours_are_good(good[i]));
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		print_message("'%s'\n", bad[i]);
		assert_false(hours_are_good(bad[i]));
	}
}

/* 2026-11-30 is a Monday. */
static void
which_minutes_they_have(void **state)
{
	static const struct {
		const char *text, *at;
		bool has;
	} table[] = {
	    {"always", "2026-11-30T03:00:00Z", true},
	    {"mon 8:00-18:00", "2026-11-30T07:59:59Z", false},
	    {"mon 8:00-18:00", "2026-11-30T08:00:00Z", true},
	    {"mon 8:00-18:00", "2026-11-30T17:59:59Z", true},
	    {"mon 8:00-18:00", "2026-11-30T18:00:00Z", false},
	    {"tue-sun 8:00-18:00", "2026-11-30T08:00:00Z", false},
	    {"sat-mon 8:00-18:00", "2026-11-30T08:00:00Z", true},
	    {"sat-mon 8:00-18:00", "2026-12-01T08:00:00Z", false},
	    {"8:00-18:00", "2026-12-06T08:00:00Z", true},
	    {"mon 8:00-9:00, sun 10:00-24:00", "2026-12-06T23:59:00Z", true},
	    {"mon 22:00-06:00", "2026-12-01T05:59:00Z", true},
	    {"mon 22:00-06:00", "2026-12-01T06:00:00Z", false},
	    {"mon 22:00-06:00", "2026-11-30T05:00:00Z", false},
	    {"sun 22:00-06:00", "2026-11-30T05:00:00Z", true},
	    {"22:00-06:00", "2026-11-30T12:00:00Z", false},
	    {"thu 0:00-1:00", "1970-01-01T00:30:00Z", true},
	    {"wed 23:00-24:00", "1969-12-31T23:59:58Z", true},
	    {"thu 0:00-1:00", "1969-12-31T23:59:58Z", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		int64_t us;

		print_message("'%s' %s\n", table[i].text, table[i].at);
		assert_int_equal(when_parse(table[i].at, &us), 0);
		assert_int_equal(hours_have(table[i].text, us), table[i].has);
	}
}

static void
days_are_not_forgotten(void **state)
{
	static const char *const clear[] = {"always", "8:00-9:00",
	    "8:00-12:00, 13:00-17:00", "8:00-12:00, sat 13:00-17:00",
	    "mon-fri 8:00-12:00, mon-fri 13:00-17:00"};
	static const char *const forgotten[] = {
	    "mon-fri 8:00-12:00, 13:00-17:00",
	    "mon 8:00-9:00,\t10:00-11:00,tue 8:00-9:00"};

	(void)state;
	for (size_t i = 0; i < sizeof clear / sizeof *clear; i++)
		assert_false(hours_forget_days(clear[i]));
	for (size_t i = 0; i < sizeof forgotten / sizeof *forgotten; i++)
		assert_true(hours_forget_days(forgotten[i]));
	assert_false(hours_forget_days("mon 8:00-9:00, 10:00"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(which_are_good),
	    cmocka_unit_test(which_minutes_they_have),
	    cmocka_unit_test(days_are_not_forgotten),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
