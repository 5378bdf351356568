/* SPDX-License-Identifier: ISC */
#include "crm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "text.h"

static void
make(struct ticket *t, bool started)
{
	struct doc_section *s;
	struct ticket_file *f;

	*t = (struct ticket){0};
	s = doc_add_section(&t->call, "call", 0);
	doc_add(s, "id", "c1042", 0);
	if (started)
		doc_add(s, "started", "2026-11-22T10:00:00Z", 0);
	doc_add(s, "queue", "Billing", 0);
	doc_add(s, "zendesk_ticket", "35436", 0);
	doc_add(s, "remark", "two\nlines\x1b[1m", 0);
	f = ticket_add(t, "c1042-1.1.mp3");
	f->recording = f->recordings = f->part = f->parts = 1;
	f->start_us = 4900000;
	f->queue = text_dup("Sales");
	f->rate = 8000;
	f->samples = INT64_C(8000) * 3723;
	ticket_add_cut(f, 45000000, 61200000, "pause");
	ticket_add_cut(f, 120000000, 150500000, "payment");
}

static void
whole(void **state)
{
	struct ticket t;
	char *text;
	(void)state;

	make(&t, true);
	text = crm_note_text(&t, &t.file[0], "[m]", 65535);
	assert_string_equal(text,
	    "Call recording c1042, recording 1 of 1, part 1 of 1\n"
	    "Begins 2026-11-22T10:00:04Z, 1:02:03 long\n"
	    "Paused from 45.000 s to 61.200 s (2026-11-22T10:00:45Z to "
	    "2026-11-22T10:01:01Z): pause\n"
	    "Paused from 120.000 s to 150.500 s (2026-11-22T10:02:00Z to "
	    "2026-11-22T10:02:30Z): payment\n"
	    "queue: Sales\n"
	    "zendesk_ticket: 35436\n"
	    "remark: two lines [1m\n"
	    "[m]");
	free(text);
	ticket_free(&t);
	make(&t, false);
	text = crm_note_text(&t, &t.file[0], "[m]", 65535);
	assert_non_null(strstr(text, "\n1:02:03 long\nPaused from 45.000 s to "
				     "61.200 s: pause\n"));
	free(text);
	ticket_free(&t);
}

static void
never_too_long(void **state)
{
	struct ticket t;
	(void)state;

	make(&t, true);
	for (int i = 0; i < 300; i++)
		ticket_add_cut(
		    &t.file[0], 200000000 + i, 200000001 + i, "pause");
	for (size_t most = 3; most < 3000; most++) {
		char *text = crm_note_text(&t, &t.file[0], "[m]", most);
		size_t n = strlen(text);
		size_t told = 0;
		const char *more = strstr(text, "and ");

		assert_in_range(n, 3, most);
		assert_string_equal(text + n - 3, "[m]");
		for (char *p = text; (p = strstr(p, "Paused")); p++)
			told++;
		/* Every pause is listed or counted. */
		if (more)
			assert_int_equal(
			    told + strtoul(more + 4, NULL, 10), 302);
		else
			assert_int_equal(told, 0);
		free(text);
	}
	ticket_free(&t);
}

