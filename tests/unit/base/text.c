/* SPDX-License-Identifier: ISC */
#include "text.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
call_ids(void **state)
{
	static const char *const good[] = {"c1042", "A.b_c-9", "1", "a."};
	static const char *const bad[] = {
	    "", ".", "..", ".hidden", "a/b", "a b", "a\n", "\xc3\xa9"};
	char longest[130];

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_null(text_id_fault(good[i]));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_non_null(text_id_fault(bad[i]));
	memset(longest, 'x', 129);
	longest[129] = '\0';
	assert_non_null(text_id_fault(longest));
	longest[128] = '\0';
	assert_null(text_id_fault(longest));
}

static void
nearest_word(void **state)
{
	static const char *const list[] = {
	    "record", "redaction", "play_message", NULL};

	(void)state;
	assert_string_equal(text_nearest("recrod", list), "record");
	assert_string_equal(text_nearest("redact", list), "redaction");
	assert_string_equal(text_nearest("play-message", list), "play_message");
	assert_null(text_nearest("zebra", list));
	assert_null(text_nearest("", list));
	assert_int_equal(text_index("redaction", list), 1);
	assert_int_equal(text_index("Redaction", list), -1);
	assert_int_equal(text_index("redact", list), -1);
}

static void
latin_1(void **state)
{
	static const char *const rows[][2] = {{"", ""}, {"plain", "plain"},
	    {"M\xc3\xbcller", "M\xc3\xbcller"}, {"M\xfcller", "M\xc3\xbcller"},
	    {"\xfc", "\xc3\xbc"}, {"\xbf?", "\xc2\xbf?"},
	    {"a\x9b"
	     "31m\xe4",
		"a_31m\xc3\xa4"}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *got = text_utf8(rows[i][0]);

		assert_string_equal(got, rows[i][1]);
		free(got);
	}
}

static void
whose_fault_it_is(void **state)
{
	struct why why;

	(void)state;
	assert_int_equal(why_set(&why, "not an %s", "MP3"), -1);
	assert_int_equal(why_status(&why), EXIT_GIVEN_UP);
	errno = EIO;
	assert_int_equal(why_errno(&why, "%s", "call.mp3"), -1);
	assert_int_equal(errno, EIO);
	assert_string_equal(why.text, "call.mp3: Input/output error");
	assert_int_equal(why_status(&why), EXIT_LATER);
	assert_int_equal(why_in(&why, "mix"), -1);
	assert_string_equal(why.text, "mix: call.mp3: Input/output error");
	assert_int_equal(why_status(&why), EXIT_LATER);
	errno = ENOENT;
	assert_int_equal(why_errno(&why, "%s", "call.mp3"), -1);
	assert_int_equal(why_status(&why), EXIT_GIVEN_UP);
	errno = EMFILE;
	assert_int_equal(why_errno(&why, "%s", "call.mp3"), -1);
	assert_int_equal(why_status(&why), EXIT_LATER);
	assert_int_equal(why_later(&why, "it is still growing"), -1);
	assert_int_equal(why_status(&why), EXIT_LATER);
	/* A caller who does not want to know. */
	assert_int_equal(why_errno(NULL, "%s", "call.mp3"), -1);
}

static void
texts_are_percent_encoded(void **state)
{
	static const struct {
		const char *text, *keep, *wanted;
	} table[] = {
	    {"", "/", ""},
	    {"az09AZ-._~", "", "az09AZ-._~"},
	    {"a/b c%", "", "a%2Fb%20c%25"},
	    {"a/b+", "/", "a/b%2B"},
	    {"B\xc3\xbcro/\xff", "/", "B%C3%BCro/%FF"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct buf b = {0};

		buf_percent(&b, table[i].text, table[i].keep);
		assert_string_equal(b.s, table[i].wanted);
		buf_free(&b);
	}
	assert_true(text_is_ascii("") && text_is_ascii("\x01~\x7f"));
	assert_false(text_is_ascii("a\xc3\xbc") || text_is_ascii("\x80"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(texts_are_percent_encoded),
	    cmocka_unit_test(call_ids),
	    cmocka_unit_test(nearest_word),
	    cmocka_unit_test(latin_1),
	    cmocka_unit_test(whose_fault_it_is),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
