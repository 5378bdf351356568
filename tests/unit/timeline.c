/* SPDX-License-Identifier: ISC */
#include "timeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/*
 * Random logs, equal times included, and what must hold for whatever comes
 * out of them. Deterministic: a linear congruence, not rand().
 */
static uint32_t seed = 20261122;

static unsigned
dice(unsigned sides)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 16) % sides;
}

enum { EVENTS = 24, RUNS = 20000 };

struct log {
	struct call_event event[EVENTS];
	struct timeline_holder holder[EVENTS];
	struct timeline_setup setup;
	struct timeline_holder first;
};

static struct timeline_holder
random_holder(void)
{
	static const char *const names[] = {NULL, "A", "B"};

	return (struct timeline_holder){names[dice(3)], names[dice(3)],
	    dice(4) > 0, dice(2), dice(4) == 0, dice(4) == 0};
}

static void
make_log(struct log *log)
{
	static char agent[] = "bob";
	int64_t now = 0;

	*log = (struct log){.first = random_holder()};
	log->setup = (struct timeline_setup){
	    dice(2), dice(2), dice(2), dice(2), dice(2), dice(2)};
	for (int i = 0; i < EVENTS; i++) {
		struct call_event *e = &log->event[i];
		now += dice(4);
		*e = (struct call_event){.at_us = now,
		    .kind = (enum call_event_kind)dice(CALL_END),
		    .line = i + 1};
		if (i == 0)
			e->kind = CALL_ANSWER;
		if (i == EVENTS - 1)
			e->kind = CALL_END;
		/* A no ends all; one in some logs is enough. */
		e->consent = dice(40) == 0 ? CALL_DECLINED
			     : dice(2)     ? CALL_GRANTED
					   : CALL_NO_ANSWER;
		e->party = e->kind == CALL_JOIN
			       ? (enum call_party)(CALL_PARTY_THIRD + dice(2))
			       : (enum call_party)dice(CALL_PARTIES);
		if (dice(2))
			e->agent = agent;
		log->holder[i] = random_holder();
	}
}

static void
play(const struct log *log, struct timeline *t, int events)
{
	timeline_begin(t, &log->setup, &log->first);
	for (int i = 0; i < events; i++)
		timeline_feed(t, &log->event[i],
		    log->event[i].kind == CALL_TRANSFER ? &log->holder[i]
							: NULL);
}

static void
check_recordings(const struct log *log, const struct timeline *t)
{
	int64_t end = log->event[EVENTS - 1].at_us, before = 0;

	for (size_t i = 0; i < t->result.recordings; i++) {
		const struct plan_recording *r = &t->result.recording[i];
		int64_t at = r->start_us;

		assert_true(r->start_us >= before);
		assert_true(r->end_us > r->start_us);
		assert_true(r->end_us <= end);
		assert_true(r->start_us >= log->event[0].at_us);
		for (size_t k = 0; k < r->cuts; k++) {
			assert_true(r->cut[k].start_us >= at);
			assert_true(r->cut[k].end_us > r->cut[k].start_us);
			at = r->cut[k].end_us;
		}
		assert_true(at <= r->end_us);
		before = r->end_us;
	}
}

static bool
is_cut(const struct plan_recording *r, int64_t from, int64_t to)
{
	for (size_t k = 0; k < r->cuts; k++)
		if (r->cut[k].start_us <= from && r->cut[k].end_us >= to)
			return true;
	return false;
}

/* No kept microsecond lies in a payment, before consent, or after a no. */
static void
check_kept(const struct log *log, const struct timeline *t)
{
	bool paying = false, declined = false;

	for (int i = 0; i + 1 < EVENTS; i++) {
		const struct call_event *e = &log->event[i];
		int64_t from = e->at_us, to = log->event[i + 1].at_us;

		if (e->kind == CALL_PAYMENT_START)
			paying = true;
		if (e->kind == CALL_PAYMENT_END)
			paying = false;
		if (e->kind == CALL_CONSENT && e->consent == CALL_DECLINED)
			declined = true;
		for (size_t r = 0; r < t->result.recordings && to > from; r++) {
			const struct plan_recording *rec =
			    &t->result.recording[r];
			if (rec->start_us > from || rec->end_us < to || !paying)
				continue;
			assert_true(is_cut(rec, from, to));
		}
	}
	if (declined)
		assert_int_equal(t->result.recordings, 0);
}

/* What was answered to the events so far is never taken back. */
static void
check_live(const struct log *log, const struct timeline *whole)
{
	struct timeline part;
	int upto = 1 + (int)dice(EVENTS);

	play(log, &part, upto);
	assert_true(part.actions <= whole->actions);
	for (size_t i = 0; i < part.actions; i++)
		assert_memory_equal(&part.action[i].kind,
		    &whole->action[i].kind, sizeof part.action[i].kind);
	timeline_free(&part);
}

static void
random_logs_keep_the_rules(void **state)
{
	size_t recorded = 0, cut = 0;

	(void)state;
	for (int run = 0; run < RUNS; run++) {
		struct timeline t;
		struct log log;

		make_log(&log);
		play(&log, &t, EVENTS);
		check_recordings(&log, &t);
		check_kept(&log, &t);
		check_live(&log, &t);
		for (size_t i = 0; i < t.result.recordings; i++) {
			recorded++;
			cut += t.result.recording[i].cuts;
		}
		timeline_free(&t);
	}
	/* Else nothing was shown. */
	assert_true(recorded > RUNS / 2);
	assert_true(cut > RUNS / 20);
}

static void
segments_tile_what_is_recorded(void **state)
{
	(void)state;
	for (int run = 0; run < RUNS / 10; run++) {
		struct timeline one, many;
		struct log log;
		int64_t total[2] = {0, 0};

		make_log(&log);
		log.setup.drop_empty = false;
		log.setup.per_segment = false;
		play(&log, &one, EVENTS);
		log.setup.per_segment = true;
		play(&log, &many, EVENTS);
		for (size_t i = 0; i < one.result.recordings; i++)
			total[0] += one.result.recording[i].end_us -
				    one.result.recording[i].start_us;
		for (size_t i = 0; i < many.result.recordings; i++)
			total[1] += many.result.recording[i].end_us -
				    many.result.recording[i].start_us;
		assert_int_equal(total[0], total[1]);
		timeline_free(&one);
		timeline_free(&many);
	}
}

static void
time_does_not_run_backwards(void **state)
{
	static const struct timeline_setup setup = {0};
	static const struct timeline_holder holder = {.record = true};
	static const struct call_event events[] = {
	    {.at_us = 5, .kind = CALL_ANSWER}, {.at_us = 3, .kind = CALL_PAUSE},
	    {.at_us = 9, .kind = CALL_END}, {.at_us = 7, .kind = CALL_ANSWER}};
	struct timeline t;

	(void)state;
	timeline_begin(&t, &setup, &holder);
	for (size_t i = 0; i < sizeof events / sizeof *events; i++)
		timeline_feed(&t, &events[i], NULL);
	assert_int_equal(t.result.recordings, 1);
	assert_int_equal(t.result.recording[0].start_us, 5);
	assert_int_equal(t.result.recording[0].end_us, 9);
	assert_int_equal(t.actions, 2);
	timeline_free(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(random_logs_keep_the_rules),
	    cmocka_unit_test(segments_tile_what_is_recorded),
	    cmocka_unit_test(time_does_not_run_backwards),
	};

	return cmocka_run_group_tests_name("timeline", tests, NULL, NULL);
}
