/* SPDX-License-Identifier: ISC */
#include "json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
what_stands_at_a_path(void **state)
{
	static const char text[] =
	    "{\"a\":{\"b\":[{\"c\":\"x\"},{\"c\":7}],\"n\":\"12\",\"t\":true},"
	    "\"d.e\":\"dotted\",\"z\":null}";
	struct json *j = json_parse(text, sizeof text - 1);

	(void)state;
	assert_non_null(j);
	assert_string_equal(json_text(j, "a.b.0.c"), "x");
	assert_int_equal(json_number(j, "a.b.1.c"), 7);
	assert_int_equal(json_number(j, "a.n"), 12);
	assert_true(json_yes(j, "a.t"));
	assert_int_equal(json_count(j, "a.b"), 2);
	assert_int_equal(json_count(j, ""), 3);
	assert_string_equal(json_name(j, "a", 1), "n");
	assert_null(json_name(j, "a", 3));
	assert_string_equal(json_member(j, "", "d.e"), "dotted");
	assert_string_equal(json_spelling(j, "", "D.E"), "d.e");
	assert_null(json_spelling(j, "", "d.f"));
	/* Nothing of that kind. */
	assert_null(json_text(j, "a.b.2.c"));
	assert_null(json_text(j, "a.b.x"));
	assert_null(json_text(j, "a.b.1.c"));
	assert_null(json_text(j, "z"));
	assert_null(json_text(j, "a.n.deeper"));
	assert_int_equal(json_number(j, "a.b.0.c"), -1);
	assert_false(json_yes(j, "a.n"));
	assert_null(json_text(NULL, "a"));
	json_free(j);
}

static void
what_is_no_json(void **state)
{
	static const char *const table[] = {
	    "", "<html>429 Too Many</html>", "{\"a\":", "{\"a\":1}x", "\xff"};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		print_message("%s\n", table[i]);
		assert_null(json_parse(table[i], strlen(table[i])));
	}
	assert_null(json_parse(NULL, 0));
}

static void
what_is_written(void **state)
{
	struct json *j = json_new();
	char *text;

	(void)state;
	json_set_text(j, "t.body", "a \"quote\"\n");
	json_set_yes(j, "t.public", false);
	json_set_text(j, "t.uploads.0", "one");
	json_set_text(j, "t.uploads.1", "two");
	json_set_text(j, "t.list.0.id", "x");
	json_set_number(j, "t.list.0.size", 5);
	json_set_text(j, "bad",
	    "a\xff"
	    "b");
	text = json_write(j);
	assert_string_equal(text,
	    "{\"t\":{\"body\":\"a \\\"quote\\\"\\n\",\"public\":false,"
	    "\"uploads\":[\"one\",\"two\"],\"list\":[{\"id\":\"x\","
	    "\"size\":5}]},\"bad\":\"a?b\"}");
	free(text);
	json_free(j);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_stands_at_a_path),
	    cmocka_unit_test(what_is_no_json),
	    cmocka_unit_test(what_is_written),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
