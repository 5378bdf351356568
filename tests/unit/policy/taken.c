/* SPDX-License-Identifier: ISC */
#include "taken.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ini.h"
#include "text.h"

static char top[] = "/tmp/rectools-taken.XXXXXX";
static int dir = -1;
static struct why why;

static int
set_up(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(top));
	dir = open(top, O_RDONLY | O_DIRECTORY);
	assert_true(dir >= 0);
	return 0;
}

static int
tear_down(void **state)
{
	char *command = text_format("rm -rf %s", top);

	(void)state;
	(void)close(dir);
	assert_int_equal(system(command), 0);
	free(command);
	return 0;
}

static void
put(const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	(void)close(fd);
}

static void
read_doc(struct doc *doc, const char *text)
{
	char *copy = text_dup(text);
	FILE *file = fmemopen(copy, strlen(copy), "r");

	if (ini_read_stream(doc, file, "unit", &why) != 0)
		fail_msg("%s", why.text);
	(void)fclose(file);
	free(copy);
}

#define FACTS "[call]\nid = c1\ntype = queue\nqueue = A\nagent = ann\n"
#define LEGS  "[leg customer]\nfile = a\n[leg agent]\nfile = b\n"
#define PLAN  "[plan]\nrecord = yes\nreason = x\nchannels = 2\n"
#define NO    "[plan]\nrecord = no\nreason = x\nchannels = 2\n"
#define ONE   "[recording 1]\nstart = 1\nend = 20\nqueue = A\nagent = ann\n"
#define ENDS  "[events]\n0 = answer\n20 = end\n"

/* The later report: the call's facts, its plan, its events. */
static const struct row {
	const char *label;
	const char *was; /* recordings of the plan that was taken */
	const char *facts, *plan, *events;
	enum taken_kind kind;
	const char *text;
} rows[] = {
    {"the same", ONE, FACTS, PLAN ONE, ENDS, TAKEN_SAME, ""},
    {"a hold, for people", ONE, FACTS, PLAN ONE,
	"[events]\n0 = answer\n5 = hold\n6 = unhold\n20 = end\n", TAKEN_SAME,
	""},
    {"a pause", ONE, FACTS, PLAN ONE "cut = 5 6 pause\n", ENDS, TAKEN_PAUSE,
	"a pause (5.000 to 6.000)"},
    {"a payment", ONE, FACTS, PLAN ONE "cut = 5 6 payment\n", ENDS, TAKEN_PAUSE,
	"a pause (5.000 to 6.000)"},
    {"the pause that was cut", ONE "cut = 5 6 pause\n", FACTS,
	PLAN ONE "cut = 5 6 pause\n", ENDS, TAKEN_SAME, ""},
    {"and within it", ONE "cut = 5 6 pause\n", FACTS,
	PLAN ONE "cut = 5.2 5.8 payment\n", ENDS, TAKEN_SAME, ""},
    {"a longer one", ONE "cut = 5 6 pause\n", FACTS,
	PLAN ONE "cut = 5 6.1 pause\n", ENDS, TAKEN_PAUSE,
	"a pause (5.000 to 6.100)"},
    {"one in two", ONE "cut = 5 6 pause\ncut = 6 7 payment\n", FACTS,
	PLAN ONE "cut = 5 7 pause+payment\n", ENDS, TAKEN_SAME, ""},
    {"one that was outside", ONE, FACTS,
	PLAN "[recording 1]\nstart = 0\nend = 20\nqueue = A\nagent = ann\n"
	     "cut = 0.2 0.8 pause\n",
	ENDS, TAKEN_SAME, ""},
    {"a queue that is not recorded", ONE, FACTS,
	PLAN ONE "cut = 8 9 queue-not-recorded\n", ENDS, TAKEN_HEARD,
	"that a part may not be recorded (8.000 to 9.000)"},
    {"and to the end", ONE, FACTS,
	PLAN "[recording 1]\nstart = 1\nend = 9\nqueue = A\nagent = ann\n",
	ENDS, TAKEN_HEARD, "that a part may not be recorded (9.000 to 20.000)"},
    {"a consent that was later", ONE, FACTS,
	PLAN "[recording 1]\nstart = 3\nend = 20\nqueue = A\nagent = ann\n",
	ENDS, TAKEN_HEARD, "that a part may not be recorded (1.000 to 3.000)"},
    {"nothing at all", ONE, FACTS, NO, ENDS, TAKEN_HEARD,
	"that a part may not be recorded (1.000 to 20.000)"},
    {"a breath", ONE, FACTS,
	PLAN "[recording 1]\nstart = 1.2\nend = 20\nqueue = A\nagent = ann\n",
	ENDS, TAKEN_SAME, ""},
    {"an earlier end", ONE, FACTS,
	PLAN "[recording 1]\nstart = 1\nend = 15\nqueue = A\nagent = ann\n",
	"[events]\n0 = answer\n15 = end\n", TAKEN_END, "an earlier end"},
    {"a later end", ONE, FACTS,
	PLAN "[recording 1]\nstart = 1\nend = 25\nqueue = A\nagent = ann\n",
	"[events]\n0 = answer\n25 = end\n", TAKEN_LACKS,
	"that more was to be recorded (20.000 to 25.000)"},
    {"a second more", ONE, FACTS,
	PLAN "[recording 1]\nstart = 1\nend = 21\nqueue = A\nagent = ann\n",
	"[events]\n0 = answer\n21 = end\n", TAKEN_SAME, ""},
    {"no pause any more", ONE "cut = 5 8 pause\n", FACTS, PLAN ONE, ENDS,
	TAKEN_LACKS, "that more was to be recorded (5.000 to 8.000)"},
    {"another queue", ONE,
	"[call]\nid = c1\ntype = queue\nqueue = B\nagent = ann\n", PLAN ONE,
	ENDS, TAKEN_WHO, "another queue"},
    {"another fact", ONE, FACTS "ticket = 2\n", PLAN ONE, ENDS, TAKEN_WHO,
	"another fact"},
    {"another agent from there on", ONE, FACTS,
	PLAN "[recording 1]\nstart = 1\nend = 20\nqueue = A\nagent = bob\n",
	ENDS, TAKEN_WHO, "another agent"},
    {"another holder of a part", ONE, FACTS,
	PLAN "[recording 1]\nstart = 1\nend = 9\nqueue = A\nagent = ann\n"
	     "[recording 2]\nstart = 9\nend = 20\nqueue = B\nagent = ann\n",
	ENDS, TAKEN_WHO, "another queue"},
    {"a fact more", ONE, FACTS "ticket = 1\nmore = 1\n", PLAN ONE, ENDS,
	TAKEN_FACT, "a fact"},
    {"facts that are not repeated", ONE, "[call]\nid = c1\ntype = queue\n",
	PLAN ONE, ENDS, TAKEN_SAME, ""},
    {"a pause before a fact", ONE, FACTS "ticket = 2\n",
	PLAN ONE "cut = 5 6 pause\n", ENDS, TAKEN_PAUSE,
	"a pause (5.000 to 6.000)"},
};

