/* SPDX-License-Identifier: ISC */
#include "doc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "text.h"

/* n times the word. */
static char *
many(size_t n, const char *word)
{
	struct buf b = {0};

	for (size_t i = 0; i < n; i++)
		buf_add(&b, word, strlen(word));
	return b.s;
}

/* The lines that are written can be read, and give the same text. */
static void
check_text(const char *text, const char *wanted, size_t lines)
{
	struct doc doc = {0};
	struct doc_section *s = doc_add_section(&doc, "failed", 0);
	struct buf out = {0};
	struct why why = {0};
	char *back;

	doc_add_text(s, "reason", text);
	assert_int_equal(s->keys, lines);
	assert_int_equal(doc_write(&doc, &out, &why), 0);
	assert_string_equal(why.text, "");
	back = doc_text(s, "reason");
	if (wanted)
		assert_string_equal(back, wanted);
	else if (lines == 0)
		assert_null(back);
	free(back);
	buf_free(&out);
	doc_free(&doc);
}

static void
texts(void **state)
{
	char *words = many(150, "word; "), *url = many(30, "/0123456789");
	char *kept = many(150, "word, "), *umlauts = many(200, "\xc3\xa4");
	char *long_text = many(200, "0123456789"), *back;
	struct doc doc = {0};
	struct doc_section *s = doc_add_section(&doc, "failed", 0);

	(void)state;
	check_text("", NULL, 0);
	check_text("   ", NULL, 0);
	check_text("its disk is full", "its disk is full", 1);
	check_text("  a\n;b  ", "a,,b", 1);
	kept[strlen(kept) - 1] = '\0'; /* the blank at the end */
	check_text(words, kept, 5);
	/* A word that is longer than a line is split between characters. */
	doc_add_text(s, "reason", url);
	assert_int_equal(s->keys, 2);
	doc_add_text(s, "umlauts", umlauts);
	for (size_t k = 2; k < s->keys; k++)
		assert_int_equal(strlen(s->key[k].value) % 2, 0);
	doc_add_text(s, "long", long_text);
	back = doc_text(s, "long");
	assert_in_range(strlen(back), DOC_TEXT_MAX, DOC_TEXT_MAX + 10);
	free(back);
	doc_free(&doc);
	free(words);
	free(kept);
	free(url);
	free(umlauts);
	free(long_text);
}

/* A line of the maximum length is read; with one byte more it is refused. */
static void
lines_of_the_greatest_length(void **state)
{
	char *room = many(DOC_LINE_MAX - 3 - 6, "x"), *more;
	char *words = many((DOC_LINE_MAX - 3 - 6) / 3, "ab ");
	static const struct {
		size_t value;
		int status;
	} table[] = {{DOC_LINE_MAX - 4, 0}, {DOC_LINE_MAX - 3, -1}};

	(void)state;
	check_text(room, room, 1);
	more = text_format("%sx", room);
	check_text(more, NULL, 2);
	free(more);
	/* A line ends at the blank just after the text that fits. */
	more = text_format("%s y", room);
	check_text(more, more, 2);
	free(more);
	words[strlen(words) - 1] = '\0';
	check_text(words, words, 1);
	/* Of words: all of the room, and the blank behind it. */
	more = text_format("%sc", words);
	assert_int_equal(strlen(more), DOC_LINE_MAX - 3 - 6);
	check_text(more, more, 1);
	free(words);
	words = text_format("%s xy", more);
	{
		struct doc doc = {0};
		struct doc_section *s = doc_add_section(&doc, "failed", 0);

		doc_add_text(s, "reason", words);
		assert_int_equal(s->keys, 2);
		assert_string_equal(s->key[0].value, more);
		assert_string_equal(s->key[1].value, "xy");
		doc_free(&doc);
	}
	free(more);
	for (size_t i = 0; i < 2; i++) {
		struct doc doc = {0};
		struct doc_section *s = doc_add_section(&doc, "s", 0);
		char *value = many(table[i].value, "v");
		struct buf out = {0};
		struct why why = {.text = ""};

		doc_add(s, "k", value, 0);
		assert_int_equal(doc_write(&doc, &out, &why), table[i].status);
		if (table[i].status == 0)
			assert_int_equal(
			    out.len, strlen("[s]\n") + DOC_LINE_MAX + 1);
		buf_free(&out);
		free(value);
		doc_free(&doc);
	}
	free(room);
	free(words);
}

static void
sections_have_names(void **state)
{
	static const struct {
		const char *name;
		bool good;
	} table[] = {{"call", true}, {"leg third-party bob", true},
	    {"file a;b.mp3", true}, {"file [x.mp3", true},
	    {"file a ;b.mp3", false}, {"file a\t;b.mp3", false},
	    {"file a]b", false}, {"file a\nb", false}, {"file  a", false},
	    {"file a ", false}, {"file a\t", false}, {"file a  b", true}};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct doc doc = {0};
		struct buf text = {0};
		struct why why = {0};
		int status;

		print_message("%s\n", table[i].name);
		doc_add(doc_add_section(&doc, table[i].name, 0), "k", "v", 0);
		status = doc_write(&doc, &text, &why);
		assert_int_equal(status == 0, table[i].good);
		assert_int_equal(!doc_name_fault(table[i].name), table[i].good);
		buf_free(&text);
		doc_free(&doc);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(texts),
	    cmocka_unit_test(sections_have_names),
	    cmocka_unit_test(lines_of_the_greatest_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
