/* SPDX-License-Identifier: ISC */
#include "unicode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
normal_form_c(void **state)
{
	static const char *const table[][2] = {
	    {"", ""},
	    {"abc", "abc"},
	    {"u\xcc\x88", "\xc3\xbc"},
	    {"\xc3\xbc", "\xc3\xbc"},
	    {"\xe2\x84\xab", "\xc3\x85"}, /* the sign of the angstrom */
	    /* Hangul, and marks that change places */
	    {"\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", "\xed\x95\x9c"},
	    {"q\xcc\x87\xcc\xa3", "q\xcc\xa3\xcc\x87"},
	    {"\xf0\x9f\x93\x9e", "\xf0\x9f\x93\x9e"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		char *got = unicode_nfc(table[i][0]);

		assert_string_equal(got, table[i][1]);
		free(got);
	}
}

static void
letters(void **state)
{
	static const struct {
		const char *s;
		bool first, then;
	} table[] = {
	    {"\xc3\xbc", true, true},           /* u with diaeresis */
	    {"\xd0\xaf", true, true},           /* Cyrillic */
	    {"\xd7\xa9", true, true},           /* Hebrew */
	    {"\xe6\x97\xa5", true, true},       /* Han */
	    {"\xf0\xa0\x80\x8b", true, true},   /* Han of plane 2 */
	    {"\xd9\xa3", true, true},           /* an Arabic digit */
	    {"\xcc\x88", false, true},          /* a mark */
	    {"\xe1\x85\xa1", false, true},      /* a Hangul vowel */
	    {"\xef\xbc\x8f", false, false},     /* a slash of full width */
	    {"\xe2\x88\x95", false, false},     /* the division slash */
	    {"\xe2\x81\x84", false, false},     /* the fraction slash */
	    {"\xef\xbc\xbc", false, false},     /* a backslash of full width */
	    {"\xe2\x84\x80", false, false},     /* a/c in one character */
	    {"\xc2\xbd", false, false},         /* 1/2 in one character */
	    {"\xe2\x92\x88", false, false},     /* "1." in one character */
	    {"\xe2\x80\xa5", false, false},     /* two dots */
	    {"\xef\xbc\x8e", false, false},     /* a dot of full width */
	    {"\xc2\x85", false, false},         /* a C1 control */
	    {"\xc2\xa0", false, false},         /* a space */
	    {"\xe2\x80\x8b", false, false},     /* of no width */
	    {"\xe2\x80\x8d", false, false},     /* a joiner */
	    {"\xe2\x80\xae", false, false},     /* turns the direction */
	    {"\xe2\x81\xa6", false, false},     /* isolates */
	    {"\xe2\x80\xa8", false, false},     /* ends a line */
	    {"\xef\xbb\xbf", false, false},     /* the byte order mark */
	    {"\xef\xb8\x8f", false, false},     /* a variation selector */
	    {"\xe3\x85\xa4", false, false},     /* a filler that is not seen */
	    {"\xef\xbf\xbf", false, false},     /* no character */
	    {"\xee\x80\x80", false, false},     /* of private use */
	    {"\xf3\xa0\x80\xa1", false, false}, /* a tag */
	    {"\xf0\x9f\x93\x9e", false, false}, /* a telephone */
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		size_t n = 0;

		print_message("%zu\n", i);
		assert_int_equal(
		    unicode_is_letter(table[i].s, true, &n), table[i].first);
		assert_int_equal(n, strlen(table[i].s));
		assert_int_equal(
		    unicode_is_letter(table[i].s, false, &n), table[i].then);
	}
}

static void
latin_letters(void **state)
{
	static const char *const table[][2] = {
	    {"M\xc3\xbcller", "Muller"},
	    {"\xc3\xa4\xc3\xa9\xc3\x9f", "aess"},
	    {"\xc5\x81\xc3\xb3\xc4\x91", "Lod"},
	    {"\xd0\xae\xd0\xbb\xd0\xb8\xd1\x8f", "Yuliya"},
	    {"\xce\x95\xce\xbb\xce\xbb\xce\xac\xce\xb4\xce\xb1", "Ellada"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		char *got = unicode_latin(table[i][0], strlen(table[i][0]));

		assert_non_null(got);
		assert_string_equal(got, table[i][1]);
		free(got);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(normal_form_c),
	    cmocka_unit_test(letters),
	    cmocka_unit_test(latin_letters),
	};

	return cmocka_run_group_tests_name("unicode", tests, NULL, NULL);
}
