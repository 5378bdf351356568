/* SPDX-License-Identifier: ISC */
#include "number.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct number_plan
plan_of(const char *country, const char *outside)
{
	struct number_plan plan = {"", ""};

	if (*country)
		assert_int_equal(number_set_country(&plan, country), 0);
	if (*outside)
		assert_int_equal(number_set_outside(&plan, outside), 0);
	return plan;
}

static bool
has_reading(const struct number *n, const char *reading)
{
	for (int i = 0; i < n->readings; i++)
		if (strcmp(n->reading[i], reading) == 0)
			return true;
	return false;
}

static void
a_number_in_any_spelling(void **state)
{
	static const struct {
		const char *country, *outside, *text, *reading;
	} table[] = {
	    {"", "", "+49301234567", "+49301234567"},
	    {"", "", "0049301234567", "+49301234567"},
	    {"", "", "49301234567", "+49301234567"},
	    {"", "", "+49 30 123 45 67", "+49301234567"},
	    {"", "", "+49 (0)30/1234-567", "+49301234567"},
	    {"", "", "0049 (0) 30.1234567", "+49301234567"},
	    {"", "", "sip:+49301234567@192.0.2.7:5060", "+49301234567"},
	    {"", "", "sips:+49301234567;user=phone@h", "+49301234567"},
	    {"", "", "sip:%2B49301234567@h", "+49301234567"},
	    {"", "", "tel:+49-30-1234567;ext=7", "+49301234567"},
	    {"", "", "\"Kanzlei\" <sip:0049301234567@h>", "+49301234567"},
	    {"", "", "\"Kanzlei <x>\" <+49301234567>", "+49301234567"},
	    {"", "", "Kanzlei 0049301234567", "+49301234567"},
	    {"", "", "PJSIP/+49301234567-0000001f", "+49301234567"},
	    {"+49", "", "0301234567", "+49301234567"},
	    {"0049", "", "(030) 1234567", "+49301234567"},
	    {"49", "", "+490301234567", "+49301234567"},
	    {"49", "", "*31#0301234567", "+49301234567"},
	    {"49", "0", "00301234567", "+49301234567"},
	    {"49", "0", "00049301234567", "+49301234567"},
	    {"49", "9", "90301234567", "+49301234567"},
	    {"49", "9", "9+49301234567", "+49301234567"},
	    {"49", "", "301234567", "+49301234567"},
	    {"49", "", "200", "200"},
	    {"49", "9", "9200", "200"},
	    {"", "", "200", "200"},
	    {"1", "", "5551234567", "+15551234567"},
	    {"1", "", "15551234567", "+15551234567"},
	    {"1", "", "1 (555) 123-4567", "+15551234567"},
	    {"1", "", "011 49 30 1234567", "+49301234567"},
	    {"1", "9", "9 1 555 123 4567", "+15551234567"},
	    {"1", "", "*675551234567", "+15551234567"},
	    {"7", "", "8 495 123-45-67", "+74951234567"},
	    {"7", "", "810 49 30 1234567", "+49301234567"},
	    {"39", "", "06 1234567", "+39061234567"},
	    {"34", "", "912345678", "+34912345678"},
	    {"36", "", "06 1 234 5678", "+3612345678"},
	    {"61", "", "0011 49 30 1234567", "+49301234567"},
	    {"61", "", "02 9876 5432", "+61298765432"},
	    {"81", "", "03-1234-5678", "+81312345678"},
	    {"44", "", "020 7946 0000", "+442079460000"},
	    /* Service codes before or after a number, and an extension. */
	    {"49", "", "#31#0301234567", "+49301234567"},
	    {"49", "", "*31*0301234567#", "+49301234567"},
	    {"49", "", "0301234567,,12", "+49301234567"},
	    {"49", "", "0301234567w12", "+49301234567"},
	    {"", "", "+49 30 1234567 ext. 12", "+49301234567"},
	    {"", "", "+49301234567phone-context=+49", "+49301234567"},
	    {"", "", "sip:+49301234567:secret@h", "+49301234567"},
	    {"", "", "+49 30 1234567 (Kanzlei)", "+49301234567"},
	    /* Two prefixes, or one where none should be. */
	    {"", "", "++49301234567", "+49301234567"},
	    {"", "", "00+49301234567", "+49301234567"},
	    {"", "", "+0049301234567", "+49301234567"},
	    {"49", "", "49 (0)30 1234567", "+49301234567"},
	    {"1", "", "44 (0)20 79460000", "+442079460000"},
	    {"1", "", "0049301234567", "+49301234567"},
	    {"81", "", "0049301234567", "+49301234567"},
	    /* Of channels and lines of an address book. */
	    {"49", "", "Kanzlei 030/1234567", "+49301234567"},
	    {"", "", "PJSIP/trunk/sip:+49301234567@h", "+49301234567"},
	    {"49", "", "Local/0301234567@out-0000001f;1", "+49301234567"},
	    {"49", "", "Local/0301234567@out/n", "+49301234567"},
	    {"49", "", "<sip:0301234567@h>;tag=1<2", "+49301234567"},
	    {"49", "", "'0301234567'", "+49301234567"},
	    /* A hard blank, dashes, marks of direction, other digits. */
	    {"", "", "+49\u00a030\u202f123\u201145\u201367", "+49301234567"},
	    {"", "", "\u202a+49301234567\u202c", "+49301234567"},
	    {"", "", "\uff0b\uff14\uff19\uff13\uff10 1234567", "+49301234567"},
	    {"49", "", "\u0660\u0663\u0660 1234567", "+49301234567"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct number_plan plan =
		    plan_of(table[i].country, table[i].outside);
		struct number n;

		print_message("%s in %s\n", table[i].text, table[i].country);
		number_read(&n, table[i].text, &plan);
		assert_int_equal(n.kind, NUMBER_DIGITS);
		assert_true(has_reading(&n, table[i].reading));
	}
}

/* A wrong reading would refuse or record the call of another person. */
static void
and_not_in_others(void **state)
{
	static const struct {
		const char *country, *text, *reading;
	} table[] = {
	    {"", "0301234567", "+49301234567"},
	    {"", "0301234567", "+301234567"},
	    {"49", "0301234567", "+301234567"},
	    {"49", "0301234567", "+490301234567"},
	    {"49", "110", "+49110"},
	    {"49", "200", "+200"},
	    {"49", "+15551234567", "+4915551234567"},
	    {"1", "200", "+1200"},
	    {"1", "555123456", "+1555123456"},
	    {"39", "061234567", "+3961234567"},
	    {"49", "0049301234567", "+490049301234567"},
	    {"49", "*31#0301234567", "+491234567"},
	    {"49", "#31#200", "+4931200"},
	    {"49", "PJSIP/bob-0000001f", "+490000001"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct number_plan plan = plan_of(table[i].country, "");
		struct number n;

		print_message("%s in %s is not %s\n", table[i].text,
		    table[i].country, table[i].reading);
		number_read(&n, table[i].text, &plan);
		assert_false(has_reading(&n, table[i].reading));
	}
}

static void
who_is_known_and_who_is_not(void **state)
{
	static const char nines[] = "99999999999999999999999999999999999999999";
	static const struct {
		const char *text;
		enum number_kind kind;
	} table[] = {
	    {NULL, NUMBER_UNTOLD},
	    {"", NUMBER_WITHHELD},
	    {" ", NUMBER_WITHHELD},
	    {"anonymous", NUMBER_WITHHELD},
	    {"Anonymous", NUMBER_WITHHELD},
	    {"\"Anonymous\" <sip:anonymous@anonymous.invalid>",
		NUMBER_WITHHELD},
	    {"\"Anonymous\" <sip:+49301234567@h>", NUMBER_DIGITS},
	    {"<unknown>", NUMBER_WITHHELD},
	    {"Restricted", NUMBER_WITHHELD},
	    {"withheld", NUMBER_WITHHELD},
	    {"0000000000", NUMBER_WITHHELD},
	    {"000", NUMBER_WITHHELD},
	    {"+0000000", NUMBER_WITHHELD},
	    {"No Caller ID", NUMBER_WITHHELD},
	    {"unknown caller", NUMBER_WITHHELD},
	    {"OUT_OF_AREA", NUMBER_WITHHELD},
	    {"[unknown]", NUMBER_WITHHELD},
	    {"(null)", NUMBER_WITHHELD},
	    {"n/a", NUMBER_WITHHELD},
	    {"+", NUMBER_WITHHELD},
	    {"+266696687", NUMBER_WITHHELD},
	    {"+4930123****", NUMBER_WITHHELD},
	    {"4930123XXXX", NUMBER_WITHHELD},
	    {"**200", NUMBER_DIGITS},
	    {"unknown-bob", NUMBER_NAME},
	    {"sip:@h", NUMBER_WITHHELD},
	    {"alice", NUMBER_NAME},
	    {"sip:alice@h", NUMBER_NAME},
	    {"SIP/alice-0000001f", NUMBER_NAME},
	    {"Agent 7", NUMBER_NAME},
	    {"200", NUMBER_DIGITS},
	    {nines, NUMBER_WITHHELD},
	};
	struct number_plan plan = plan_of("49", "");

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct number n;

		print_message("%s\n", table[i].text ? table[i].text : "-");
		number_read(&n, table[i].text, &plan);
		assert_int_equal(n.kind, table[i].kind);
		assert_true(n.kind < NUMBER_NAME || n.readings > 0);
	}
}

static void
patterns(void **state)
{
	static const struct {
		const char *text, *reading; /* NULL: it is none */
		bool prefix;
	} table[] = {
	    {"+49301234567", "+49301234567", false},
	    {"+49 30 *", "+4930", true},
	    {"0049 30*", "+4930", true},
	    {"030*", "+4930", true},
	    {"030 1234567", "+49301234567", false},
	    {"2*", "2", true},
	    {"911", "911", false},
	    {"+4*9", NULL, false},
	    {"*", NULL, false},
	    {"**", NULL, false},
	    {"", NULL, false},
	    {"lawyers", NULL, false},
	    {"+49 30 lawyers", NULL, false},
	    {"#31#", NULL, false},
	    {"+4930123456789012345678", NULL, false},
	    {"030 1234567 / 030 7654321", NULL, false},
	    {"+49\u00a030\u00a0123\u201367*", "+493012367", true},
	    {"+49 (0)30 1234567", "+49301234567", false},
	};
	struct number_plan plan = plan_of("49", "");

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		bool prefix = false;
		struct number n;
		struct why why;
		int bad =
		    number_pattern(&n, &prefix, table[i].text, &plan, &why);

		print_message("%s\n", table[i].text);
		assert_int_equal(bad, table[i].reading ? 0 : -1);
		if (bad)
			continue;
		assert_int_equal(prefix, table[i].prefix);
		assert_true(has_reading(&n, table[i].reading));
	}
}

static void
countries(void **state)
{
	static const char *const bad[] = {
	    "", "+", "0", "049", "+4930", "DE", "00", "4 9", NULL};
	struct number_plan plan = {"", ""};

	(void)state;
	for (int i = 0; bad[i]; i++)
		assert_int_equal(number_set_country(&plan, bad[i]), -1);
	assert_int_equal(number_set_country(&plan, "+1"), 0);
	assert_int_equal(number_set_country(&plan, "00351"), 0);
	assert_string_equal(plan.country, "351");
	assert_int_equal(number_set_outside(&plan, "x"), -1);
	assert_int_equal(number_set_outside(&plan, "0123"), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_number_in_any_spelling),
	    cmocka_unit_test(and_not_in_others),
	    cmocka_unit_test(who_is_known_and_who_is_not),
	    cmocka_unit_test(patterns),
	    cmocka_unit_test(countries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
