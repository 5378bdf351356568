/* SPDX-License-Identifier: ISC */
#include "policy_read.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "text.h"

/* Sections and keys by hand; lines count up as in a file. */
static void
build(struct doc *doc, const char *const *text)
{
	int line = 1;

	*doc = (struct doc){0};
	doc_set_file(doc, "p.ini");
	for (; *text; text++, line++) {
		const char *eq = strchr(*text, '=');
		if (!eq) {
			doc_add_section(doc, *text, line);
		} else {
			char *key = text_ndup(*text, (size_t)(eq - *text));
			doc_add(&doc->section[doc->sections - 1], key, eq + 1,
			    line);
			free(key);
		}
	}
}

static const char *const tree[] = {"inbound", "record=no", "redaction=no",
    "queue ivr/A inbound", "record=yes", "queue ivr/A/B inbound",
    "ask_permission=yes", "queue ivr inbound", "play_message=no",
    "queue ivr/A outbound", "redaction=no", "messages",
    "record_outbound=out.wav", "ask_permission=ask.wav", "messages es",
    "record_outbound=es.wav", NULL};

static void
the_nearest_menu_decides_each_key(void **state)
{
	static const struct {
		enum call_class class;
		const char *path;
		enum policy_key key;
		int value, line;
	} table[] = {
	    {CALL_INBOUND, "ivr/A/B/C", POLICY_RECORD, 1, 5},
	    {CALL_INBOUND, "ivr/A/B/C", POLICY_ASK, 1, 7},
	    {CALL_INBOUND, "ivr/A/B/C", POLICY_PLAY, 0, 9},
	    {CALL_INBOUND, "ivr/A/B/C", POLICY_REDACTION, 0, 3},
	    {CALL_INBOUND, "ivr/A", POLICY_ASK, 0, 0},
	    {CALL_INBOUND, "ivr/AB", POLICY_RECORD, 0, 2},
	    {CALL_INBOUND, "ivr", POLICY_PLAY, 0, 9},
	    {CALL_INBOUND, "web/A", POLICY_RECORD, 0, 2},
	    {CALL_INBOUND, "web/A", POLICY_PLAY, 1, 0},
	    {CALL_OUTBOUND, "ivr/A", POLICY_RECORD, 0, 0},
	    {CALL_OUTBOUND, "ivr/A", POLICY_REDACTION, 0, 11},
	    {CALL_CALLBACK, "ivr/A", POLICY_REDACTION, 1, 0},
	    {CALL_CALLBACK, "", POLICY_ENABLED, 1, 0},
	};
	struct policy_notes faults = {0};
	struct policy p;
	struct doc doc;

	(void)state;
	build(&doc, tree);
	assert_int_equal(policy_from_doc(&p, &doc, &faults), 0);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct policy_value v =
		    policy_get(&p, table[i].class, table[i].path, table[i].key);
		print_message("%s %s %s\n", call_class_names[table[i].class],
		    table[i].path, policy_settings[table[i].key].name);
		assert_int_equal(v.value, table[i].value);
		assert_int_equal(v.line, table[i].line);
	}
	policy_free(&p);
	doc_free(&doc);
}

static void
the_chain_tells_what_is_overridden(void **state)
{
	struct policy_value chain[4];
	struct policy_notes faults = {0};
	struct policy p;
	struct doc doc;

	(void)state;
	build(&doc, tree);
	assert_int_equal(policy_from_doc(&p, &doc, &faults), 0);
	assert_int_equal(
	    policy_chain(&p, CALL_INBOUND, "ivr/A/B", POLICY_RECORD, chain, 4),
	    3);
	assert_int_equal(chain[0].line, 5);
	assert_int_equal(chain[1].line, 2);
	assert_int_equal(chain[2].line, 0);
	/* More than there is room for is counted, not written. */
	chain[1].line = 77;
	assert_int_equal(
	    policy_chain(&p, CALL_INBOUND, "ivr/A/B", POLICY_RECORD, chain, 1),
	    3);
	assert_int_equal(chain[1].line, 77);
	policy_free(&p);
	doc_free(&doc);
}

static void
messages_by_language(void **state)
{
	static const struct {
		const char *name, *language, *file; /* NULL: none */
	} table[] = {
	    {"record_outbound", NULL, "out.wav"},
	    {"record_outbound", "en", "out.wav"},
	    {"record_outbound", "es", "es.wav"},
	    {"record_outbound", "es-MX", "es.wav"},
	    {"record_outbound", "e", "out.wav"},
	    {"record_outbound", "-", "out.wav"},
	    {"record_callback", "es", "es.wav"},
	    {"ask_permission", "es", "ask.wav"},
	    {"record_inbound", "es", NULL},
	};
	struct policy_notes faults = {0};
	struct policy p;
	struct doc doc;

	(void)state;
	build(&doc, tree);
	assert_int_equal(policy_from_doc(&p, &doc, &faults), 0);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		const struct doc_key *k =
		    policy_message(&p, table[i].name, table[i].language);
		print_message("%s %s\n", table[i].name,
		    table[i].language ? table[i].language : "-");
		if (table[i].file)
			assert_string_equal(k->value, table[i].file);
		else
			assert_null(k);
	}
	policy_free(&p);
	doc_free(&doc);
}

/* zh-Hant-TW, then zh-Hant, then zh, then any: from the end of the tag. */
static void
a_language_is_shortened_from_its_end(void **state)
{
	static const char *const text[] = {"messages", "record_inbound=any.wav",
	    "messages zh", "record_inbound=zh.wav", "messages zh-Hant",
	    "record_inbound=hant.wav", NULL};
	static const struct {
		const char *language, *file;
	} table[] = {{"zh-Hant-TW", "hant.wav"}, {"zh-Hant", "hant.wav"},
	    {"zh-Hans-CN", "zh.wav"}, {"zh", "zh.wav"}, {"de-AT", "any.wav"}};
	struct policy_notes faults = {0};
	struct policy p;
	struct doc doc;

	(void)state;
	build(&doc, text);
	assert_int_equal(policy_from_doc(&p, &doc, &faults), 0);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		const struct doc_key *k =
		    policy_message(&p, "record_inbound", table[i].language);

		print_message("%s\n", table[i].language);
		assert_string_equal(k->value, table[i].file);
	}
	policy_free(&p);
	doc_free(&doc);
}

static void
every_fault_is_told(void **state)
{
	static const char *const text[] = {"inbound", "recrod=yes",
	    "redaction=perhaps", "record=yes", "record=no", "queue ivr/A",
	    "messages", "ask_permission=", "lost", NULL};
	static const int lines[] = {2, 3, 5, 6, 8, 9};
	struct policy_notes faults = {0};
	struct policy p;
	struct doc doc;

	(void)state;
	build(&doc, text);
	assert_int_equal(policy_from_doc(&p, &doc, &faults), -1);
	assert_int_equal(faults.count, sizeof lines / sizeof *lines);
	for (size_t i = 0; i < faults.count; i++) {
		print_message("%s\n", faults.text[i]);
		assert_int_equal(
		    atoi(faults.text[i] + strlen("p.ini:")), lines[i]);
	}
	policy_notes_free(&faults);
	doc_free(&doc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_nearest_menu_decides_each_key),
	    cmocka_unit_test(the_chain_tells_what_is_overridden),
	    cmocka_unit_test(messages_by_language),
	    cmocka_unit_test(a_language_is_shortened_from_its_end),
	    cmocka_unit_test(every_fault_is_told),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
