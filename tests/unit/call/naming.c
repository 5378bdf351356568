/* SPDX-License-Identifier: ISC */
#include "naming.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy_read.h"

static void
a_path_has_its_channel_once(void **state)
{
	static const char *const table[][3] = {
	    {"ivr", "Billing", "ivr/Billing"},
	    {"ivr", "/Billing", "ivr/Billing"},
	    {"ivr", "ivr/Billing", "ivr/Billing"},
	    {"ivr", "/IVR//Billing/", "ivr/Billing"},
	    {"ivr", "ivrBilling", "ivr/ivrBilling"},
	    {"ivr", "ivr", "ivr/ivr"},
	    {"web", "ivr/Billing", "web/ivr/Billing"},
	    {"ivr", "Second Line/a_b", "ivr/Second Line/a_b"},
	    {"ivr", "//", "ivr"},
	    {"ivr", "", "ivr"},
	    {"mobile", NULL, "mobile"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		char *path = naming_path(table[i][0], table[i][1]);

		assert_string_equal(path, table[i][2]);
		free(path);
	}
}

static void
a_key_is_the_same_for_all_spellings(void **state)
{
	char *a = naming_key("ivr/Second_Line"),
	     *b = naming_key("IVR/sEcond-line");

	(void)state;
	assert_string_equal(a, b);
	free(a);
	free(b);
	/* The same length as the name; only ASCII letters have a case. */
	a = naming_key("\303\204-\303\244");
	assert_string_equal(a, "\303\204-\303\244");
	free(a);
}

static void
the_policy_has_the_spelling(void **state)
{
	static const struct {
		enum call_class class;
		const char *path, *spelled;
	} table[] = {
	    {CALL_INBOUND, "ivr/billing", "ivr/Billing"},
	    {CALL_INBOUND, "ivr/BILLING/x_y", "ivr/Billing/x_y"},
	    {CALL_INBOUND, "ivr/billing/disputes/Z", "ivr/Billing/Disputes/Z"},
	    {CALL_OUTBOUND, "ivr/billing", "ivr/Billing"},
	    {CALL_INBOUND, "ivr/billings", "ivr/billings"},
	    {CALL_INBOUND, "ivr", "ivr"},
	};
	struct doc doc = {0};
	struct policy_notes faults = {0};
	struct policy p;

	(void)state;
	doc_set_file(&doc, "p.ini");
	doc_add_section(&doc, "queue ivr/Billing inbound", 1);
	doc_add_section(&doc, "queue ivr/Billing/Disputes inbound", 2);
	assert_int_equal(policy_from_doc(&p, &doc, &faults), 0);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		char *path = policy_spelling(&p, table[i].class, table[i].path);

		assert_string_equal(path, table[i].spelled);
		free(path);
	}
	policy_free(&p);
	doc_free(&doc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_path_has_its_channel_once),
	    cmocka_unit_test(a_key_is_the_same_for_all_spellings),
	    cmocka_unit_test(the_policy_has_the_spelling),
	};

	return cmocka_run_group_tests_name("naming", tests, NULL, NULL);
}
