/* SPDX-License-Identifier: ISC */
#include "taking.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "text.h"

static char top[] = "/tmp/rectools-taking.XXXXXX";
static int dir_fd = -1;
static struct collect c;
static struct why why;

static void
put(const char *name, const char *text, size_t n)
{
	int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), n);
	(void)close(fd);
}

static void
put_leg(const char *name, int seconds)
{
	static char pcm[16000 * 10];

	put(name, pcm, (size_t)seconds * 16000);
}

static int
set_up(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(top));
	dir_fd = open(top, O_RDONLY | O_DIRECTORY);
	assert_true(dir_fd >= 0);
	assert_int_equal(mkdirat(dir_fd, "2026", 0700), 0);
	put_leg("2026/in.sln", 4);
	put_leg("2026/out.sln", 2);
	put_leg("2026/shared.sln", 1);
	put("2026/c1.events", "", 0);
	put("2026/c1.facts", "", 0);
	put("2026/c1-all.wav", "mix", 3);
	put("2026/c1-all", "no mix", 6);
	put("2026/c10.events", "", 0);
	return 0;
}

static int
tear_down(void **state)
{
	char *command = text_format("rm -rf %s", top);

	(void)state;
	(void)close(dir_fd);
	assert_int_equal(system(command), 0);
	free(command);
	return 0;
}

/* The directory with this call file in it, and its taking, read. */
static void
begin(struct taking *t, struct collect_candidate *cand, const char *text)
{
	put("2026/c1.ini", text, strlen(text));
	assert_int_equal(incoming_open(&c.in, top, NULL, &why), 0);
	assert_int_equal(incoming_scan(&c.in, &why), 0);
	*cand = (struct collect_candidate){
	    .file = incoming_find(&c.in, "2026/c1.ini"),
	    .stem = text_dup("2026/c1")};
	*t = (struct taking){.c = &c, .cand = cand};
	if (taking_read(t, &why) != 0 ||
	    call_from_doc(&t->call, &t->doc, &why) != 0)
		fail_msg("%s", why.text);
	t->read = true;
}

static void
finish(struct taking *t, struct collect_candidate *cand)
{
	taking_free(t);
	free(cand->stem);
	incoming_close(&c.in);
}

#define HEAD "[call]\nid = c1\ntype = queue\n"
#define TWO  "[leg customer]\nfile = in.sln\n[leg agent]\nfile = out.sln\n"

static void
which_legs(void **state)
{
	static const struct {
		const char *label, *legs;
		int status;
		size_t files, missing;
	} table[] = {
	    {"two", TWO, 0, 2, 0},
	    {"none", "", 0, 0, 0},
	    {"two in one file",
		"[leg customer]\nfile = in.sln\n[leg agent]\nfile = in.sln\n",
		0, 1, 0},
	    {"one is missing",
		"[leg customer]\nfile = in.sln\n[leg agent]\nfile = no.sln\n",
		0, 2, 1},
	    {"its folder, too", "[leg customer]\nfile = no/no.sln\n", 0, 1, 1},
	    {"above", "[leg customer]\nfile = ../in.sln\n", -1, 0, 0},
	    {"a folder", "[leg customer]\nfile = .\n", -1, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		char *text = text_format("%s%s", HEAD, table[i].legs);
		struct collect_candidate cand;
		struct taking t;

		print_message("%s\n", table[i].label);
		begin(&t, &cand, text);
		assert_int_equal(taking_open_legs(&t, &why), table[i].status);
		if (table[i].status == 0) {
			assert_int_equal(t.bag.legs, table[i].files);
			assert_int_equal(t.bag.files, table[i].files);
		}
		assert_int_equal(t.missing, table[i].missing);
		finish(&t, &cand);
		free(text);
	}
}

static void
how_long(void **state)
{
	struct collect_candidate cand;
	struct taking t;

	(void)state;
	begin(&t, &cand,
	    HEAD TWO
	    "[leg third-party]\nfile = no.sln\n[events]\n0 = answer\n");
	assert_int_equal(taking_open_legs(&t, &why), 0);
	assert_int_equal(taking_leg_us(&t, 0), 4000000);
	assert_int_equal(taking_leg_us(&t, 1), 2000000);
	assert_int_equal(taking_leg_us(&t, 2), -1);
	assert_int_equal(taking_end_us(&t), -1);
	finish(&t, &cand);
	begin(&t, &cand, HEAD TWO "[events]\n0 = answer\n3 = end\n");
	assert_int_equal(taking_end_us(&t), 3000000);
	finish(&t, &cand);
}

static bool
is_in_bag(const struct taking *t, const char *name, bool *remove)
{
	for (size_t i = 0; i < t->bag.files; i++)
		if (t->bag.file[i].source.name &&
		    strcmp(t->bag.file[i].source.name, name) == 0) {
			*remove = t->bag.file[i].remove;
			return true;
		}
	return false;
}

/* The files that belong to it, and those that another call also names. */
static void
what_goes(void **state)
{
	static const struct {
		const char *name;
		bool there, remove;
	} table[] = {
	    {"in.sln", true, true},
	    {"shared.sln", true, false},
	    {"c1.events", true, true},
	    {"c1.facts", true, true},
	    {"c1-all.wav", true, true},
	    {"c1-all", false, false},
	    {"c10.events", false, false},
	    {"out.sln", false, false},
	    {"c1.ini", true, true},
	};
	struct collect_candidate cand;
	struct incoming_file *f;
	struct taking t;
	bool remove = false;

	(void)state;
	begin(&t, &cand,
	    HEAD "[leg customer]\nfile = in.sln\n[leg agent]\nfile = "
		 "shared.sln\n");
	collect_name_files(&c, &cand);
	f = incoming_find(&c.in, "2026/shared.sln");
	assert_int_equal(f->named, 1);
	f->named++; /* by another */
	assert_int_equal(taking_open_legs(&t, &why), 0);
	taking_fill(&t);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		print_message("%s\n", table[i].name);
		assert_int_equal(
		    is_in_bag(&t, table[i].name, &remove), table[i].there);
		if (table[i].there)
			assert_int_equal(remove, table[i].remove);
	}
	assert_int_equal(f->named, 1);
	assert_int_equal(incoming_find(&c.in, "2026/in.sln")->named, 0);
	/* It did not enter: other calls may need its files. */
	taking_empty(&t);
	assert_int_equal(f->named, 2);
	assert_int_equal(incoming_find(&c.in, "2026/in.sln")->named, 1);
	assert_false(incoming_find(&c.in, "2026/out.sln")->known);
	finish(&t, &cand);
}

