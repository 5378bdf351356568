/* SPDX-License-Identifier: ISC */
#include "ticket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "text.h"

/* Unknown keys are passed on with the file. */
static void
strange_keys_travel(void **state)
{
	struct ticket t = {0}, back = {0};
	struct ticket_file *f = ticket_add(&t, "c1-1.mp3");
	struct doc doc = {0};
	struct why why = {0};

	(void)state;
	doc_add(doc_add_section(&t.call, "call", 0), "id", "c1", 0);
	f->recording = f->recordings = f->part = f->parts = 1;
	f->rate = 8000;
	f->channels = 2;
	f->samples = 16000;
	f->bytes = 4000;
	ticket_add_cut(f, 1000000, 1500000, "pause");
	doc_add(&f->extra, "mood", "sunny", 0);
	ticket_to_doc(&t, &doc);
	assert_int_equal(ticket_from_doc(&back, &doc, &why), 0);
	assert_int_equal(back.files, 1);
	assert_string_equal(back.file[0].name, "c1-1.mp3");
	assert_int_equal(back.file[0].samples, 16000);
	assert_int_equal(back.file[0].cuts, 1);
	assert_int_equal(back.file[0].cut[0].end_us, 1500000);
	assert_string_equal(back.file[0].cut[0].reason, "pause");
	assert_int_equal(back.file[0].extra.keys, 1);
	assert_string_equal(back.file[0].extra.key[0].name, "mood");
	assert_string_equal(back.file[0].extra.key[0].value, "sunny");
	doc_free(&doc);
	ticket_free(&t);
	ticket_free(&back);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(strange_keys_travel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