static void
compare(const struct row *r, const char *file, const char *was)
{
	struct taken_difference found;
	struct taken old;
	struct doc now, told;
	struct plan plan = {0};
	struct call call;
	char *text = text_format("%s%s%s", r->facts, LEGS, r->plan);

	print_message("%s: %s\n", file, r->label);
	put(file, was);
	if (taken_read(&old, dir, &why) != 0)
		fail_msg("%s", why.text);
	read_doc(&now, text);
	assert_int_equal(plan_from_doc(&plan, &now, &why), 0);
	free(text);
	text = text_format("%s%s%s", r->facts, LEGS, r->events);
	read_doc(&told, text);
	if (call_from_doc(&call, &told, &why) != 0)
		fail_msg("%s", why.text);
	taken_compare(&old, &call, &plan, &found);
	assert_int_equal(found.kind, r->kind);
	if (*r->text) {
		assert_int_equal(
		    strncmp(found.text, r->text, strlen(r->text)), 0);
		assert_non_null(strstr(found.text, "after the call was taken"));
	}
	call_free(&call);
	plan_free(&plan);
	doc_free(&now);
	doc_free(&told);
	taken_free(&old);
	free(text);
	assert_int_equal(unlinkat(dir, file, 0), 0);
}

static void
by_its_plan(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *was = text_format(
		    "%sticket = 1\n%s%s%s", FACTS, LEGS, PLAN, rows[i].was);

		compare(&rows[i], "plan.ini", was);
		free(was);
	}
}

/*
 * The same by a ticket, which tells samples and cuts: a recording of 19 s in
 * two parts, less what is cut out of it.
 */
