/* SPDX-License-Identifier: ISC */
#include "call.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A call with one leg that has these keys, "key=value" until NULL. */
static void
make_doc(struct doc *doc, const char *const *keys)
{
	struct doc_section *s;

	*doc = (struct doc){0};
	doc_set_file(doc, "c.ini");
	s = doc_add_section(doc, "call", 1);
	doc_add(s, "id", "c1", 2);
	doc_add(s, "type", "queue", 3);
	s = doc_add_section(doc, "leg customer", 4);
	for (int line = 5; *keys; keys++, line++) {
		char *key = text_ndup(*keys, strcspn(*keys, "="));

		doc_add(s, key, strchr(*keys, '=') + 1, line);
		free(key);
	}
}

static void
what_a_leg_tells(void **state)
{
	static const char *const keys[] = {"file=a.raw", "start=3.25", "end=60",
	    "fits=start", "within=0.5", "at=4.5 10", "at=7 14.25", "channel=2",
	    "channels=2", "rate=16000", NULL};
	struct call call;
	struct doc doc;
	struct why why;

	(void)state;
	make_doc(&doc, keys);
	assert_int_equal(call_from_doc(&call, &doc, &why), 0);
	assert_int_equal(call.leg[0].start_us, 3250000);
	assert_true(call.leg[0].start_told);
	assert_int_equal(call.leg[0].end_us, 60000000);
	assert_int_equal(call.leg[0].fits, CALL_FITS_START);
	assert_int_equal(call.leg[0].within_us, 500000);
	assert_int_equal(call.leg[0].anchors, 2);
	assert_int_equal(call.leg[0].anchor[1].file_us, 7000000);
	assert_int_equal(call.leg[0].anchor[1].call_us, 14250000);
	assert_int_equal(call.leg[0].channel, 2);
	assert_int_equal(call.leg[0].channels, 2);
	assert_int_equal(call.leg[0].rate, 16000);
	call_free(&call);
	doc_free(&doc);
}

static void
what_it_may_leave_out(void **state)
{
	static const char *const keys[] = {"file=a.raw", NULL};
	struct call call;
	struct doc doc;
	struct why why;

	(void)state;
	make_doc(&doc, keys);
	assert_int_equal(call_from_doc(&call, &doc, &why), 0);
	assert_int_equal(call.leg[0].start_us, 0);
	assert_false(call.leg[0].start_told);
	assert_int_equal(call.leg[0].end_us, -1);
	assert_int_equal(call.leg[0].fits, CALL_FITS_UNTOLD);
	assert_int_equal(call.leg[0].anchors, 0);
	call_free(&call);
	doc_free(&doc);
}

static void
what_no_leg_can_be(void **state)
{
	static const struct {
		const char *label;
		const char *keys[6];
		const char *why;
	} table[] = {
	    {"no file", {"start=1"}, "c.ini:4: [leg customer] has no file"},
	    {"a certain end without an end", {"file=a", "fits=end"},
		"c.ini:4: [leg customer] has 'fits = end', but no end"},
	    {"no such certainty", {"file=a", "fits=both"},
		"c.ini:6: fits: not start, end or none: 'both'"},
	    {"one number", {"file=a", "at=3"},
		"c.ini:6: at: not PLACE-IN-FILE TIME-IN-CALL in seconds: '3'"},
	    {"places that fall", {"file=a", "at=5 9", "at=4 20"},
		"c.ini:7: at: not PLACE-IN-FILE TIME-IN-CALL in seconds: '4 "
		"20'"},
	    {"times that fall", {"file=a", "at=5 9", "at=6 8"},
		"c.ini:7: at: not PLACE-IN-FILE TIME-IN-CALL in seconds: '6 "
		"8'"},
	    {"a second part before the first", {"file=a", "start=10", "at=5 9"},
		"c.ini:4: [leg customer] has an 'at' that is not after its "
		"start"},
	    {"from both sides", {"file=a", "end=10", "fits=end", "at=5 9"},
		"c.ini:4: [leg customer] has both 'fits = end' and 'at'"},
	    {"within an hour and more", {"file=a", "within=3601"},
		"c.ini:6: within: not seconds up to 3600: '3601'"},
	    {"no channels", {"file=a", "channels=0"},
		"c.ini:6: channels: not a number from 1 to 64: '0'"},
	    {"a key twice", {"file=a", "fits=start", "fits=end"},
		"c.ini:7: 'fits' appears twice in [leg customer], first in "
		"line 6"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct call call;
		struct doc doc;
		struct why why = {.text = ""};

		make_doc(&doc, table[i].keys);
		if (call_from_doc(&call, &doc, &why) == 0)
			fail_msg("%s: taken", table[i].label);
		assert_string_equal(why.text, table[i].why);
		doc_free(&doc);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_a_leg_tells),
	    cmocka_unit_test(what_it_may_leave_out),
	    cmocka_unit_test(what_no_leg_can_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
