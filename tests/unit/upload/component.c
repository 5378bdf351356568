/* SPDX-License-Identifier: ISC */
#include "component.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
facts_become_components(void **state)
{
	static const struct {
		const char *fact, *ascii, *utf8;
		enum component_change in_ascii, in_utf8;
	} table[] = {
	    {"plain-1.mp3", "plain-1.mp3", "plain-1.mp3", COMPONENT_SAME,
		COMPONENT_SAME},
	    {"a b", "a_b", "a_b", COMPONENT_SIGN, COMPONENT_SIGN},
	    {"a\\b:c*", "a_b_c_", "a_b_c_", COMPONENT_SIGN, COMPONENT_SIGN},
	    {"\x01\x7f", "__", "__", COMPONENT_SIGN, COMPONENT_SIGN},
	    /* make_safe() of template.c takes the dot. */
	    {".x", ".x", "_x", COMPONENT_SIGN, COMPONENT_SIGN},
	    {"Inc.", "Inc.", "Inc_", COMPONENT_SAME, COMPONENT_SIGN},
	    {"...", "...", "___", COMPONENT_SIGN, COMPONENT_SIGN},
	    {"\xc3\xbc", "u", "\xc3\xbc", COMPONENT_LETTER, COMPONENT_SAME},
	    {"u\xcc\x88", "u", "\xc3\xbc", COMPONENT_LETTER, COMPONENT_SAME},
	    /* Latin-1 is no UTF-8. */
	    {"\xfc", "u", "\xc3\xbc", COMPONENT_LETTER, COMPONENT_LETTER},
	    {"\xf0\x9f\x93\x9e", "_", "_", COMPONENT_LETTER, COMPONENT_LETTER},
	    {"a\xef\xbc\x8f..\xe2\x88\x95z", "a_.._z", "a_.._z",
		COMPONENT_LETTER, COMPONENT_LETTER},
	    {"1\xc2\xbd", "112", "1_", COMPONENT_LETTER, COMPONENT_LETTER},
	    {"a\xe2\x80\xae"
	     "b",
		"a_b", "a_b", COMPONENT_LETTER, COMPONENT_LETTER},
	    /* It would join what is before the fact. */
	    {"\xcc\x88x", "_x", "_x", COMPONENT_LETTER, COMPONENT_LETTER},
	    /* An apostrophe for a letter without a sound. */
	    {"\xd0\xbe\xd0\xb1\xd1\x8a\xd0\xb5\xd0\xb7\xd0\xb4", "obyezd",
		"\xd0\xbe\xd0\xb1\xd1\x8a\xd0\xb5\xd0\xb7\xd0\xb4",
		COMPONENT_LETTER, COMPONENT_SAME},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct component c;
		size_t n = strlen(table[i].fact);

		print_message("%s\n", table[i].fact);
		assert_int_equal(
		    component_make(&c, table[i].fact, n, false, NULL), 0);
		assert_string_equal(c.text, table[i].ascii);
		assert_int_equal(c.change, table[i].in_ascii);
		component_free(&c);
		assert_int_equal(
		    component_make(&c, table[i].fact, n, true, NULL), 0);
		assert_string_equal(c.text, table[i].utf8);
		assert_int_equal(c.change, table[i].in_utf8);
		component_free(&c);
	}
}

/* `n` times a text, then an ending. */
static char *
many(const char *text, size_t n, const char *end)
{
	struct buf b = {0};

	for (size_t i = 0; i < n; i++)
		buf_format(&b, "%s", text);
	buf_format(&b, "%s", end);
	return b.s;
}

static void
long_components_are_cut(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		const char *end;
		size_t left; /* of the text; 0: all */
	} table[] = {
	    {"a", COMPONENT_MAX - 4, ".mp3", 0},
	    {"a", COMPONENT_MAX, ".mp3", COMPONENT_MAX - 4 - 9},
	    {"a", 2000, "", COMPONENT_MAX - 9},
	    {"a", 2000, ".notanending", COMPONENT_MAX - 9},
	    /* 227 is no multiple of two and three. */
	    {"\xc3\xbc", 300, ".mp3", 113},
	    {"\xe6\x97\xa5", 300, ".mp3", 75},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		char *name = many(table[i].text, table[i].n, table[i].end);
		char *kept = many(table[i].text,
		    table[i].left ? table[i].left : table[i].n, "");
		char *got = component_limit(text_dup(name));
		size_t k = strlen(kept);

		assert_true(strlen(got) <= COMPONENT_MAX);
		assert_memory_equal(got, kept, k);
		if (table[i].left == 0) {
			assert_string_equal(got, name);
		} else {
			assert_int_equal(got[k], '-');
			assert_int_equal(
			    strspn(got + k + 1, "0123456789abcdef"), 8);
			if (table[i].end[0] && strlen(table[i].end) < 8)
				assert_string_equal(got + k + 9, table[i].end);
		}
		free(got);
		free(kept);
		free(name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(facts_become_components),
	    cmocka_unit_test(long_components_are_cut),
	};

	return cmocka_run_group_tests_name("component", tests, NULL, NULL);
}
