/* SPDX-License-Identifier: ISC */
#include "metadata.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ini.h"
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
		char *name = metadata_name(table[i].object, false);

		assert_string_equal(name, table[i].wanted);
		free(name);
	}
}

/* tests/metadata.t compares what is made here with the schema. */
static void
keep(const char *text)
{
	const char *path = getenv("METADATA_TEXTS");
	FILE *file = path ? fopen(path, "a") : NULL;

	if (!file)
		return;
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void
check_facts(struct ticket *t, const char *facts, const char *wanted)
{
	char *text = metadata_text(t, &t->file[0], "d/c1-1.1.mp3", facts);

	keep(text);
	assert_string_equal(text, wanted);
	free(text);
}

static void
check(struct ticket *t, const char *wanted)
{
	check_facts(t, NULL, wanted);
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

/* By hand, few facts are known. */
static void
bare(void **state)
{
	struct ticket t = {0};
	struct ticket_file *f = ticket_add(&t, "talk.mp3");

	(void)state;
	f->recording = f->recordings = f->part = f->parts = 1;
	f->bytes = 5;
	memset(f->sha256, 'b', 64);
	check(&t, "{\"object\":\"d/c1-1.1.mp3\",\"bytes\":5,\"sha256\":\""
		  "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
		  "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\","
		  "\"recording\":1,\"recordings\":1,\"part\":1,\"parts\":1,"
		  "\"start\":0.0}\n");
}

/* A ticket may contain anything: lengths must not overflow. */
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
	memset(f->sha256, 'c', 64);
	check(&t, "{\"object\":\"d/c1-1.1.mp3\",\"bytes\":0,\"sha256\":\""
		  "cccccccccccccccccccccccccccccccc"
		  "cccccccccccccccccccccccccccccccc\","
		  "\"recording\":1,\"recordings\":1,\"part\":1,\"parts\":1,"
		  "\"start\":0.0,\"rate\":8000,\"channels\":1,"
		  "\"first_sample\":0,\"samples\":9223372036854775807}\n");
}

#define SHA                                \
	"dddddddddddddddddddddddddddddddd" \
	"dddddddddddddddddddddddddddddddd"

static const char made[] =
    "[call]\nid = c1\ntype = queue\nagent = alice\ncaller = 0301\n"
    "[plan]\nrecord = yes\nreason = p.ini:7 [agent alice] record (l.txt:3)\n"
    "message = a.wav\nmessage = b.wav\npolicy_sha256 = " SHA
    "\nheard = heard\nasked = p.ini:9 [inbound] ask_permission\n"
    "[events]\n3 = announced\n2 = consent none\n4.9 = consent granted\n"
    "9 = consent declined third-party\n"
    "[account customer]\nchannel = 1\nfile = in.wav\nfound = 9.500\n"
    "kept = 4.000\ncut = 1.000\noutside = 4.500\nmissing = 0.000\n"
    "[account agent alice]\nchannel = 2\nfile = 0301 al\nfile = ice.wav\n"
    "told = 9.000\nabsent = 0301 alice.wav: gone\nfound = 0.000\n"
    "kept = 0.000\ncut = 0.000\noutside = 0.000\nmissing = 9.000\n"
    "[mixed]\nrectools = 0.2.0\n"
    "[file c1.mp3]\nrecording = 1\nrecordings = 1\npart = 1\nparts = 1\n"
    "start = 4.9\nagent = alice\nqueue = ivr/Q\nrate = 8000\nchannels = 2\n"
    "first_sample = 0\nsamples = 32000\nbytes = 9\nsha256 = " SHA
    "\ncut = 5 6 pause\nmissing = 9.000 agent 0301 alice.wav\n"
    "doubt = agent leg (0301 alice.wav) is missing\n"
    "redaction_style = silence\n";

static void
read_made(struct ticket *t)
{
	FILE *file = fmemopen((void *)(uintptr_t)made, sizeof made - 1, "r");
	struct doc doc;
	struct why why;

	if (ini_read_stream(&doc, file, "ticket", &why) != 0 ||
	    ticket_from_doc(t, &doc, &why) != 0)
		fail_msg("%s", why.text);
	doc_free(&doc);
	(void)fclose(file);
}

#define HEAD                                                         \
	"{\"object\":\"d/c1-1.1.mp3\",\"bytes\":9,\"sha256\":\"" SHA \
	"\",\"class\":\"inbound\",\"recording\":1,\"recordings\":1," \
	"\"part\":1,\"parts\":1,\"start\":4.9,"
#define SOUND                                                         \
	"\"rate\":8000,\"channels\":2,\"first_sample\":0,"            \
	"\"samples\":32000,\"seconds\":4.0,\"cuts\":[{\"start\":5.0," \
	"\"end\":6.0,\"reason\":\"pause\"}],"                         \
	"\"redaction_style\":\"silence\","
#define HEARD                                                              \
	"\"messages\":[\"a.wav\",\"b.wav\"],\"messages_heard\":\"heard\"," \
	"\"messages_heard_at\":3.0,"
#define THIRD                                        \
	"{\"role\":\"third-party\",\"asked\":false," \
	"\"answer\":\"declined\",\"at\":9.0}],"
#define CUSTOMER_LEG                                            \
	"\"channel\":1,\"found\":9.5,\"kept\":4.0,\"cut\":1.0," \
	"\"outside\":4.5,\"missing\":0.0},"
#define AGENT_LEG                                                \
	"\"channel\":2,\"told\":9.0,\"found\":0.0,\"kept\":0.0," \
	"\"cut\":0.0,\"outside\":0.0,\"missing\":9.0,"

/* A ticket of recmix: who, asked, heard, by which policy, of which legs. */
static void
all(void **state)
{
	struct ticket t;

	(void)state;
	read_made(&t);
	check(&t, HEAD
	    "\"queue\":\"ivr/Q\",\"agent\":\"alice\"," SOUND
	    "\"missing\":[\"9.000 agent 0301 alice.wav\"],"
	    "\"doubt\":\"agent leg (0301 alice.wav) is missing\","
	    "\"rectools\":\"0.2.0\",\"parties\":[{\"role\":\"customer\","
	    "\"number\":\"0301\",\"channel\":1},{\"role\":\"agent\","
	    "\"name\":\"alice\",\"channel\":2}],\"customer_channel\":1,"
	    "\"agent_channel\":2,\"consent\":[{\"role\":\"customer\","
	    "\"asked\":true,\"policy\":\"p.ini:9 [inbound] "
	    "ask_permission\",\"answer\":\"granted\",\"at\":4.9}," THIRD HEARD
	    "\"policy\":{\"line\":\"p.ini:7 [agent alice] record "
	    "(l.txt:3)\",\"sha256\":\"" SHA
	    "\"},\"legs\":[{\"role\":\"customer\","
	    "\"file\":\"in.wav\"," CUSTOMER_LEG
	    "{\"role\":\"agent\",\"label\":\"alice\","
	    "\"file\":\"0301 al ice.wav\"," AGENT_LEG
	    "\"absent\":\"0301 alice.wav: gone\"}],\"call\":{"
	    "\"id\":\"c1\",\"type\":\"queue\",\"agent\":\"alice\","
	    "\"caller\":\"0301\"}}\n");
}

/* No one is named if only these facts are allowed. */
static void
without_names(void **state)
{
	struct ticket t;

	(void)state;
	read_made(&t);
	check_facts(&t, "id queue",
	    HEAD "\"queue\":\"ivr/Q\"," SOUND
		 "\"doubt\":\"the legs do not match the call file\","
		 "\"rectools\":\"0.2.0\",\"parties\":[{\"role\":\"customer\","
		 "\"channel\":1},{\"role\":\"agent\",\"channel\":2}],"
		 "\"customer_channel\":1,\"agent_channel\":2,"
		 "\"consent\":[{\"role\":\"customer\",\"asked\":true,"
		 "\"policy\":\"p.ini:9\",\"answer\":\"granted\","
		 "\"at\":4.9}," THIRD HEARD
		 "\"policy\":{\"line\":\"p.ini:7\",\"sha256\":\"" SHA
		 "\"},\"legs\":[{\"role\":\"customer\"," CUSTOMER_LEG
		 "{\"role\":\"agent\"," AGENT_LEG
		 "\"absent\":\"no sound\"}],\"call\":{\"id\":\"c1\"}}\n");
	ticket_free(&t);
}

/* A plan of an earlier version: it is unknown who was asked. */
static void
earlier_plan(void **state)
{
	struct ticket t = {0};
	struct ticket_file *f = ticket_add(&t, "c1.mp3");
	struct doc_section *s = doc_add_section(&t.call, "plan", 0);

	(void)state;
	f->recording = f->recordings = f->part = f->parts = 1;
	memset(f->sha256, 'd', 64);
	doc_add(s, "reason", "p.ini:4 [inbound] record", 0);
	doc_add(doc_add_section(&t.call, "mixed", 0), "rectools", "0.2.0", 0);
	check_facts(&t, NULL,
	    "{\"object\":\"d/c1-1.1.mp3\",\"bytes\":0,\"sha256\":\"" SHA
	    "\",\"recording\":1,\"recordings\":1,\"part\":1,\"parts\":1,"
	    "\"start\":0.0,\"rectools\":\"0.2.0\",\"parties\":[{\"role\":"
	    "\"customer\"},{\"role\":\"agent\"}],\"messages\":[],"
	    "\"policy\":{\"line\":\"p.ini:4 [inbound] record\"},"
	    "\"legs\":[]}\n");
	ticket_free(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names),
	    cmocka_unit_test(whole),
	    cmocka_unit_test(bare),
	    cmocka_unit_test(endless),
	    cmocka_unit_test(all),
	    cmocka_unit_test(without_names),
	    cmocka_unit_test(earlier_plan),
	};

	return cmocka_run_group_tests_name("metadata", tests, NULL, NULL);
}
