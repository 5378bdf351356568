/* SPDX-License-Identifier: ISC */
#include "sending.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS INT64_C(1000)

static struct sending s;

static int
setup(void **state)
{
	(void)state;
	memset(&s, 0, sizeof s);
	return 0;
}

/* Sends packets of a length, from one time to another, in ms. A packet is sent
 * `after` percent of its length after its sound began, and `more` later. */
static void
send_packets(int from, int to, int length, int after, int more)
{
	for (int at = from; at + length <= to; at += length) {
		/* Jitter of up to 7 ms. */
		int jitter = at / length * 5 % 8;

		sending_take(
		    &s, &(struct sending_packet){
			    (at + length * after / 100 + jitter + more) * MS,
			    (uint32_t)at * 8 - 100000, 8000, length * 8,
			    length > 20 ? (length - 20) * MS : 0});
	}
}

static void
phones_wait(void **state)
{
	(void)state;
	send_packets(0, 6000, 20, 100, 0);
	send_packets(6000, 12000, 40, 100, 0);
	send_packets(12000, 18000, 60, 100, 0);
	assert_false(sending_is_at_once(&s));
	assert_int_equal(s.spoken, 2);
	assert_int_equal(s.at_once, 0);
}

static void
others_do_not(void **state)
{
	(void)state;
	send_packets(0, 6000, 20, 0, 0);
	send_packets(6000, 12000, 40, 0, 0);
	send_packets(12000, 18000, 60, 0, 0);
	send_packets(18000, 24000, 20, 0, 0);
	assert_true(sending_is_at_once(&s));
	assert_int_equal(s.at_once, 3);
	assert_int_equal(s.spoken, 0);
}

/* The first ten packets do not decide, nor does a length that hardly differs. */
static void
too_little(void **state)
{
	(void)state;
	send_packets(0, 180, 20, 0, 0);
	send_packets(180, 6180, 60, 0, 0);
	assert_int_equal(s.at_once + s.spoken, 0);
	send_packets(6180, 12180, 65, 0, 0);
	assert_int_equal(s.at_once + s.spoken, 0);
	send_packets(12180, 12500, 20, 0, 0);
	assert_int_equal(s.at_once + s.spoken, 0);
}

/* A clock that stopped during a hold, where the length changes, tells nothing. */
static void
a_hold(void **state)
{
	(void)state;
	send_packets(0, 6000, 20, 100, 0);
	send_packets(6000, 12000, 60, 100, 3000);
	assert_int_equal(s.at_once + s.spoken, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(phones_wait, setup),
	    cmocka_unit_test_setup(others_do_not, setup),
	    cmocka_unit_test_setup(too_little, setup),
	    cmocka_unit_test_setup(a_hold, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
