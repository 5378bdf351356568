/* SPDX-License-Identifier: ISC */
#include "numbers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct numbers n;
static int64_t now_us;
static uint32_t payload = 7;

static enum numbers_is
take_one(int sequence, int stamp)
{
	struct numbers_packet p = {
	    (uint16_t)sequence, (uint32_t)stamp, payload, 8000, now_us};

	return numbers_take(&n, &p);
}

/* Packets of 20 ms at 8000 Hz, one after another. */
static void
take(int from, int to)
{
	for (int i = from; i < to; i++) {
		now_us = (int64_t)i * 20000;
		assert_int_equal(take_one(i, i * 160), NUMBERS_NEXT);
	}
}

static int
setup(void **state)
{
	(void)state;
	memset(&n, 0, sizeof n);
	return 0;
}

/* The numbers wrap within it. */
static void
the_same_packet(void **state)
{
	(void)state;
	take(65400, 65600);
	for (int i = 65599; i >= 65400; i--)
		assert_int_equal(take_one(i, i * 160), NUMBERS_AGAIN);
	take(65600, 65400 + NUMBERS_KEPT);
	assert_int_equal(take_one(65400, 65400 * 160), NUMBERS_AGAIN);
	take(65400 + NUMBERS_KEPT, 65401 + NUMBERS_KEPT);
	assert_int_equal(take_one(65401, 65401 * 160), NUMBERS_AGAIN);
	assert_int_equal(take_one(65400, 65400 * 160), NUMBERS_RESTART);
}

static void
overtaken(void **state)
{
	(void)state;
	take(1000, 1001);
	take(1101, 1140);
	assert_int_equal(take_one(1050, 1050 * 160), NUMBERS_LATE);
	assert_int_equal(take_one(1050, 1050 * 160), NUMBERS_AGAIN);
	assert_int_equal(take_one(1099, 1099 * 160), NUMBERS_LATE);
	/* Before the first one, too. */
	assert_int_equal(take_one(999, 999 * 160), NUMBERS_LATE);
	take(1140, 1141);
}

/* The same numbers, or those that were lost, with other timestamps. */
static void
counts_again(void **state)
{
	(void)state;
	take(1000, 1400);
	assert_int_equal(take_one(1200, 77), NUMBERS_RESTART);
	assert_int_equal(take_one(1201, 77 + 160), NUMBERS_NEXT);
	assert_int_equal(take_one(900, 77 + 320), NUMBERS_RESTART);
	assert_int_equal(take_one(800, 77 + 480), NUMBERS_RESTART);
	/* Too far back for a hundred packets. */
	assert_int_equal(take_one(700, 77 + 480 - 600000), NUMBERS_RESTART);
}

/* They begin at the same number and timestamp as before. */
static void
begins_again(void **state)
{
	(void)state;
	take(5, 200);
	payload = 8;
	assert_int_equal(take_one(5, 5 * 160), NUMBERS_RESTART);
	assert_int_equal(take_one(5, 5 * 160), NUMBERS_AGAIN);
	assert_int_equal(take_one(6, 6 * 160), NUMBERS_NEXT);
	payload = 7;
	assert_int_equal(take_one(6, 6 * 160), NUMBERS_RESTART);
}

/* A missing number that is less than three seconds late, and more. */
static void
too_late(void **state)
{
	(void)state;
	take(1000, 1001);
	take(1101, 1102);
	now_us += 999999;
	assert_int_equal(take_one(1001, 1001 * 160), NUMBERS_LATE);
	now_us += 1;
	assert_int_equal(take_one(1099, 1099 * 160), NUMBERS_LATE);
	assert_int_equal(take_one(1002, 1002 * 160), NUMBERS_LATE);
	now_us += 1000000;
	assert_int_equal(take_one(1099, 1099 * 160), NUMBERS_AGAIN);
	assert_int_equal(take_one(1003, 1003 * 160), NUMBERS_RESTART);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(the_same_packet, setup),
	    cmocka_unit_test_setup(overtaken, setup),
	    cmocka_unit_test_setup(counts_again, setup),
	    cmocka_unit_test_setup(begins_again, setup),
	    cmocka_unit_test_setup(too_late, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
