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

	return (struct timeline_holder){.queue = names[dice(3)],
	    .agent = names[dice(3)],
	    .record = dice(4) > 0,
	    .redaction = dice(2),
	    .play = dice(4) == 0,
	    .ask = dice(4) == 0,
	    .third_play = dice(4) == 0,
	    .third_ask = dice(4) == 0,
	    .missing = dice(20) == 0,
	    .record_anyway = dice(2),
	    .message = {"in.wav", "ask.wav", "third.wav", "m/ask3.wav"}};
}

static void
make_log(struct log *log)
{
	static char agent[] = "bob";
	static char files[][16] = {
	    "in.wav", "m/ask.wav", "third.wav", "ask3.wav", "other.wav"};
	int64_t now = 0;

	*log = (struct log){.first = random_holder()};
	log->setup = (struct timeline_setup){.per_segment = dice(2),
	    .wait_announced = dice(2),
	    .no_customer = dice(4) == 0,
	    .after_customer = dice(2),
	    .with_third = dice(2),
	    .with_emergency = dice(2),
	    .drop_empty = dice(2)};
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
		/* A refusal ends everything; one in some logs is enough. */
		e->consent = dice(40) == 0 ? CALL_DECLINED
			     : dice(2)     ? CALL_GRANTED
					   : CALL_NO_ANSWER;
		e->party = e->kind == CALL_JOIN
			       ? (enum call_party)(CALL_PARTY_THIRD + dice(2))
			   : e->kind == CALL_LEAVE
			       ? (enum call_party)dice(CALL_PARTIES)
			   : dice(4) ? CALL_PARTY_CUSTOMER
				     : CALL_PARTY_THIRD;
		e->file = files[dice(5)];
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

/* One gap for each reason, however many events come meanwhile. */
static void
check_gaps(const struct timeline *t)
{
	for (size_t i = 1; i < t->gaps; i++)
		assert_int_not_equal(t->gap[i].bar, t->gap[i - 1].bar);
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

/* What the log allows, computed from the log and not from the state machine. */
struct allowed {
	bool answered, granted, paused, paying;
	bool announced, failed; /* the message that tells of the recording */
	int third;
	bool third_granted;
	struct timeline_holder holder;
};

static void
follow(struct allowed *a, const struct log *log, int i)
{
	const struct call_event *e = &log->event[i];

	if (e->kind == CALL_ANSWER)
		a->answered = true;
	if (e->kind == CALL_CONSENT && e->party == CALL_PARTY_THIRD)
		a->third_granted = e->consent == CALL_GRANTED;
	else if (e->kind == CALL_CONSENT && e->consent == CALL_GRANTED)
		a->granted = true;
	if (e->kind == CALL_ANNOUNCED && e->party == CALL_PARTY_CUSTOMER)
		a->announced = true;
	if (e->kind == CALL_MESSAGE_FAILED &&
	    (strcmp(e->file, "in.wav") == 0 || e->file[0] == 'o'))
		a->failed = true;
	if (e->party == CALL_PARTY_THIRD && e->kind == CALL_JOIN) {
		a->third++;
		a->third_granted = false;
	}
	if (e->party == CALL_PARTY_THIRD && e->kind == CALL_LEAVE &&
	    a->third > 0)
		a->third--;
	if (e->kind == CALL_PAYMENT_START || e->kind == CALL_PAYMENT_END)
		a->paying = e->kind == CALL_PAYMENT_START;
	if (e->kind == CALL_PAUSE && a->holder.redaction)
		a->paused = true;
	if (e->kind == CALL_TRANSFER)
		a->holder = log->holder[i];
	if (e->kind == CALL_RESUME || !a->holder.redaction)
		a->paused = false;
}

enum { NOTHING, KEPT, CUT, SPAN = EVENTS * 4 };

/* The result for each microsecond of the call. */
static void
spread(const struct timeline *t, char what[SPAN])
{
	memset(what, NOTHING, SPAN);
	for (size_t i = 0; i < t->result.recordings; i++) {
		const struct plan_recording *r = &t->result.recording[i];
		for (int64_t us = r->start_us; us < r->end_us; us++) {
			assert_int_equal(what[us], NOTHING);
			what[us] = KEPT;
		}
		for (size_t k = 0; k < r->cuts; k++) {
			bool redacted = plan_is_redaction(r->cut[k].reason);

			assert_true(redacted || !t->setup.per_segment);
			for (int64_t us = r->cut[k].start_us;
			     us < r->cut[k].end_us; us++) {
				assert_int_equal(what[us], KEPT);
				what[us] = redacted ? CUT : NOTHING;
			}
		}
	}
}

/*
 * No kept microsecond lies in a pause or a payment, before the answer, before
 * consent where it is asked, in a queue that does not record, behind the end
 * or in a call that said no; and cut is only what was paused or paid.
 */
static size_t
check_kept(const struct log *log, const struct timeline *t)
{
	const struct timeline_setup *setup = &log->setup;
	struct allowed a = {.holder = log->first,
	    .third = setup->no_customer,
	    .third_granted = true};
	char what[SPAN];
	bool declined = false;
	size_t kept = 0;

	spread(t, what);
	for (int i = 0; i < EVENTS; i++) {
		int64_t to = i + 1 < EVENTS ? log->event[i + 1].at_us : SPAN;

		follow(&a, log, i);
		for (int64_t us = log->event[i].at_us; us < to; us++) {
			if (what[us] == CUT)
				assert_true(a.paused || a.paying);
			if (what[us] != KEPT)
				continue;
			kept++;
			assert_true(i + 1 < EVENTS);
			assert_false(a.paused || a.paying);
			assert_true(a.answered && a.holder.record);
			assert_true(a.granted || !a.holder.ask);
			assert_false(a.holder.missing);
			assert_true(!a.holder.play || !setup->wait_announced ||
				    a.announced ||
				    (a.failed && a.holder.record_anyway));
			assert_true(!a.holder.third_ask || a.third == 0 ||
				    a.third_granted);
		}
		if (log->event[i].kind == CALL_CONSENT &&
		    log->event[i].party == CALL_PARTY_CUSTOMER &&
		    log->event[i].consent == CALL_DECLINED)
			declined = true;
	}
	for (int64_t us = 0; us < log->event[0].at_us; us++)
		assert_int_equal(what[us], NOTHING);
	if (declined)
		assert_int_equal(kept, 0);
	return kept;
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
	size_t recorded = 0, cut = 0, kept = 0;

	(void)state;
	for (int run = 0; run < RUNS; run++) {
		struct timeline t;
		struct log log;

		make_log(&log);
		play(&log, &t, EVENTS);
		check_recordings(&log, &t);
		check_gaps(&t);
		kept += check_kept(&log, &t);
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
	assert_true(kept > RUNS);
}

/*
 * With segments or without, the same microseconds are kept and the same ones
 * cut, and without there is one file; segments meet where a transfer was and nowhere else.
 */
static void
segments_tile_what_is_kept(void **state)
{
	size_t met = 0;

	(void)state;
	for (int run = 0; run < RUNS; run++) {
		struct timeline one, many;
		char of_one[SPAN], of_many[SPAN];
		struct log log;

		make_log(&log);
		log.setup.drop_empty = false;
		log.setup.per_segment = false;
		play(&log, &one, EVENTS);
		assert_true(one.result.recordings <= 1);
		log.setup.per_segment = true;
		play(&log, &many, EVENTS);
		spread(&one, of_one);
		spread(&many, of_many);
		assert_memory_equal(of_one, of_many, SPAN);
		for (size_t i = 1; i < many.result.recordings; i++) {
			int64_t at = many.result.recording[i].start_us;
			bool moved = false;

			if (many.result.recording[i - 1].end_us != at)
				continue;
			met++;
			for (int k = 0; k < EVENTS; k++)
				moved = moved || log.event[k].at_us == at;
			assert_true(moved);
		}
		timeline_free(&one);
		timeline_free(&many);
	}
	assert_true(met > RUNS / 20);
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

/* A recorder that is paused stays paused in a new segment, and is told once. */
static void
a_pause_goes_on_in_a_new_segment(void **state)
{
	static const struct timeline_setup setup = {.per_segment = true};
	static const struct timeline_holder a = {
	    .queue = "A", .record = true, .redaction = true};
	static const struct timeline_holder b = {
	    .queue = "B", .record = true, .redaction = true};
	static const struct call_event events[] = {
	    {.at_us = 1, .kind = CALL_ANSWER}, {.at_us = 3, .kind = CALL_PAUSE},
	    {.at_us = 5, .kind = CALL_TRANSFER},
	    {.at_us = 7, .kind = CALL_RESUME}, {.at_us = 9, .kind = CALL_END}};
	static const struct {
		int64_t at_us;
		enum timeline_kind kind;
	} want[] = {{1, TIMELINE_START}, {3, TIMELINE_PAUSE},
	    {5, TIMELINE_NEW_SEGMENT}, {7, TIMELINE_RESUME},
	    {9, TIMELINE_STOP}};
	struct timeline t;

	(void)state;
	timeline_begin(&t, &setup, &a);
	for (size_t i = 0; i < sizeof events / sizeof *events; i++)
		timeline_feed(&t, &events[i],
		    events[i].kind == CALL_TRANSFER ? &b : NULL);
	assert_int_equal(t.actions, sizeof want / sizeof *want);
	for (size_t i = 0; i < t.actions; i++) {
		assert_int_equal(t.action[i].at_us, want[i].at_us);
		assert_int_equal(t.action[i].kind, want[i].kind);
	}
	assert_int_equal(t.result.recordings, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct plan_recording *r = &t.result.recording[i];

		assert_int_equal(r->cuts, 1);
		assert_int_equal(r->cut[0].start_us, i ? 5 : 3);
		assert_int_equal(r->cut[0].end_us, i ? 7 : 5);
		assert_string_equal(r->cut[0].reason, "pause");
	}
	timeline_free(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(random_logs_keep_the_rules),
	    cmocka_unit_test(segments_tile_what_is_kept),
	    cmocka_unit_test(time_does_not_run_backwards),
	    cmocka_unit_test(a_pause_goes_on_in_a_new_segment),
	};

	return cmocka_run_group_tests_name("timeline", tests, NULL, NULL);
}
