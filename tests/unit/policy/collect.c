/* SPDX-License-Identifier: ISC */
#include "collect.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli.h"
#include "ini.h"
#include "mem.h"
#include "policy_read.h"
#include "text.h"

/*
 * What becomes of the files of a directory, each case in a directory and a
 * spool of its own.
 */
static char top[] = "/tmp/rectools-collect.XXXXXX";
static int top_fd = -1, dir_fd = -1;
static char *dir, *spool;
static struct why why;

static int
set_up(void **state)
{
	(void)state;
	cli_start("unit");
	assert_non_null(mkdtemp(top));
	top_fd = open(top, O_RDONLY | O_DIRECTORY);
	assert_true(top_fd >= 0);
	dir = text_format("%s/d", top);
	spool = text_format("%s/sp", top);
	return 0;
}

static void
run(const char *fmt, const char *path)
{
	char *command = text_format(fmt, path);

	assert_int_equal(system(command), 0);
	free(command);
}

static int
tear_down(void **state)
{
	(void)state;
	(void)close(top_fd);
	run("rm -rf %s", top);
	free(dir);
	free(spool);
	return 0;
}

static void
fresh(void)
{
	if (dir_fd >= 0)
		(void)close(dir_fd);
	run("rm -rf %s/*", top);
	assert_int_equal(mkdirat(top_fd, "d", 0700), 0);
	dir_fd = openat(top_fd, "d", O_RDONLY | O_DIRECTORY);
	assert_true(dir_fd >= 0);
	if (spool_create(spool, &why) != 0)
		fail_msg("%s", why.text);
}

static void
put(const char *name, const void *bytes, size_t n, int age_s)
{
	struct timespec then[2] = {
	    {.tv_sec = time(NULL) - age_s}, {.tv_sec = time(NULL) - age_s}};
	int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), n);
	assert_int_equal(futimens(fd, then), 0);
	(void)close(fd);
}

/* A leg of so many seconds; no two are alike. */
static void
leg(const char *name, int seconds, int age_s)
{
	static int16_t count;
	size_t n = (size_t)seconds * 8000;
	int16_t *pcm = mem_alloc((n + 1) * sizeof *pcm);

	count++;
	for (size_t i = 0; i < n; i++)
		pcm[i] = (int16_t)(i % 97 * 100 + (size_t)count);
	put(name, pcm, n * sizeof *pcm, age_s);
	free(pcm);
}

#define HEAD(id, queue)                                     \
	"[call]\nid = " id "\ntype = queue\nqueue = " queue \
	"\nstarted = 2026-11-30T09:00:00Z\n"
#define LEGS(a, b) "[leg customer]\nfile = " a "\n[leg agent]\nfile = " b "\n"
#define EVENTS     "[events]\n0 = answer\n2 = end\n"
#define CALL       HEAD("c1", "Yes") LEGS("a.sln", "b.sln") EVENTS

/* What a step puts there: a leg of so many seconds, or a text. */
struct thing {
	const char *name, *text;
	int seconds, age_s;
};
struct row {
	const char *label;
	struct thing thing[6];
	const char *torn; /* any: --torn-after an hour */
	size_t entered, known, refused, waiting, late, unusable, orphans;
	int status;
	const char *left; /* in the directory */
	const char *said; /* NULL: nothing */
};

static char *
list(void)
{
	struct incoming in;
	struct buf text = {0};
	char *all;

	assert_int_equal(incoming_open(&in, dir, NULL, &why), 0);
	assert_int_equal(incoming_scan(&in, &why), 0);
	for (size_t i = 0; i < in.files; i++)
		buf_format(&text, "%s%s", i ? " " : "", in.file[i].path);
	incoming_close(&in);
	all = text_dup(text.s ? text.s : "");
	buf_free(&text);
	return all;
}

static const char good[] = "[inbound]\nrecord = yes\nplay_message = no\n"
			   "[queue ivr/No inbound]\nrecord = no\n";