/* Each part has its own beginning, length and pauses. */
static void
parts(void **state)
{
	static const struct {
		int part, parts;
		int64_t first_s, length_s;
		bool tone;
		const char *begins, *paused;
	} table[] = {
	    /* Heard: 4.9 to 45, 61.2 to 120, 150.5 on; 98.9 s before 150.5. */
	    {1, 3, 0, 40, false, "10:00:04Z, 0:00:40", ""},
	    {2, 3, 40, 50, false, "10:00:44Z, 0:00:50", "45.000 "},
	    {3, 3, 90, 100, false, "10:01:51Z, 0:01:40", "120.000 "},
	    {1, 2, 0, 90, true, "10:00:04Z, 0:01:30", "45.000 "},
	    {2, 2, 150, 90, true, "10:02:34Z, 0:01:30", ""},
	    {2, 2, 120, 90, true, "10:02:04Z, 0:01:30", "120.000 "},
	    {1, 1, 0, 100, false, "10:00:04Z, 0:01:40", "45.000 120.000 "},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct ticket t;
		struct ticket_file *f;
		struct buf paused = {0};
		char *text;

		make(&t, true);
		f = &t.file[0];
		f->part = table[i].part;
		f->parts = table[i].parts;
		f->first_sample = table[i].first_s * 8000;
		f->samples = table[i].length_s * 8000;
		if (table[i].tone)
			doc_add(&f->extra, "redaction_style", "tone", 0);
		text = crm_note_text(&t, f, "[m]", 65535);
		buf_add(&paused, "", 0);
		for (char *p = text; (p = strstr(p, "Paused from ")); p++)
			buf_format(&paused, "%.*s ", (int)strcspn(p + 12, " "),
			    p + 12);
		print_message("part %d of %d: %s\n", f->part, f->parts, text);
		assert_non_null(strstr(text, table[i].begins));
		assert_string_equal(paused.s, table[i].paused);
		buf_free(&paused);
		free(text);
		ticket_free(&t);
	}
}

/* A cut at the end of a part is listed with that part. */
static void
a_cut_between_two_parts(void **state)
{
	static const char told[] = "Paused from 45.000 s to 61.200 s";
	const int64_t heard = INT64_C(401) * 800; /* 40.1 s: up to the pause */

	(void)state;
	for (int part = 1; part <= 2; part++) {
		struct ticket t;
		struct ticket_file *f;
		char *text;

		make(&t, true);
		f = &t.file[0];
		f->part = part;
		f->parts = 2;
		f->first_sample = part == 1 ? 0 : heard;
		f->samples = heard;
		text = crm_note_text(&t, f, "[m]", 65535);
		assert_int_equal(strstr(text, told) != NULL, part == 1);
		free(text);
		ticket_free(&t);
	}
}

static void
not_recorded_is_no_pause(void **state)
{
	struct ticket t;
	char *text;

	(void)state;
	make(&t, false);
	ticket_add_cut(&t.file[0], 200000000, 210000000, "queue-not-recorded");
	text = crm_note_text(&t, &t.file[0], "[m]", 65535);
	assert_non_null(strstr(text, "\nNot recorded from 200.000 s to 210.000 "
				     "s: queue-not-recorded\n"));
	free(text);
	ticket_free(&t);
}

/* A token is never sent to another machine in the clear. */
static void
who_may_be_asked(void **state)
{
	static const struct {
		const char *own, *url;
		bool may;
	} table[] = {
	    {"https://a.example", "https://b.example/x", true},
	    {"https://a.example", "http://a.example/x", false},
	    {"https://a.example", "ftp://a.example/x", false},
	    {"https://a.example", "https://u@b.example/x", false},
	    {"https://a.example", "https://b.example/x\r\ny", false},
	    {"http://127.0.0.1:80", "http://127.0.0.1:81/x", true},
	    {"http://127.0.0.1:80", "http://127.0.0.1/x", true},
	    {"http://127.0.0.1:80", "http://127.0.0.1", true},
	    {"http://127.0.0.1:80", "http://127.0.0.10/x", false},
	    {"http://127.0.0.1:80", "http://127.0.0.1.a.example/x", false},
	    {"http://localhost", "http://localhost.a.example/x", false},
	    {"http://localhost", "http://127.0.0.1/x", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		char own[40];
		struct crm c = {.web.url = own};

		(void)snprintf(own, sizeof own, "%s", table[i].own);
		print_message("%s: %s\n", own, table[i].url);
		assert_int_equal(crm_may_ask(&c, table[i].url), table[i].may);
	}
}

static void
marker(void **state)
{
	char *m = crm_note_marker("k", "a.mp3", UINT64_C(50000000));
	(void)state;

	assert_string_equal(m, "[rectools k a.mp3 50000000]");
	free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(whole),
	    cmocka_unit_test(never_too_long),
	    cmocka_unit_test(parts),
	    cmocka_unit_test(a_cut_between_two_parts),
	    cmocka_unit_test(not_recorded_is_no_pause),
	    cmocka_unit_test(who_may_be_asked),
	    cmocka_unit_test(marker),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
