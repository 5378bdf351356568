/* SPDX-License-Identifier: ISC */
#include "keep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "when.h"

static int64_t
at(const char *text)
{
	int64_t us = -1;

	assert_int_equal(when_parse(text, &us), 0);
	return us;
}

static void
times_are_read(void **state)
{
	static const struct {
		const char *text;
		int64_t count; /* 0: refused */
		char unit;
	} table[] = {
	    {"7y", 7, 'y'},
	    {"90d", 90, 'd'},
	    {"90", 90, 'd'},
	    {"9", 9, 'd'},
	    {"36h", 36, 'h'},
	    {"100y", 100, 'y'},
	    {"101y", 0, 0},
	    {"36500d", 36500, 'd'},
	    {"36501d", 0, 0},
	    {"876001h", 0, 0},
	    {"0y", 0, 0},
	    {"-1d", 0, 0},
	    {"", 0, 0},
	    {"y", 0, 0},
	    {"7 y", 0, 0},
	    {"7years", 0, 0},
	    {"7m", 0, 0},
	    {"1.5y", 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct keep_rule r = {0};

		print_message("'%s'\n", table[i].text);
		assert_int_equal(
		    keep_parse(table[i].text, &r), table[i].count ? 0 : -1);
		if (table[i].count == 0)
			continue;
		assert_int_equal(r.count, table[i].count);
		assert_int_equal(r.unit, table[i].unit);
	}
}

static void
years_are_calendar_years(void **state)
{
	static const struct {
		const char *rule, *from, *end;
	} table[] = {
	    {"7y", "2026-11-22T10:05:00Z", "2033-11-22T10:05:00Z"},
	    {"1y", "2028-02-29T23:59:59Z", "2029-03-01T23:59:59Z"},
	    {"4y", "2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"},
	    {"100y", "2026-11-22T10:05:00Z", "2126-11-22T10:05:00Z"},
	    {"90d", "2026-11-22T10:05:00Z", "2027-02-20T10:05:00Z"},
	    {"36h", "2026-11-22T10:05:00Z", "2026-11-23T22:05:00Z"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct keep_rule r = {0};
		char text[WHEN_SIZE];

		assert_int_equal(keep_parse(table[i].rule, &r), 0);
		print_message("%s %s\n", table[i].rule, table[i].from);
		assert_string_equal(
		    when_text(keep_until(&r, at(table[i].from)), text),
		    table[i].end);
	}
}

/* A call of 10:00:00: two recordings, of which the first has two parts. */
static struct ticket
a_call(void)
{
	struct ticket t = {0};
	struct doc_section *call = doc_add_section(&t.call, "call", 0);
	struct ticket_file *f;

	doc_add(call, "started", "2026-11-22T11:00:00+01:00", 0);
	for (int part = 0; part < 2; part++) {
		f = ticket_add(&t, part ? "b.mp3" : "a.mp3");
		f->start_us = 5 * INT64_C(1000000);
		f->rate = 8000;
		f->first_sample = part * 8000 * 60;
		f->samples = 8000 * 60;
	}
	return t;
}

static void
the_end_is_that_of_the_last_recording(void **state)
{
	struct ticket t = a_call();
	struct ticket_file *f;

	(void)state;
	assert_int_equal(keep_call_end(&t), at("2026-11-22T10:02:05Z"));
	/* Cuts count for the length of the call. */
	ticket_add_cut(&t.file[1], 10000000, 40000000, "payment");
	assert_int_equal(keep_call_end(&t), at("2026-11-22T10:02:35Z"));
	/* But not where a tone is in its place; recmix puts it into each cut. */
	doc_add(&t.file[1].extra, "redaction_style", "tone", 0);
	assert_int_equal(keep_call_end(&t), at("2026-11-22T10:02:05Z"));
	ticket_add_cut(&t.file[1], 50000000, 60000000, "queue-not-recorded");
	assert_int_equal(keep_call_end(&t), at("2026-11-22T10:02:05Z"));
	f = ticket_add(&t, "c.mp3");
	f->start_us = 600 * INT64_C(1000000);
	f->rate = 16000;
	f->samples = 16000;
	assert_int_equal(keep_call_end(&t), at("2026-11-22T10:10:01Z"));
	ticket_free(&t);
	assert_int_equal(keep_call_end(&t), -1);
	assert_int_equal(keep_call_end(NULL), -1);
}

/* A ticket may contain anything. */
static void
no_ticket_makes_it_overflow(void **state)
{
	struct ticket t = a_call();

	(void)state;
	t.file[0].rate = 1;
	t.file[0].samples = t.file[0].first_sample = INT64_MAX;
	assert_int_equal(keep_call_end(&t), at("2026-11-22T10:02:05Z"));
	t.file[0].samples = (INT64_C(1) << 40) - 1;
	t.file[0].first_sample = (INT64_C(1) << 40) - 1;
	assert_true(keep_call_end(&t) > at("2026-11-22T10:02:05Z"));
	ticket_free(&t);
}

static void
only_what_is_to_come_is_asked_for(void **state)
{
	struct keep_rule r = {
	    .count = 1, .unit = 'd', .compliance = true, .hold = true};
	struct ticket t = a_call();
	struct keep k = keep_for(&r, &t, 0, at("2026-11-22T12:00:00Z"));

	(void)state;
	assert_int_equal(k.until_us, at("2026-11-23T10:02:05Z"));
	assert_true(k.compliance && k.hold);
	k = keep_for(&r, &t, 0, at("2026-11-23T10:01:04Z"));
	assert_int_equal(k.until_us, at("2026-11-23T10:02:05Z"));
	k = keep_for(&r, &t, 0, at("2026-11-23T10:01:06Z"));
	assert_int_equal(k.until_us, 0);
	assert_true(k.hold && !k.compliance);
	/* By hand, without a ticket; never a fraction less. */
	k = keep_for(&r, NULL, at("2026-11-22T10:00:00Z") + 1, 0);
	assert_int_equal(k.until_us, at("2026-11-23T10:00:01Z"));
	r = (struct keep_rule){0};
	assert_false(keep_is_set(&r));
	k = keep_for(&r, &t, 0, 0);
	assert_true(k.until_us == 0 && !k.hold && !k.compliance);
	ticket_free(&t);
}

static void
it_is_told_in_words(void **state)
{
	static const struct {
		struct keep_rule rule;
		const char *text;
	} table[] = {
	    {{7, 'y', false, false}, "7 years, governance"},
	    {{90, 'd', true, true}, "90 days, compliance; legal hold"},
	    {{1, 'h', false, false}, "1 hour, governance"},
	    {{0, 0, false, true}, "legal hold"},
	    {{0, 0, false, false}, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		char *text = keep_text(&table[i].rule);

		assert_string_equal(text, table[i].text);
		free(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(times_are_read),
	    cmocka_unit_test(years_are_calendar_years),
	    cmocka_unit_test(the_end_is_that_of_the_last_recording),
	    cmocka_unit_test(no_ticket_makes_it_overflow),
	    cmocka_unit_test(only_what_is_to_come_is_asked_for),
	    cmocka_unit_test(it_is_told_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