static void
what_is_torn(void **state)
{
	static const struct {
		const char *label, *rest;
		bool torn;
		const char *mark, *end; /* NULL: it keeps its own */
		size_t legs;
	} table[] = {
	    {"no end", TWO "[events]\n0 = answer\n", true, "no end", "4.000",
		2},
	    {"an event behind all legs", TWO "[events]\n0 = answer\n9 = hold\n",
		true, "no end", "9.000", 2},
	    {"a leg that starts late",
		"[leg customer]\nfile = in.sln\nstart = 10\n"
		"[events]\n0 = answer\n",
		true, "no end", "14.000", 1},
	    {"no events at all", TWO, true, "no end", "4.000", 2},
	    {"a leg is missing",
		"[leg customer]\nfile = in.sln\n[leg agent]\nfile = no.sln\n"
		"[events]\n0 = answer\n3 = end\n",
		true, "no [leg agent]", NULL, 1},
	    {"two, and no end",
		"[leg customer]\nfile = in.sln\n[leg agent]\nfile = no.sln\n"
		"[leg third-party]\nfile = not.sln\n[events]\n0 = answer\n",
		true, "no [leg agent] and 1 more, no end", "4.000", 1},
	    {"all are missing",
		"[leg agent]\nfile = no.sln\n[events]\n0 = answer\n", false,
		NULL, NULL, 1},
	    {"nothing is missing", TWO "[events]\n0 = answer\n3 = end\n", false,
		NULL, NULL, 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		char *text = text_format("%s%s", HEAD, table[i].rest);
		struct collect_candidate cand;
		struct taking t;

		print_message("%s\n", table[i].label);
		begin(&t, &cand, text);
		assert_int_equal(taking_open_legs(&t, &why), 0);
		assert_int_equal(taking_tear(&t), table[i].torn);
		if (table[i].torn) {
			const struct doc_section *s =
			    doc_find(&t.doc, "events");

			assert_true(t.torn && !t.read);
			assert_int_equal(
			    call_from_doc(&t.call, &t.doc, &why), 0);
			t.read = true;
			assert_string_equal(
			    doc_value(t.call.facts, "torn"), table[i].mark);
			if (table[i].end)
				assert_string_equal(
				    s->key[s->keys - 1].name, table[i].end);
		}
		assert_int_equal(t.call.legs, table[i].legs);
		finish(&t, &cand);
		free(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(which_legs),
	    cmocka_unit_test(how_long),
	    cmocka_unit_test(what_goes),
	    cmocka_unit_test(what_is_torn),
	};

	return cmocka_run_group_tests_name("taking", tests, set_up, tear_down);
}
