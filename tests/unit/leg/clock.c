/* SPDX-License-Identifier: ISC */
#include "clock.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define MS INT64_C(1000)

/* A sender at 8000 Hz; lag is by how much its packets arrive late. */
struct sender {
	struct clock clock;
	struct clock_cursor cursor;
	int64_t sent_us, lag_us;
};

static uint32_t
stamp(int64_t us)
{
	return (uint32_t)(us / 125);
}

static void
begin(struct sender *s)
{
	memset(s, 0, sizeof *s);
	clock_begin(&s->clock, 8000);
}

static void
send_packets(struct sender *s, int count, int64_t every_us)
{
	for (; count > 0; count--, s->sent_us += every_us)
		clock_add(&s->clock, stamp(s->sent_us), s->sent_us + s->lag_us);
}

static void
expect_place(struct sender *s, int64_t sent_us, int64_t lag_us, size_t run)
{
	struct clock_place place;

	assert_true(clock_place(&s->clock, &s->cursor, stamp(sent_us),
	    sent_us + lag_us, false, &place));
	assert_int_equal(place.run, run);
	assert_true(fabs(place.at_us - (double)(sent_us + lag_us)) < 1000);
}

/* The packets that show a step are the first ones behind it. */
static void
step_just_before_the_end(void **state)
{
	struct sender s;
	int64_t step_us;

	(void)state;
	begin(&s);
	send_packets(&s, 250, 20 * MS);
	step_us = s.sent_us;
	s.lag_us = 100 * MS;
	send_packets(&s, 25, 60 * MS);
	assert_int_equal(s.clock.runs, 2);
	assert_int_equal(s.clock.run[1].from, stamp(step_us));
	clock_fit(&s.clock);
	expect_place(&s, 0, 0, 0);
	expect_place(&s, step_us - 20 * MS, 0, 0);
	expect_place(&s, step_us, 100 * MS, 1);
	expect_place(&s, s.sent_us - 60 * MS, 100 * MS, 1);
	clock_free(&s.clock);
}

/* So many packets that are too early are a step, one less is none. */
static void
early_packets(void **state)
{
	(void)state;
	for (int count = 11; count <= 12; count++) {
		struct sender s;

		begin(&s);
		/* The last window has room for all of them. */
		send_packets(&s, 240, 20 * MS);
		s.lag_us = -100 * MS;
		send_packets(&s, count, 100 * MS);
		assert_int_equal(s.clock.runs, count == 12 ? 2 : 1);
		clock_free(&s.clock);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(step_just_before_the_end),
	    cmocka_unit_test(early_packets)};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