/* Standard error while it ran is in TOP/err. */
static int
collect(struct collect *c, const char *policy_text)
{
	char *copy = text_dup(policy_text);
	FILE *file = fmemopen(copy, strlen(copy), "r");
	struct policy_notes faults = {0};
	struct policy policy;
	struct doc doc;
	int kept = dup(2), status;
	int err =
	    openat(top_fd, "err", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_int_equal(ini_read_stream(&doc, file, "policy.ini", &why), 0);
	(void)fclose(file);
	free(copy);
	assert_int_equal(policy_from_doc(&policy, &doc, &faults), 0);
	c->dir = dir;
	c->spool_path = spool;
	c->policy = &policy;
	c->late_us = INT64_C(3600000000);
	assert_true(err >= 0 && dup2(err, 2) == 2);
	status = collect_run(c, 0, NULL);
	assert_int_equal(dup2(kept, 2), 2);
	(void)close(kept);
	(void)close(err);
	policy_free(&policy);
	policy_notes_free(&faults);
	doc_free(&doc);
	return status;
}

static char *
what_was_said(void)
{
	char text[4096];
	int fd = openat(top_fd, "err", O_RDONLY);
	ssize_t n = read(fd, text, sizeof text - 1);

	assert_true(n >= 0);
	text[n] = '\0';
	(void)close(fd);
	return text_dup(text);
}

static void
check(const struct row *r, const struct collect *c, int status)
{
	char *left = list(), *said = what_was_said();

	if (r->said)
		assert_non_null(strstr(said, r->said));
	else
		assert_string_equal(said, "");
	assert_string_equal(left, r->left);
	assert_int_equal(c->count[COLLECT_ENTERED], r->entered);
	assert_int_equal(c->count[COLLECT_KNOWN], r->known);
	assert_int_equal(c->count[COLLECT_REFUSED], r->refused);
	assert_int_equal(c->count[COLLECT_WAITING], r->waiting);
	assert_int_equal(c->count[COLLECT_LATE], r->late);
	assert_int_equal(c->count[COLLECT_UNUSABLE], r->unusable);
	assert_int_equal(c->orphans, r->orphans);
	assert_int_equal(status, r->status);
	free(left);
	free(said);
}

static void
put_things(const struct row *r)
{
	for (size_t i = 0; i < sizeof r->thing / sizeof *r->thing; i++) {
		const struct thing *t = &r->thing[i];

		if (t->name && t->text)
			put(t->name, t->text, strlen(t->text), t->age_s);
		else if (t->name)
			leg(t->name, t->seconds, t->age_s);
	}
}

enum { OLD = 120, LONG_AGO = 7200 };
#define A(age)                          \
	{                               \
		"a.sln", NULL, 2, (age) \
	}
#define B(age)                          \
	{                               \
		"b.sln", NULL, 2, (age) \
	}
#define INI(name, text, age)             \
	{                                \
		(name), (text), 0, (age) \
	}

static void
what_is_taken(void **state)
{
	static const struct row rows[] = {
	    {"nothing", {{0}}, .left = ""},
	    {"ended, legs complete", {A(0), B(0), INI("c1.ini", CALL, 0)},
		.entered = 1, .left = ""},
	    {"what hooks left beside it, and what is another's",
		{A(0), B(0), INI("c1.ini", CALL, 0), INI("c1.events", "", OLD),
		    INI("c1-all.wav", "mix", OLD), INI("c1-2.events", "", OLD)},
		.entered = 1, .left = "c1-2.events"},
	    {"it goes on",
		{A(0), B(0),
		    INI("c1.ini", HEAD("c1", "Yes") LEGS("a.sln", "b.sln"), 0)},
		.waiting = 1, .left = "a.sln b.sln c1.ini"},
	    {"a leg is being written",
		{{"a.sln", NULL, 1, 0}, B(0), INI("c1.ini", CALL, OLD)},
		.waiting = 1, .left = "a.sln b.sln c1.ini"},
	    {"nobody writes to it any more",
		{{"a.sln", NULL, 1, OLD}, B(0), INI("c1.ini", CALL, 0)},
		.entered = 1, .left = ""},
	    {"a leg is missing", {A(OLD), INI("c1.ini", CALL, OLD)},
		.waiting = 1, .left = "a.sln c1.ini"},
	    {"and for long", {A(LONG_AGO), INI("c1.ini", CALL, LONG_AGO)},
		.waiting = 1, .late = 1, .status = EXIT_GIVEN_UP,
		.left = "a.sln c1.ini", .said = "d/c1.ini: a leg is missing\n"},
	    {"it enters torn", {A(LONG_AGO), INI("c1.ini", CALL, LONG_AGO)}, "",
		.entered = 1, .left = ""},
	    {"one without an end does, too",
		{A(LONG_AGO), B(LONG_AGO),
		    INI("c1.ini",
			HEAD("c1", "Yes")
			    LEGS("a.sln", "b.sln") "[events]\n0 = answer\n",
			LONG_AGO)},
		"", .entered = 1, .left = ""},
	    {"not one without any leg", {INI("c1.ini", CALL, LONG_AGO)}, "",
		.waiting = 1, .late = 1, .status = EXIT_GIVEN_UP,
		.left = "c1.ini", .said = "a leg is missing"},
	    {"it names no legs", {INI("c1.ini", HEAD("c1", "Yes") EVENTS, OLD)},
		.waiting = 1, .left = "c1.ini"},
	    {"a name that is not UTF-8",
		{A(0), B(0),
		    INI("c1.ini",
			HEAD("c1", "Z\xfcrich") LEGS("a.sln", "b.sln") EVENTS,
			0)},
		.entered = 1, .left = ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct collect c = {.torn_us = -1};

		print_message("%s\n", rows[i].label);
		if (rows[i].torn)
			c.torn_us = INT64_C(3600000000);
		fresh();
		put_things(&rows[i]);
		check(&rows[i], &c, collect(&c, good));
	}
}

static void
what_is_refused(void **state)
{
	static const struct row rows[] = {
	    {"a queue that is not recorded",
		{A(0), B(0),
		    INI("c1.ini",
			HEAD("c1", "No") LEGS("a.sln", "b.sln") EVENTS, 0)},
		.refused = 1, .left = ""},
	    {"its legs may still come",
		{INI("c1.ini", HEAD("c1", "No") LEGS("a.sln", "b.sln") EVENTS,
		    0)},
		.waiting = 1, .left = "c1.ini"},
	    {"a refused call does not wait for its legs",
		{INI("c1.ini", HEAD("c1", "No") LEGS("a.sln", "b.sln") EVENTS,
		    OLD)},
		.refused = 1, .left = ""},
	    {"half a call file", {A(OLD), INI("c1.ini", "[call", 0)},
		.waiting = 1, .left = "a.sln c1.ini"},
	    {"that stays so", {A(OLD), INI("c1.ini", "[call", OLD)},
		.unusable = 1, .status = EXIT_GIVEN_UP, .left = "a.sln c1.ini",
		.said = "c1.ini:1: "},
	    {"a file outside",
		{A(0),
		    INI("c1.ini",
			HEAD("c1", "Yes") LEGS("a.sln", "../err") EVENTS, OLD)},
		.unusable = 1, .status = EXIT_GIVEN_UP, .left = "a.sln c1.ini",
		.said = "'../err' is not beneath"},
	    {"an answer after the end",
		{A(0), B(0),
		    INI("c1.ini",
			HEAD("c1", "Yes") LEGS(
			    "a.sln", "b.sln") "[events]\n2 = end\n9 = answer\n",
			OLD)},
		.unusable = 1, .status = EXIT_GIVEN_UP,
		.left = "a.sln b.sln c1.ini", .said = "answered after its end"},
	    {"an id that is none",
		{A(0), B(0),
		    INI("c1.ini",
			HEAD("c/1", "Yes") LEGS("a.sln", "b.sln") EVENTS, OLD)},
		.unusable = 1, .status = EXIT_GIVEN_UP,
		.left = "a.sln b.sln c1.ini", .said = "c1.ini:2: "},
	    {"files that no call names",
		{A(LONG_AGO), INI("c1.events", "", LONG_AGO)}, .orphans = 2,
		.left = "a.sln c1.events"},
	    {"not yet", {A(OLD)}, .left = "a.sln"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct collect c = {.torn_us = -1};

		print_message("%s\n", rows[i].label);
		fresh();
		put_things(&rows[i]);
		check(&rows[i], &c, collect(&c, good));
	}
}

static void
which_are_one(void **state)
{
	static const struct row rows[] = {
	    {"two calls of one id",
		{A(0), B(0), {"c.sln", NULL, 2, 0}, {"d.sln", NULL, 2, 0},
		    INI("c1.ini", CALL, 0),
		    INI("c2.ini",
			HEAD("c1", "Yes") LEGS("c.sln", "d.sln") EVENTS, 0)},
		.entered = 2, .left = "", .said = "another call with this id"},
	    {"two call files of one call",
		{A(0), B(0), INI("c1.ini", CALL, 0), INI("c2.ini", CALL, 0)},
		.entered = 1, .known = 1, .left = ""},
	    {"a leg of two calls",
		{A(0), B(0), {"c.sln", NULL, 2, 0}, INI("c1.ini", CALL, 0),
		    INI("c2.ini",
			HEAD("c2", "Yes") LEGS("a.sln", "c.sln") EVENTS, 0)},
		.entered = 2, .left = ""},
	    {"two calls share a leg, and one waits for another",
		{A(0), B(0), INI("c1.ini", CALL, 0),
		    INI("c2.ini",
			HEAD("c2", "Yes") LEGS("a.sln", "c.sln") EVENTS, 0)},
		.entered = 1, .waiting = 1, .left = "a.sln c2.ini"},
	    {"refused for one of them",
		{A(0), B(0), INI("c1.ini", CALL, 0),
		    INI("c0.ini",
			HEAD("c0", "No") LEGS("a.sln", "b.sln") EVENTS, 0)},
		.entered = 1, .refused = 1, .left = ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct collect c = {.torn_us = -1};

		print_message("%s\n", rows[i].label);
		fresh();
		put_things(&rows[i]);
		check(&rows[i], &c, collect(&c, good));
	}
}

/* A second run, with what is put there then. */
static void
what_comes_late(void **state)
{
	static const struct row rows[] = {
	    {"nothing", {{0}}, .left = ""},
	    {"its call file once more", {INI("c1.ini", CALL, 0)}, .known = 1,
		.left = ""},
	    {"a pause", {INI("c1.ini", CALL "0.5 = pause\n1 = resume\n", 0)},
		.known = 1, .status = EXIT_GIVEN_UP, .left = "",
		.said = "a pause (0.500 to 1.000) was reported after"},
	    {"a refusal", {INI("c1.ini", CALL "1 = consent declined\n", OLD)},
		.refused = 1, .status = EXIT_GIVEN_UP, .left = "",
		.said = "consent was declined after the call was taken"},
	    {"another agent",
		{INI("c1.ini",
		    HEAD("c1", "Yes") "agent = bob\n" LEGS("a.sln", "b.sln")
			EVENTS,
		    0)},
		.known = 1, .status = EXIT_GIVEN_UP, .left = "",
		.said = "another agent was reported after"},
	    {"other legs",
		{INI("c1.ini", HEAD("c1", "Yes") LEGS("b.sln", "a.sln") EVENTS,
		    0)},
		.known = 1, .status = EXIT_GIVEN_UP, .left = "",
		.said = "another [leg] was reported after"},
	    {"another call, of the same id",
		{INI("c1.ini",
		    "[call]\nid = c1\ntype = queue\nqueue = Yes\n"
		    "started = 2026-11-30T10:00:00Z\n" LEGS("a.sln", "b.sln")
			EVENTS,
		    0)},
		.waiting = 1, .left = "c1.ini"},
	    {"that has legs",
		{A(0), B(0),
		    INI("c1.ini",
			"[call]\nid = c1\ntype = queue\nqueue = Yes\n"
			"started = 2026-11-30T10:00:00Z\n" LEGS(
			    "a.sln", "b.sln") EVENTS,
			0)},
		.entered = 1, .left = "", .said = "another call with this id"},
	};
	static const struct row first = {
	    "first", {A(0), B(0), INI("c1.ini", CALL, 0)}, .left = ""};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct collect c = {.torn_us = -1}, again = c;

		print_message("%s\n", rows[i].label);
		fresh();
		put_things(&first);
		assert_int_equal(collect(&c, good), EXIT_DONE);
		put_things(&rows[i]);
		check(&rows[i], &again, collect(&again, good));
	}
}

/* What the policy itself is to blame for deletes nothing. */
static void
by_which_policy(void **state)
{
	static const struct {
		const char *policy;
		struct row row;
	} table[] = {
	    {"[inbound]\nrecord = no\n",
		{"nobody has written it yet",
		    {A(0), B(0), INI("c1.ini", CALL, 0)}, .waiting = 1,
		    .left = "a.sln b.sln c1.ini"}},
	    {"[inbound]\nrecord = no\n",
		{"no call may be recorded: reported when late",
		    {A(0), B(0), INI("c1.ini", CALL, LONG_AGO)}, .waiting = 1,
		    .status = EXIT_GIVEN_UP, .left = "a.sln b.sln c1.ini",
		    .said = "the policy allows no call to be recorded"}},
	    {"[inbound]\nrecord = yes\n[messages]\nrecord_inbound = none.wav\n",
		{"a message that is not there",
		    {A(0), B(0), INI("c1.ini", CALL, LONG_AGO)}, .waiting = 1,
		    .status = EXIT_USAGE, .left = "a.sln b.sln c1.ini",
		    .said = "not decided"}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct collect c = {.torn_us = -1};

		print_message("%s\n", table[i].row.label);
		fresh();
		put_things(&table[i].row);
		check(&table[i].row, &c, collect(&c, table[i].policy));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_taken),
	    cmocka_unit_test(what_is_refused),
	    cmocka_unit_test(which_are_one),
	    cmocka_unit_test(what_comes_late),
	    cmocka_unit_test(by_which_policy),
	};

	return cmocka_run_group_tests_name("collect", tests, set_up, tear_down);
}
