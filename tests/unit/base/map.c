/* SPDX-License-Identifier: ISC */
#include "map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { NAMES = 3000 };
static char name[NAMES][24];
static int value[NAMES];

/* Half of the keys are added and removed; the other half is always found. */
static void
comes_and_goes(void **state)
{
	struct map m = {0};

	(void)state;
	for (int i = 0; i < NAMES; i++) {
		(void)snprintf(
		    name[i], sizeof name[i], "17960016%02d.%d", i % 100, i);
		map_put(&m, name[i], &value[i]);
		if (i % 2 == 0 && i >= 20)
			map_drop(&m, name[i - 20]);
	}
	assert_int_equal(m.count, NAMES / 2 + 10);
	for (int i = 0; i < NAMES; i++) {
		bool there = i % 2 == 1 || i >= NAMES - 20;
		assert_ptr_equal(
		    map_get(&m, name[i]), there ? &value[i] : NULL);
	}
	map_free(&m);
}

static void
gets_smaller(void **state)
{
	struct map m = {0};
	size_t most;

	(void)state;
	assert_null(map_get(&m, "x"));
	map_drop(&m, "x");
	for (int i = 0; i < NAMES; i++)
		map_put(&m, name[i], &value[i]);
	most = m.slots;
	for (int i = 1; i < NAMES; i++)
		map_drop(&m, name[i]);
	assert_int_equal(m.count, 1);
	assert_true(m.slots < most / 16);
	assert_ptr_equal(map_get(&m, name[0]), &value[0]);
	map_free(&m);
}

static void
all_values(void **state)
{
	struct map m = {0};
	void *got[2] = {NULL, NULL};

	(void)state;
	map_put(&m, "a", &value[0]);
	map_put(&m, "b", &value[1]);
	map_put(&m, "a", &value[2]);
	assert_int_equal(m.count, 2);
	map_each(&m, got);
	assert_true(got[0] == &value[1] || got[1] == &value[1]);
	assert_true(got[0] == &value[2] || got[1] == &value[2]);
	map_free(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(comes_and_goes),
	    cmocka_unit_test(gets_smaller), cmocka_unit_test(all_values)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
