/* SPDX-License-Identifier: ISC */
#include "import.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define S INT64_C(1000000)

/* Whatever the recorder tells first: in order of time, the answer before what
 * has the same time, the rest as it came. */
static void
events_are_in_order(void **state)
{
	static const struct import_options options = {.legs = NULL};
	static const struct {
		int64_t at_s;
		const char *text;
	} told[] = {{9, "end"}, {5, "pause"}, {5, "transfer agent=b"},
	    {5, "answer"}, {5, "resume"}, {2, "hold"}};
	static const char want[] = "\n[events]\n2.000 = hold\n5.000 = answer\n"
				   "5.000 = pause\n5.000 = transfer agent=b\n"
				   "5.000 = resume\n9.000 = end\n";
	struct import im = {.o = &options};
	struct import_call *c = import_call(&im, "c1");
	struct buf text = {0};
	struct why why = {.text = ""};

	(void)state;
	import_set(&c->type, "direct");
	c->started_us = 1795341600 * S;
	for (size_t i = 0; i < sizeof told / sizeof *told; i++)
		import_event(
		    c, c->started_us + told[i].at_s * S, "%s", told[i].text);
	if (import_finish(&im, c, &text, &why) != 0)
		fail_msg("%s", why.text);
	assert_non_null(strstr(text.s, "\n[events]\n"));
	assert_string_equal(strstr(text.s, "\n[events]\n"), want);
	buf_free(&text);
	import_free(&im);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(events_are_in_order),
	};

	return cmocka_run_group_tests_name("import", tests, NULL, NULL);
}
