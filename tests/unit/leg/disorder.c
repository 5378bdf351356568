/* SPDX-License-Identifier: ISC */
#include "disorder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "order.h"

#define MS INT64_C(1000)

static struct disorder d;
static struct disorder_mark a, b;

static int
setup(void **state)
{
	(void)state;
	memset(&d, 0, sizeof d);
	memset(&a, 0, sizeof a);
	memset(&b, 0, sizeof b);
	return 0;
}

/* A packet that was sent at one time, and has another in the file. */
static void
take(struct disorder_mark *m, int64_t sent_ms, int64_t file_ms, bool newest)
{
	disorder_time(&d, file_ms * MS);
	disorder_stream(
	    &d, m, file_ms * MS, (uint32_t)sent_ms * 8, 8000, newest);
}

static void
in_order(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++) {
		take(&a, i * 20, i * 20, true);
		take(&b, i * 20, i * 20, true);
	}
	assert_false(disorder_found(&d));
}

/* Two interfaces: the times of one are far behind, but not its clock. */
static void
two_interfaces(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++) {
		take(&a, 5000 + i * 20, 5000 + i * 20, true);
		take(&b, i * 20, i * 20, true);
	}
	/* No stream has told yet of the last step. */
	take(&a, 7000, 7000, true);
	assert_true(disorder_found(&d));
	take(&b, 2020, 2020, true);
	assert_true(disorder_found(&d));
	disorder_time(&d, 2010 * MS);
	assert_true(disorder_found(&d)); /* other threads do that, too */
	disorder_time(&d, 1500 * MS);
	assert_false(disorder_found(&d));
	take(&a, 7020, 7020, true);
	assert_false(disorder_found(&d)); /* 5.5 s are too much */
}

static void
clock_set_back(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++)
		take(&a, i * 20, i * 20, true);
	for (int i = 100; i < 200; i++)
		take(&a, i * 20, i * 20 - 1000, true);
	assert_false(disorder_found(&d));
}

/* Nobody sends while it is set back: a pause is shorter than it was. */
static void
clock_set_back_in_a_pause(void **state)
{
	(void)state;
	take(&a, 0, 0, true);
	disorder_time(&d, 2000 * MS);
	take(&a, 4000, 1000, true);
	assert_false(disorder_found(&d));
}

/* A packet that was overtaken tells that its time is right, never that the
 * clock was set back. */
static void
late_packets(void **state)
{
	(void)state;
	take(&a, 1000, 1000, true);
	take(&a, 20, 20, false);
	assert_true(disorder_found(&d));
	take(&a, 1020, 1020, true);
	take(&a, 1040, 40, false);
	assert_false(disorder_found(&d));
	take(&a, 1060, 1060, true);
	assert_true(disorder_found(&d));
}

static void
earliest_first(void **state)
{
	struct order *o = order_new();
	struct pcapng_frame f = {.bytes = (const unsigned char *)"x", .n = 1};

	(void)state;
	for (int i = 0; i < 1000; i++) {
		f.at_us = i * 7919 % 1000 / 2;
		f.whole = (size_t)i;
		assert_true(order_wants(o));
		order_put(o, &f);
	}
	for (int i = 0, last = -1; i < 1000; i++) {
		assert_true(order_get(o, &f));
		assert_int_equal(f.at_us, i / 2);
		assert_int_equal(f.bytes[0], 'x');
		/* Those of one time in their order. */
		assert_true(i % 2 == 0 || (int)f.whole > last);
		last = (int)f.whole;
	}
	assert_false(order_get(o, &f));
	order_free(o);
}

/* No more is stored than the limits allow. */
static void
limits(void **state)
{
	static unsigned char big[ORDER_BYTES / 4];
	struct order *o = order_new();
	struct pcapng_frame f = {.bytes = big, .n = 1};

	(void)state;
	order_put(o, &f);
	f.at_us = ORDER_US;
	order_put(o, &f);
	assert_true(order_wants(o));
	f.at_us++;
	order_put(o, &f);
	assert_false(order_wants(o));
	assert_true(order_get(o, &f));
	assert_true(order_wants(o));
	f.bytes = big;
	f.at_us = ORDER_US;
	f.n = sizeof big;
	for (int i = 0; i < 4; i++) {
		assert_true(order_wants(o));
		order_put(o, &f);
	}
	assert_false(order_wants(o));
	order_free(o);
	o = order_new();
	f.n = 1;
	for (int i = 0; i < ORDER_MOST; i++) {
		assert_true(order_wants(o));
		order_put(o, &f);
	}
	assert_false(order_wants(o));
	order_free(o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(in_order, setup),
	    cmocka_unit_test_setup(two_interfaces, setup),
	    cmocka_unit_test_setup(clock_set_back, setup),
	    cmocka_unit_test_setup(clock_set_back_in_a_pause, setup),
	    cmocka_unit_test_setup(late_packets, setup),
	    cmocka_unit_test(earliest_first),
	    cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
