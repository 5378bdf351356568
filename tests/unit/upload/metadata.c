/* SPDX-License-Identifier: ISC */
#include "metadata.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "text.h"

static void
names(void **state)
{
	static const struct {
		const char *object, *wanted;
	} table[] = {
	    {"a/b.mp3", "a/b.json"},
	    {"a/b.1.mp3", "a/b.1.json"},
	    {"a.mp3/b", "a.mp3/b.json"},
	    {".mp3", ".mp3.json"},
	    {"a/b.mp3.cms", "a/b.json.cms"},
	    {"a.cms/b.mp3", "a.cms/b.json"},
	    {"a/b.cms", "a/b.json.cms"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		char *name = metadata_name(table[i].object);

		assert_string_equal(name, table[i].wanted);
		free(name);
	}
}

static void
check(struct ticket *t, const char *wanted)
{
	char *text = metadata_text(t, &t->file[0], "d/c1-1.1.mp3");

	assert_string_equal(text, wanted);
	free(text);
	ticket_free(t);
}

static void
whole(void **state)
{
	struct ticket t = {0};
	struct ticket_file *f = ticket_add(&t, "c1-1.1.mp3");
	struct doc_section *call = doc_add_section(&t.call, "call", 0);

	(void)state;
	doc_add(call, "id", "c1", 0);
	doc_add(call, "type", "dialpad", 0);
	doc_add(call, "note.of.ours", "say \"hi\"\\", 0);
	doc_add(call, "0", "caf\xc3\xa9", 0);
	doc_add(call, "latin", "caf\xe9", 0);
	f->recording = 2;
	f->recordings = 3;
	f->part = f->parts = 1;
	f->start_us = 4900000;
	f->queue = text_dup("ivr/Sales");
	f->rate = 8000;
	f->channels = 2;
	f->first_sample = 16000;
	f->samples = 12001;
	f->bytes = 48000;
	memset(f->sha256, 'a', 64);
	ticket_add_cut(f, 45000000, 61200001, "pause");
	ticket_add_cut(f, 120000000, 150500000, "payment");
	check(&t, "{\"object\":\"d/c1-1.1.mp3\",\"bytes\":48000,\"sha256\":"
		  "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"class\":\"outbound\","
		  "\"recording\":2,\"recordings\":3,\"part\":1,\"parts\":1,"
		  "\"start\":4.9,\"queue\":\"ivr/Sales\",\"rate\":8000,"
		  "\"channels\":2,\"first_sample\":16000,\"samples\":12001,"
		  "\"seconds\":1.500125,\"cuts\":[{\"start\":45.0,"
		  "\"end\":61.200001,\"reason\":\"pause\"},{\"start\":120.0,"
		  "\"end\":150.5,\"reason\":\"payment\"}],\"call\":{"
		  "\"id\":\"c1\",\"type\":\"dialpad\","
		  "\"note.of.ours\":\"say \\\"hi\\\"\\\\\","
		  "\"0\":\"caf\xc3\xa9\",\"latin\":\"caf?\"}}\n");
}

/* By hand little is known. */
static void
bare(void **state)
{
	struct ticket t = {0};
	struct ticket_file *f = ticket_add(&t, "talk.mp3");

	(void)state;
	f->recording = f->recordings = f->part = f->parts = 1;
	f->bytes = 5;
	check(&t, "{\"object\":\"d/c1-1.1.mp3\",\"bytes\":5,\"sha256\":\"\","
		  "\"recording\":1,\"recordings\":1,\"part\":1,\"parts\":1,"
		  "\"start\":0.0}\n");
}

/* A ticket may say anything: no length that would overflow. */
static void
endless(void **state)
{
	struct ticket t = {0};
	struct ticket_file *f = ticket_add(&t, "c1-1.1.mp3");

	(void)state;
	f->recording = f->recordings = f->part = f->parts = 1;
	f->rate = 8000;
	f->channels = 1;
	f->samples = INT64_MAX;
	check(&t, "{\"object\":\"d/c1-1.1.mp3\",\"bytes\":0,\"sha256\":\"\","
		  "\"recording\":1,\"recordings\":1,\"part\":1,\"parts\":1,"
		  "\"start\":0.0,\"rate\":8000,\"channels\":1,"
		  "\"first_sample\":0,\"samples\":9223372036854775807}\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names),
	    cmocka_unit_test(whole),
	    cmocka_unit_test(bare),
	    cmocka_unit_test(endless),
	};

	return cmocka_run_group_tests_name("metadata", tests, NULL, NULL);
}
