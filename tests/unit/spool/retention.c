/* SPDX-License-Identifier: ISC */
#include "retention.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define S INT64_C(1000000)
#define D (86400 * S)

static void
spans(void **state)
{
	static const struct {
		const char *text;
		int64_t us; /* 0: refused */
	} table[] = {{"7", 7 * D}, {"7d", 7 * D}, {"36h", 36 * 3600 * S},
	    {"1h", 3600 * S}, {"0", 0}, {"d", 0}, {"h", 0}, {"", 0}, {"-7", 0},
	    {"7w", 0}, {"3651", 0}};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		int64_t us = 0;
		print_message("%s\n", table[i].text);
		if (retention_parse(table[i].text, &us) != 0)
			us = 0;
		assert_int_equal(us, table[i].us);
	}
}

static void
due_to_the_microsecond(void **state)
{
	(void)state;
	assert_false(retention_due(100 * D, 107 * D - 1, 7 * D));
	assert_true(retention_due(100 * D, 107 * D, 7 * D));
	assert_false(retention_due(108 * D, 107 * D, 7 * D));
}

static void
clocks(void **state)
{
	static const struct {
		const char *label;
		struct retention_clock c;
		bool fine;
	} table[] = {
	    {"first sweep", {1000 * D, 0, 5 * S, 0, false}, true},
	    {"an hour later",
		{1000 * D + 3600 * S, 1000 * D, 4000 * S, 400 * S, true}, true},
	    {"a day more than the kernel counted",
		{1001 * D + 3600 * S, 1000 * D, 4000 * S, 400 * S, true}, true},
	    {"and an hour",
		{1001 * D + 7200 * S, 1000 * D, 4000 * S, 400 * S, true},
		false},
	    {"30 days in an hour",
		{1030 * D, 1000 * D, 4000 * S, 400 * S, true}, false},
	    {"back", {999 * D, 1000 * D, 4000 * S, 400 * S, true}, false},
	    {"back by a step",
		{1000 * D - 60 * S, 1000 * D, 500 * S, 400 * S, true}, true},
	    {"a week off, then booted",
		{1007 * D, 1000 * D, 10 * S, 400 * S, false}, true},
	    {"40 days, then booted",
		{1040 * D, 1000 * D, 10 * S, 400 * S, false}, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		print_message("%s\n", table[i].label);
		assert_int_equal(
		    retention_clock_fault(&table[i].c) == NULL, table[i].fine);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(spans),
	    cmocka_unit_test(due_to_the_microsecond),
	    cmocka_unit_test(clocks),
	};

	return cmocka_run_group_tests_name("retention", tests, NULL, NULL);
}
