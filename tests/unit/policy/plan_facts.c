/* SPDX-License-Identifier: ISC */
#include "plan_facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ini.h"
#include "policy_read.h"
#include "text.h"

static void
read_doc(struct doc *doc, const char *text, const char *name)
{
	FILE *file = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	struct why why;

	if (ini_read_stream(doc, file, name, &why) != 0)
		fail_msg("%s", why.text);
	(void)fclose(file);
}

/* The plan of a call, from its [plan] on, as text. */
static char *
plan_of(const char *policy_text, const char *call_text, const char *sha256)
{
	struct doc policy_doc, call_doc, out = {0};
	struct policy policy;
	struct policy_notes faults = {0};
	struct call call;
	struct decision d;
	struct buf text = {0};
	struct why why;
	char *plan;

	read_doc(&policy_doc, policy_text, "p.ini");
	read_doc(&call_doc, call_text, "c.ini");
	if (policy_from_doc(&policy, &policy_doc, &faults) != 0)
		fail_msg("%s", faults.text[0]);
	if (call_from_doc(&call, &call_doc, &why) != 0)
		fail_msg("%s", why.text);
	(void)snprintf(policy.sha256, sizeof policy.sha256, "%s", sha256);
	decide_call(&d, &policy, &call, 60000000);
	decide_to_doc(&d, &out);
	if (doc_write(&out, &text, &why) != 0)
		fail_msg("%s", why.text);
	plan = text_dup(strstr(text.s, "[plan]"));
	buf_free(&text);
	doc_free(&out);
	decide_free(&d);
	call_free(&call);
	policy_free(&policy);
	doc_free(&call_doc);
	doc_free(&policy_doc);
	return plan;
}

#define POLICY                                                      \
	"[recording]\nenabled = yes\n[inbound]\nrecord = yes\n"     \
	"ask_permission = yes\nask_third_party = yes\n[messages]\n" \
	"record_inbound = a.wav\nask_permission = b.wav\n"          \
	"ask_third_party = c.wav\nthird_party_message = d.wav\n"
#define CALL "[call]\nid = c1\ntype = queue\n[leg customer]\nfile = a.wav\n"

static void
has(const char *plan, const char *wanted)
{
	if (!strstr(plan, wanted))
		fail_msg("no '%s' in:\n%s", wanted, plan);
}

static void
lacks(const char *plan, const char *unwanted)
{
	if (strstr(plan, unwanted))
		fail_msg("'%s' in:\n%s", unwanted, plan);
}

static void
asked_and_heard(void **state)
{
	char *plan = plan_of(POLICY,
	    CALL "[events]\n1 = answer\n2 = announced\n3 = consent granted\n"
		 "4 = pause\n5 = resume\n6 = payment-start\n7 = payment-end\n"
		 "8 = join third-party 0301\n9 = announced third-party\n"
		 "10 = consent granted third-party\n11 = hold\n12 = unhold\n"
		 "13 = transfer queue=Q agent=bob\n20 = end\n",
	    "abc");

	(void)state;
	has(plan, "\npolicy_sha256 = abc\n");
	has(plan, "\nheard = heard\n");
	has(plan, "\nasked = p.ini:5 [inbound] ask_permission\n");
	has(plan, "\nasked_third = p.ini:6 [inbound] ask_third_party\n");
	has(plan, "[events]\n1 = answer\n2 = announced\n3 = consent granted\n"
		  "8 = join third-party 0301\n9 = announced third-party\n"
		  "10 = consent granted third-party\n11 = hold\n12 = unhold\n"
		  "13 = transfer queue=Q agent=bob\n20 = end\n");
	lacks(plan, "= pause");
	lacks(plan, "= payment");
	free(plan);
}

/* Nobody is asked if nobody joins, or if the policy does not ask. */
static void
not_asked(void **state)
{
	char *plan = plan_of(POLICY, CALL, "");

	(void)state;
	has(plan, "\nasked = p.ini:5");
	lacks(plan, "asked_third");
	lacks(plan, "policy_sha256");
	lacks(plan, "[events]");
	free(plan);
	plan = plan_of("[recording]\nenabled = yes\n[inbound]\nrecord = yes\n"
		       "play_message = no\n",
	    CALL "[events]\n1 = answer\n2 = consent granted\n20 = end\n", "");
	has(plan, "\nheard = none\n");
	lacks(plan, "asked");
	has(plan, "2 = consent granted");
	free(plan);
}

/* Of repeated events of a customer the first one, by time. */
static void
repeated(void **state)
{
	char *plan = plan_of(POLICY,
	    CALL "[events]\n1 = answer\n2 = announced\n9 = consent granted\n"
		 "3 = consent granted\n4 = consent none\n8 = announced\n"
		 "20 = end\n",
	    "");

	(void)state;
	has(plan, "2 = announced\n3 = consent granted\n4 = consent none\n20");
	free(plan);
}

/* A plan has no more lines than recmix reads, whatever the call file has. */
static void
many(void **state)
{
	struct buf call = {0};
	size_t n = 0;
	char *plan;

	(void)state;
	buf_format(&call, CALL "[events]\n1 = answer\n");
	for (int i = 0; i < 3000; i++)
		buf_format(&call, "%d = hold\n", i + 2);
	buf_format(&call, "5000 = consent granted\n5001 = end\n");
	plan = plan_of(POLICY, call.s, "");
	for (const char *at = plan; (at = strstr(at, " = hold\n")); at++)
		n++;
	assert_int_equal(n, PLAN_FACTS_EVENTS_MAX);
	has(plan, "5000 = consent granted\n5001 = end\n");
	free(plan);
	buf_free(&call);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(asked_and_heard),
	    cmocka_unit_test(not_asked),
	    cmocka_unit_test(repeated),
	    cmocka_unit_test(many),
	};

	return cmocka_run_group_tests_name("plan_facts", tests, NULL, NULL);
}
