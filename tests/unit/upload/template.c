/* SPDX-License-Identifier: ISC */
#include "template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "text.h"

static void
patterns_are_checked(void **state)
{
	static const struct {
		const char *pattern, *why; /* NULL: fine */
	} table[] = {
	    {"{file}", NULL},
	    {"{date}/{queue}/{id}-{recording}.{part}.mp3", NULL},
	    {"x/{call:zendesk_ticket}/{file}", NULL},
	    {"{id}-{recording}.mp3", "needs {file}"},
	    {"all.mp3", "needs {file}"},
	    {"", "needs {file}"},
	    {"{fille}", "did you mean {file}?"},
	    {"{local_date}/{local_time}-{file}", NULL},
	    {"{local_dates}{file}", "did you mean {local_date}?"},
	    {"{local_queue}{file}", "unknown field {local_queue}"},
	    {"{zebra}{file}", "unknown field {zebra}"},
	    {"{call:}{file}", "unknown field {call:}"},
	    {"{}{file}", "unknown field {}"},
	    {"{file", "only [A-Za-z0-9._-]"},
	    {"a b{file}", "only [A-Za-z0-9._-]"},
	    {"{file}?x", "only [A-Za-z0-9._-]"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct why why = {0};
		int status = template_check(table[i].pattern, &why);

		print_message("%s\n", table[i].pattern);
		assert_int_equal(status, table[i].why ? -1 : 0);
		if (table[i].why)
			assert_non_null(strstr(why.text, table[i].why));
	}
}

static void
check_as(struct ticket *t, struct template_how how, const char *pattern,
    const char *wanted)
{
	struct why why;
	char *got = template_name(pattern, &how, t, &t->file[0], &why);

	print_message("%s\n", pattern);
	if (!wanted) {
		assert_null(got);
		return;
	}
	assert_non_null(got);
	assert_string_equal(got, wanted);
	free(got);
}

static void
check_name(struct ticket *t, const char *pattern, const char *wanted)
{
	check_as(t, (struct template_how){0}, pattern, wanted);
}

static void
names_are_made(void **state)
{
	struct ticket t = {0};
	struct doc_section *s = doc_add_section(&t.call, "call", 0);
	struct ticket_file *f = ticket_add(&t, "c1-02.mp3");

	(void)state;
	doc_add(s, "id", "c1", 0);
	doc_add(s, "started", "2026-11-22T23:59:00Z", 0);
	doc_add(s, "queue", "Sales", 0);
	doc_add(s, "ticket", "../..//.ssh/k\xc3\xa9y", 0);
	f->recording = 2;
	f->recordings = 12;
	f->part = 3;
	f->parts = 3;
	f->start_us = INT64_C(60000000);
	f->queue = text_dup("/Billing//Disputes & co/");
	check_name(&t, "{date}/{time}/{file}", "2026-11-23/000000/c1-02.mp3");
	check_name(&t, "{id}-{recording}.{part}", "c1-02.3");
	check_name(&t, "{recordings}{parts}{file}", "123c1-02.mp3");
	check_name(
	    &t, "{queue}/{file}", "Billing/Disputes___co-5d9196f0/c1-02.mp3");
	check_name(&t, "{agent}/{file}", "none/c1-02.mp3");
	check_name(&t, "{call:ticket}/{file}",
	    "_.-5ec1f7e7/_.-5ec1f7e7/_ssh-9a964bc3/key-164af2ef/c1-02.mp3");
	check_name(&t, "/{file}/", "c1-02.mp3");
	ticket_free(&t);
}

/* A recording that begins 30 s after its call. */
static void
local_times_are_those_of_the_zone(void **state)
{
	static const struct {
		const char *zone, *started, *name;
	} table[] = {
	    {"Europe/Berlin", "2026-11-22T22:59:29Z", "2026-11-22_235959"},
	    {"Europe/Berlin", "2026-11-22T22:59:30Z", "2026-11-23_000000"},
	    {"Europe/Berlin", "2026-07-01T21:59:30Z", "2026-07-02_000000"},
	    {"America/New_York", "2027-01-01T04:59:29Z", "2026-12-31_235959"},
	    /* The hour that comes twice, and the one that never comes. */
	    {"Europe/Berlin", "2026-10-25T00:29:30Z", "2026-10-25_023000"},
	    {"Europe/Berlin", "2026-10-25T01:29:30Z", "2026-10-25_023000"},
	    {"Europe/Berlin", "2026-03-29T00:59:30Z", "2026-03-29_030000"},
	    {"UTC", "2026-11-22T22:59:30Z", "2026-11-22_230000"},
	    {"UTC", "soon", "none_none"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct why why = {0};
		struct zone *zone = zone_open(table[i].zone, &why);
		struct template_how how = {.zone = zone};
		struct ticket t = {0};
		struct doc_section *s = doc_add_section(&t.call, "call", 0);

		assert_non_null(zone);
		ticket_add(&t, "x")->start_us = INT64_C(30000000);
		doc_add(s, "started", table[i].started, 0);
		check_as(&t, how, "{local_date}_{local_time}", table[i].name);
		check_as(&t, how, "{date}{file}",
		    strcmp(table[i].started, "soon") == 0       ? "nonex"
		    : strncmp(table[i].started, "2027", 4) == 0 ? "2027-01-01x"
		    : i < 2 || i == 7                           ? "2026-11-22x"
		    : i == 2                                    ? "2026-07-01x"
		    : i < 6                                     ? "2026-10-25x"
			    : "2026-03-29x");
		ticket_free(&t);
		zone_free(zone);
	}
	assert_true(template_is_local("{local_date}/{file}"));
	assert_true(template_is_local("x/{local_time}{file}"));
	assert_false(template_is_local("{date}{time}{file}"));
}

/* The digits are those of sha256sum(1), of the text in normal form C. */
static void
different_facts_stay_different(void **state)
{
	static const struct {
		const char *queue, *plain, *yes, *no, *utf8;
	} table[] = {
	    /* plain: without a slash after it */
	    {"Billing/Disputes", "Billing/Disputes", "Billing/Disputes",
		"Billing/Disputes", "Billing/Disputes"},
	    {"B\xc3\xbcro", "Buro-96eecebc", "Buro-96eecebc", "Buro",
		"B\xc3\xbcro"},
	    {"Bu\xcc\x88ro", "Buro-96eecebc", "Buro-96eecebc", "Buro",
		"B\xc3\xbcro"},
	    {"B\xc3\xa4ro", "Baro-3a04233f", "Baro-3a04233f", "Baro",
		"B\xc3\xa4ro"},
	    {"B__ro", "B__ro", "B__ro", "B__ro", "B__ro"},
	    {"A b/C d", "A_b-a760b0e1/C_d", "A_b-a760b0e1/C_d-9f661e14",
		"A_b/C_d", "A_b-a760b0e1/C_d-9f661e14"},
	    {"/A b//", "A_b", "A_b-a760b0e1", "A_b", "A_b-a760b0e1"},
	    {"../..", "_.-5ec1f7e7/_.", "_.-5ec1f7e7/_.-5ec1f7e7", "_./_.",
		"__-5ec1f7e7/__-5ec1f7e7"},
	    {".ssh", "_ssh", "_ssh-9a964bc3", "_ssh", "_ssh-9a964bc3"},
	    {"a.b", "a.b", "a.b", "a.b", "a.b"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct template_how how = {0};
		struct ticket t = {0};

		/* The name of the file keeps its suffix. */
		ticket_add(&t, "x y.mp3")->queue = text_dup(table[i].queue);
		check_as(&t, how, "{queue}", table[i].plain);
		how.distinct = DISTINCT_NO;
		check_as(&t, how, "{queue}", table[i].no);
		how.distinct = DISTINCT_YES;
		check_as(&t, how, "{file}", "x_y.mp3");
		check_as(&t, how, "{queue}", table[i].yes);
		check_as(&t, how, "{agent}", "none");
		how = (struct template_how){.utf8 = true};
		check_as(&t, how, "{queue}", table[i].utf8);
		check_as(&t, how, "{file}", "x_y.mp3");
		ticket_free(&t);
	}
}

/* After the last slash a sign of ASCII changes nothing: the id is there. */
static void
folders_stay_different(void **state)
{
	static const struct {
		const char *pattern, *name;
	} table[] = {
	    {"{queue}/{agent}.{file}", "A_b-a760b0e1/C_d-9f661e14/a_b.x.mp3"},
	    {"{agent}{queue}{file}", "a_b-c8687a08A_b-a760b0e1/C_dx.mp3"},
	    {"{agent}-{call:from}/{file}", "a_b-c8687a08-_49-275cca81/x.mp3"},
	    {"{call:from}-{agent}.{file}", "_49-a_b.x.mp3"},
	    {"//{agent}//{agent}{file}/", "a_b-c8687a08/a_bx.mp3"},
	    {"{call:town}/{agent}.{file}", "Koln-430b4fc5/a_b.x.mp3"},
	    {"{agent}/{call:town}.{file}", "a_b-c8687a08/Koln-430b4fc5.x.mp3"},
	    {"{call:plus}/{agent}{file}", "a_b/a_bx.mp3"},
	};
	struct ticket t = {0};
	struct doc_section *s = doc_add_section(&t.call, "call", 0);
	struct ticket_file *f = ticket_add(&t, "x.mp3");

	(void)state;
	f->queue = text_dup("A b/C d");
	f->agent = text_dup("a b");
	doc_add(s, "from", "+49", 0);
	doc_add(s, "town", "K\xc3\xb6ln", 0);
	doc_add(s, "plus", "a_b", 0);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		check_name(&t, table[i].pattern, table[i].name);
	ticket_free(&t);
}

static void
files_keep_their_ends(void **state)
{
	struct template_how how = {0};
	struct ticket t = {0};

	(void)state;
	ticket_add(&t, "M\xc3\xbcller.1.mp3");
	check_as(&t, how, "{file}", "Muller.1-51b93da9.mp3");
	how.utf8 = true;
	check_as(&t, how, "{file}", "M\xc3\xbcller.1.mp3");
	how.distinct = DISTINCT_NO;
	how.utf8 = false;
	check_as(&t, how, "{file}", "Muller.1.mp3");
	ticket_free(&t);
}

/* What is uploaded already is found by the name that it got. */
static void
former_names_are_known(void **state)
{
	static const struct {
		const char *queue, *plain, *yes;
	} table[] = {
	    {"Billing", "Billing", "Billing"},
	    {"B\xc3\xbcro", "B__ro", "B__ro-96eecebc"},
	    {"A b", "A_b", "A_b-a760b0e1"},
	    {"../..", "_./_.", "_.-5ec1f7e7/_.-5ec1f7e7"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct template_how how = {.utf8 = true};
		struct ticket t = {0};
		char *name;

		ticket_add(&t, "x.mp3")->queue = text_dup(table[i].queue);
		name = template_former("{queue}", &how, &t, &t.file[0]);
		assert_string_equal(name, table[i].plain);
		free(name);
		how.distinct = DISTINCT_YES;
		name = template_former("{queue}", &how, &t, &t.file[0]);
		assert_string_equal(name, table[i].yes);
		free(name);
		ticket_free(&t);
	}
}

static void
names_have_a_limit(void **state)
{
	struct ticket t = {0};
	struct doc_section *s = doc_add_section(&t.call, "call", 0);
	char text[TEMPLATE_NAME_MAX + 1];

	(void)state;
	ticket_add(&t, "x");
	memset(text, 'a', sizeof text);
	text[TEMPLATE_NAME_MAX] = '\0';
	for (size_t i = 200; i < TEMPLATE_NAME_MAX; i += 200)
		text[i] = '/';
	doc_add(s, "long", text, 0);
	check_name(&t, "{call:long}", text);
	check_name(&t, "{call:long}{file}", NULL);
	doc_set(s, "long", "///");
	check_name(&t, "{call:long}", NULL);
	ticket_free(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(patterns_are_checked),
	    cmocka_unit_test(names_are_made),
	    cmocka_unit_test(local_times_are_those_of_the_zone),
	    cmocka_unit_test(different_facts_stay_different),
	    cmocka_unit_test(folders_stay_different),
	    cmocka_unit_test(files_keep_their_ends),
	    cmocka_unit_test(former_names_are_known),
	    cmocka_unit_test(names_have_a_limit),
	};

	return cmocka_run_group_tests_name("template", tests, NULL, NULL);
}
