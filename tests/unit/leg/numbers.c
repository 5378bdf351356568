/* SPDX-License-Identifier: ISC */
#include "numbers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct numbers n;

/* Packets of 20 ms at 8000 Hz, one after another. */
static void
take(int from, int to)
{
	for (int i = from; i < to; i++)
		assert_int_equal(
		    numbers_take(&n, (uint16_t)i, (uint32_t)i * 160),
		    NUMBERS_NEXT);
}

static enum numbers_is
take_one(int sequence, int stamp)
{
	return numbers_take(&n, (uint16_t)sequence, (uint32_t)stamp);
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
	take(1301, 1400);
	assert_int_equal(take_one(1100, 1100 * 160), NUMBERS_LATE);
	assert_int_equal(take_one(1100, 1100 * 160), NUMBERS_AGAIN);
	assert_int_equal(take_one(1299, 1299 * 160), NUMBERS_LATE);
	/* Before the first one, too. */
	assert_int_equal(take_one(999, 999 * 160), NUMBERS_LATE);
	take(1400, 1401);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(the_same_packet, setup),
	    cmocka_unit_test_setup(overtaken, setup),
	    cmocka_unit_test_setup(counts_again, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