static void
by_its_ticket(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *cuts = strstr(rows[i].was, "cut = ");
		int cut = !cuts ? 0 : strstr(cuts, "payment") ? 2 : 1;
		char *was;

		if (cuts && strstr(cuts, "5 8"))
			cut = 3;
		was = text_format(
		    "%sticket = 1\n"
		    "[file c1-1.mp3]\nrecording = 1\nrecordings = 1\npart = "
		    "1\nparts = 2\n"
		    "start = 1\nqueue = A\nagent = ann\nrate = 8000\n"
		    "channels = 2\nfirst_sample = 0\nsamples = 8000\n"
		    "bytes = 100\n%s"
		    "[file c1-2.mp3]\nrecording = 1\nrecordings = 1\npart = "
		    "2\nparts = 2\n"
		    "start = 1\nqueue = A\nagent = ann\nrate = 8000\n"
		    "channels = 2\nfirst_sample = 8000\nsamples = %d\n"
		    "bytes = 100\n%s",
		    FACTS, cuts ? cuts : "", (18 - cut) * 8000,
		    cuts ? cuts : "");
		compare(&rows[i], "ticket.ini", was);
		free(was);
	}
}

/* If cuts were replaced, the recording keeps its length. */
static void
of_silence(void **state)
{
	static const struct row row = {"silence", "", FACTS,
	    PLAN ONE "cut = 5 8 pause\n", ENDS, TAKEN_SAME, ""};

	(void)state;
	compare(&row, "ticket.ini",
	    FACTS "[file c1.mp3]\nrecording = 1\nrecordings = 1\npart = "
		  "1\nparts = 1\n"
		  "start = 1\nqueue = A\nagent = ann\nrate = 8000\n"
		  "channels = 2\nfirst_sample = 0\nsamples = 152000\n"
		  "bytes = 100\ncut = 5 8 pause\nredaction_style = silence\n");
}

static void
of_a_torn_call(void **state)
{
	static const struct row ended = {"its end", "", FACTS, PLAN ONE, ENDS,
				    TAKEN_END, "its end was reported"},
				paused = {"a pause", "", FACTS,
				    PLAN ONE "cut = 5 6 pause\n", ENDS,
				    TAKEN_PAUSE, "a pause"},
				again = {"as it was", "",
				    FACTS "torn = no end\n", PLAN ONE, ENDS,
				    TAKEN_SAME, ""};
	const char *was = FACTS "torn = no [leg agent], no end\n" LEGS PLAN ONE;

	(void)state;
	compare(&ended, "plan.ini", was);
	compare(&paused, "plan.ini", was);
	compare(&again, "plan.ini", was);
}

/* For a call that has left the spool only its cuts are known. */
static void
by_the_log(void **state)
{
	static const struct {
		const char *label;
		bool mixed;
		int cut_s; /* one second from there; 0: none */
		enum taken_kind kind;
	} table[] = {
	    {"cut", true, 5, TAKEN_SAME},
	    {"cut elsewhere", true, 6, TAKEN_PAUSE},
	    {"not cut", true, 0, TAKEN_PAUSE},
	    {"never mixed", false, 0, TAKEN_SAME},
	};
	struct doc now, told;
	struct plan plan = {0};
	struct call call;

	(void)state;
	read_doc(&now, FACTS LEGS PLAN ONE "cut = 5 6 pause\n");
	assert_int_equal(plan_from_doc(&plan, &now, &why), 0);
	read_doc(&told, "[call]\nid = c1\ntype = queue\nqueue = B\n" LEGS ENDS);
	assert_int_equal(call_from_doc(&call, &told, &why), 0);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct taken old = {0};
		struct taken_difference found;

		print_message("%s\n", table[i].label);
		if (table[i].mixed)
			taken_add_mixed(&old);
		if (table[i].cut_s > 0)
			taken_add_cut(&old, table[i].cut_s * 1000000,
			    (table[i].cut_s + 1) * 1000000);
		taken_compare(&old, &call, &plan, &found);
		assert_int_equal(found.kind, table[i].kind);
		taken_free(&old);
	}
	call_free(&call);
	plan_free(&plan);
	doc_free(&now);
	doc_free(&told);
}

static void
which_are_wrong(void **state)
{
	(void)state;
	for (int k = 0; k < TAKEN_KINDS; k++) {
		bool wrong = k == TAKEN_NO || k == TAKEN_PAUSE ||
			     k == TAKEN_HEARD || k == TAKEN_WHO ||
			     k == TAKEN_LEGS;

		assert_int_equal(taken_is_wrong((enum taken_kind)k), wrong);
		assert_non_null(taken_kind_names[k]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(by_its_plan),
	    cmocka_unit_test(by_its_ticket),
	    cmocka_unit_test(of_silence),
	    cmocka_unit_test(of_a_torn_call),
	    cmocka_unit_test(by_the_log),
	    cmocka_unit_test(which_are_wrong),
	};

	return cmocka_run_group_tests_name("taken", tests, set_up, tear_down);
}
