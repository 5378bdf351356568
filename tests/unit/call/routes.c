/* SPDX-License-Identifier: ISC */
#include "routes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "text.h"
#include "upload.h"

/* "[section]" and "key = value" lines into a document. */
static struct doc
doc_of(const char *text)
{
	struct doc doc = {0};
	struct doc_section *s = NULL;
	char *copy = text_dup(text), *rest = NULL;
	int line = 0;

	doc_set_file(&doc, "up.ini");
	for (char *l = strtok_r(copy, "\n", &rest); l;
	     l = strtok_r(NULL, "\n", &rest)) {
		char *equals = strstr(l, " = ");

		line++;
		if (l[0] == '[') {
			l[strlen(l) - 1] = '\0';
			s = doc_add_section(&doc, l + 1, line);
		} else {
			*equals = '\0';
			doc_add(s, l, equals + 3, line);
		}
	}
	free(copy);
	return doc;
}

#define DESTS                                                  \
	"[destination a]\ntype = directory\npath = x\n"        \
	"[destination b]\ntype = directory\nmax_bytes = 30M\n" \
	"[destination z]\ntype = zendesk\n"                    \
	"[destination unused]\ntype = kustomer\nmax_bytes = 1k\n"

static void
the_first_route_that_fits_wins(void **state)
{
	static const char settings[] =
	    "[upload]\nto = a\n"
	    "[route bills]\nqueue = Billing\nqueue = web/Shop\nto = b\n"
	    "[route out]\nclass = outbound callback\nto = z b\n"
	    "[route en]\nchannel = mobile\nlanguage = en\nagent = eve\nto = "
	    "z\n" DESTS;
	static const struct {
		const char *label, *queue, *own, *type, *channel;
		const char *agent;
		uint64_t wanted; /* a is 1, b 2, z 4 */
	} table[] = {
	    {"nothing known", NULL, NULL, NULL, NULL, NULL, 1},
	    {"the queue itself", "Billing", NULL, "queue", NULL, NULL, 2},
	    {"below it", "Billing/Disputes", NULL, "queue", NULL, NULL, 2},
	    {"no component", "Billings", NULL, "queue", NULL, NULL, 1},
	    {"the recording's queue", "Sales", "ivr/Billing/X", "queue", NULL,
		NULL, 2},
	    {"transferred away", "Billing", "ivr/Sales", "queue", NULL, NULL,
		1},
	    {"with the channel", "Shop", NULL, "queue", "web", NULL, 2},
	    {"another channel", "Shop", NULL, "queue", "ivr", NULL, 1},
	    {"outbound", NULL, NULL, "dialpad", NULL, NULL, 6},
	    {"callback", "Sales", NULL, "scheduled-callback", NULL, NULL, 6},
	    {"no such type", NULL, NULL, "fax", NULL, NULL, 1},
	    {"three facts", "Sales", NULL, "queue", "mobile", "eve", 4},
	    {"one of them not", "Sales", NULL, "queue", "mobile", "bob", 1},
	};
	struct doc doc = doc_of(settings);
	struct routes r;
	struct why why = {0};

	(void)state;
	if (routes_from_doc(&r, &doc, &why) != 0)
		fail_msg("%s", why.text);
	assert_int_equal(r.names, 3);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct ticket t = {0};
		struct doc_section *call = doc_add_section(&t.call, "call", 0);
		struct ticket_file *f = ticket_add(&t, "x.mp3");

		print_message("%s\n", table[i].label);
		doc_add(call, "language", "en", 0);
		if (table[i].queue)
			doc_add(call, "queue", table[i].queue, 0);
		if (table[i].type)
			doc_add(call, "type", table[i].type, 0);
		if (table[i].channel)
			doc_add(call, "channel", table[i].channel, 0);
		f->queue = text_dup(table[i].own);
		f->agent = text_dup(table[i].agent);
		assert_int_equal(routes_for(&r, &t, f), table[i].wanted);
		ticket_free(&t);
	}
	routes_free(&r);
	doc_free(&doc);
}

static void
the_smallest_limit_in_use(void **state)
{
	static const struct {
		const char *label, *head;
		uint64_t wanted;
	} table[] = {
	    {"none", "[upload]\nto = a\n", 0},
	    {"of the settings", "[upload]\nto = a b\n", 30000000},
	    {"of the type", "[upload]\nto = z\n", 50000000},
	    {"the smaller", "[upload]\nto = z b\n", 30000000},
	    {"of a route", "[upload]\nto = a\n[route r]\nto = z\n", 50000000},
	    {"encrypted for two",
		"[upload]\nto = e\n[destination e]\ntype = zendesk\n"
		"encrypt_to = a.pem  b.pem\n",
		50000000 - 50000000 / 512 - 8192},
	    {"no limit, encrypted",
		"[upload]\nto = e\n[destination e]\ntype = directory\n"
		"encrypt_to = a.pem\n",
		0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		char *text = text_format("%s%s", table[i].head, DESTS);
		struct doc doc = doc_of(text);
		struct why why = {0};
		uint64_t bytes = 1;

		print_message("%s\n", table[i].label);
		if (routes_limit(&doc, &bytes, &why) != 0)
			fail_msg("%s", why.text);
		assert_int_equal(bytes, table[i].wanted);
		doc_free(&doc);
		free(text);
	}
}

static void
what_is_wrong_is_told(void **state)
{
	static const struct {
		const char *text, *told;
	} table[] = {
	    {"[upload]\nfoo = a\n" DESTS, "up.ini:2: "},
	    {"[upload]\nto = a q\n" DESTS, "no [destination q]"},
	    {"[upload]\nto = a a\n" DESTS, "'a' appears twice"},
	    {DESTS, "[upload] to = DESTINATION ... is missing"},
	    {"[upload]\nto = a\n[route r]\nqueue = x\n" DESTS,
		"[route r] to = DESTINATION ... is missing"},
	    {"[upload]\nto = a\n[route r]\nclass = inbond\nto = a\n" DESTS,
		"up.ini:4: class: "},
	    {"[upload]\nto = a\n[route r]\nto = a\n[route r]\nto = b\n" DESTS,
		"appears twice"},
	    {"[upload]\nto = a\n[router]\nto = a\n" DESTS,
		"up.ini:3: [router]"},
	    {"[upload]\nto = a\n[route]\nto = a\n" DESTS, "a name of"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct doc doc = doc_of(table[i].text);
		struct routes r;
		struct why why = {0};

		assert_int_equal(routes_from_doc(&r, &doc, &why), -1);
		print_message("%s\n", why.text);
		assert_non_null(strstr(why.text, table[i].told));
		doc_free(&doc);
	}
}

/* A limit for an unknown type would be a mistake in the code. */
static void
limits_belong_to_types(void **state)
{
	static const char *const limited[] = {
	    "zendesk", "kustomer", "salesforce", "s3", "azure", "gcs"};

	(void)state;
	for (size_t i = 0; i < sizeof limited / sizeof *limited; i++) {
		const char *near;

		print_message("%s\n", limited[i]);
		assert_non_null(dest_kind_named(limited[i], &near));
		assert_true(routes_type_limit(limited[i], 0) > 0);
	}
	assert_int_equal(routes_type_limit("directory", 0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_first_route_that_fits_wins),
	    cmocka_unit_test(the_smallest_limit_in_use),
	    cmocka_unit_test(what_is_wrong_is_told),
	    cmocka_unit_test(limits_belong_to_types),
	};

	return cmocka_run_group_tests_name("routes", tests, NULL, NULL);
}
