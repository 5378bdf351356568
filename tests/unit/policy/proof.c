/* SPDX-License-Identifier: ISC */
#include "proof.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ini.h"
#include "text.h"

enum { NOW = 1795341600 };

static char top[] = "/tmp/rectools-proof.XXXXXX";
static struct spool sp;
static struct why why;

static int
set_up(void **state)
{
	char *path;

	(void)state;
	assert_non_null(mkdtemp(top));
	path = text_format("%s/spool", top);
	assert_int_equal(spool_create(path, &why), 0);
	assert_int_equal(spool_open(&sp, path, &why), 0);
	free(path);
	return 0;
}

static int
tear_down(void **state)
{
	char *command = text_format("rm -rf %s", top);

	(void)state;
	spool_close(&sp);
	assert_int_equal(system(command), 0);
	free(command);
	return 0;
}

static void
read_call(const char *text, struct doc *doc, struct call *call)
{
	char *copy = text_dup(text);
	FILE *file = fmemopen(copy, strlen(copy), "r");

	assert_int_equal(ini_read_stream(doc, file, "unit", &why), 0);
	(void)fclose(file);
	free(copy);
	if (call_from_doc(call, doc, &why) != 0)
		fail_msg("%s", why.text);
}

static void
marks(const char *text, struct proof *p)
{
	struct doc doc;
	struct call call;

	read_call(text, &doc, &call);
	proof_of(&call, p);
	call_free(&call);
	doc_free(&doc);
}

#define HEAD  "[call]\nid = c1\ntype = queue\n"
#define AT    "started = 2026-11-30T09:00:00Z\n"
#define LATER "started = 2026-11-30T09:00:01Z\n"
#define LEGS  "[leg customer]\nfile = a.wav\n[leg agent]\nfile = b.wav\n"
#define ENDS  "[events]\n0 = answer\n2 = end\n"

static void
what_each_is_of(void **state)
{
	static const struct {
		const char *label, *text;
		bool started, legs, all; /* as those of the first */
	} table[] = {
	    {"the same", HEAD AT LEGS ENDS, true, true, true},
	    {"by another clock",
		HEAD "started = 2026-11-30T10:00:00+01:00\n" LEGS ENDS, true,
		true, false},
	    {"in another directory",
		HEAD AT "[leg customer]\nfile = x/a.wav\n[leg agent]\nfile = "
			"x/b.wav\n" ENDS,
		true, true, true},
	    {"another start", HEAD LATER LEGS ENDS, false, true, false},
	    {"no start", HEAD LEGS ENDS, false, true, false},
	    {"an event more", HEAD AT LEGS ENDS "1 = pause\n", true, true,
		false},
	    {"a fact more", HEAD "agent = ann\n" AT LEGS ENDS, true, true,
		false},
	    {"one leg", HEAD AT "[leg customer]\nfile = a.wav\n" ENDS, true,
		false, false},
	    {"another leg",
		HEAD AT "[leg customer]\nfile = a.wav\n[leg agent]\nfile = "
			"c.wav\n" ENDS,
		true, false, false},
	    {"sides the other way round",
		HEAD AT "[leg agent]\nfile = a.wav\n[leg customer]\nfile = "
			"b.wav\n" ENDS,
		true, false, false},
	    {"another place",
		HEAD AT "[leg customer]\nfile = a.wav\nstart = 1\n[leg agent]\n"
			"file = b.wav\n" ENDS,
		true, false, false},
	};
	struct proof first, p;

	(void)state;
	marks(table[0].text, &first);
	assert_int_equal(strlen(first.all), KNOWN_MARK_DIGITS);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		print_message("%s\n", table[i].label);
		marks(table[i].text, &p);
		assert_int_equal(
		    strcmp(first.started, p.started) == 0, table[i].started);
		assert_int_equal(
		    strcmp(first.legs, p.legs) == 0, table[i].legs);
		assert_int_equal(strcmp(first.all, p.all) == 0, table[i].all);
	}
}

/* As if it had entered under that id. */
static void
enter(const char *text, const char *id, const char *told)
{
	struct proof p;
	char *details;

	marks(text, &p);
	details = text_format("legs=2 sha256= call=%s,%s,%s%s%s", p.started,
	    p.legs, p.all, told ? " told=" : "", told ? told : "");
	assert_int_equal(
	    audit_add_all(sp.fd, INT64_C(1000000) * NOW,
		&(struct audit_event){id, "entered", details}, 1, &why),
	    0);
	free(details);
}

static void
which_came(void **state)
{
	static const struct {
		const char *label, *text, *own; /* NULL: it did not */
	} table[] = {
	    {"the first", HEAD AT LEGS ENDS, "c1"},
	    {"with one more event", HEAD AT LEGS ENDS "1 = pause\n", "c1"},
	    {"with other legs", HEAD AT "[leg customer]\nfile = x.wav\n" ENDS,
		"c1"},
	    {"without its start", HEAD LEGS ENDS, "c1"},
	    {"with neither", HEAD "[leg customer]\nfile = x.wav\n" ENDS, NULL},
	    {"the second of that id", HEAD LATER LEGS ENDS "1 = hold\n",
		"c1-ff"},
	    {"a third one", HEAD "started = 2026-11-30T09:00:02Z\n" LEGS ENDS,
		NULL},
	    {"of an older version",
		"[call]\nid = c0\ntype = queue\n" LATER LEGS ENDS, "c0"},
	};
	struct known *k;

	(void)state;
	enter(HEAD AT LEGS ENDS, "c1", NULL);
	enter(HEAD LATER LEGS ENDS, "c1-ff", "c1");
	k = known_open(&sp, &why);
	assert_non_null(k);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct doc doc;
		struct call call;
		uint64_t own = 0;

		print_message("%s\n", table[i].label);
		read_call(table[i].text, &doc, &call);
		assert_int_equal(
		    proof_came(k, &call, &own), table[i].own != NULL);
		/* By the legs alone either of the two may be found. */
		if (table[i].own && call.started_us > 0)
			assert_true(own == known_hash(table[i].own));
		call_free(&call);
		doc_free(&doc);
	}
	known_free(k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_each_is_of),
	    cmocka_unit_test(which_came),
	};

	return cmocka_run_group_tests_name("proof", tests, set_up, tear_down);
}
