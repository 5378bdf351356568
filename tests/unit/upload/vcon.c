/* SPDX-License-Identifier: ISC */
#include "vcon.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "ini.h"
#include "io.h"
#include "json.h"
#include "text.h"

static char *
at_https(const struct dest *d, const char *object)
{
	(void)d;
	return text_format("https://example.com/%s", object);
}

static char *
at_path(const struct dest *d, const char *object)
{
	(void)d;
	return text_format("/srv/%s", object);
}

static struct dest_kind kind = {.where = at_https};

/* A recording of the sections, sent as "abc"; its vCon, and as text. */
static struct json *
vcon_of(const char *sections, const char *facts, char **text)
{
	char *ini = text_format("%s\nbytes = 3\n", sections);
	FILE *file = fmemopen(ini, strlen(ini), "r");
	struct dest d = {.kind = &kind,
	    .name = text_dup("archive"),
	    .facts = text_dup(facts)};
	struct dest_item item = {.object = "d/c1.mp3", .fd = -1};
	struct ticket t;
	struct doc doc;
	struct why why;
	struct json *j;

	if (ini_read_stream(&doc, file, "ticket", &why) != 0 ||
	    ticket_from_doc(&t, &doc, &why) != 0)
		fail_msg("%s", why.text);
	item.ticket = &t;
	item.file = &t.file[0];
	item.fd = memfd_create("c1.mp3", MFD_CLOEXEC);
	assert_int_equal(io_write(item.fd, "abc", 3), 0);
	*text = vcon_text(&d, &item, INT64_C(1795000000) * 1000000);
	j = json_parse(*text, strlen(*text));
	assert_non_null(j);
	(void)close(item.fd);
	ticket_free(&t);
	doc_free(&doc);
	(void)fclose(file);
	free(d.name);
	free(d.facts);
	free(ini);
	return j;
}

#define CALL                                                             \
	"[call]\nid = c1\ntype = dialpad\nagent = alice\ncaller = 200\n" \
	"callee = +49 (30) 12-34\nstarted = 2026-11-22T10:00:00.500Z\n"
#define LEGS                                                 \
	"[account customer]\nchannel = 1\n[account agent]\n" \
	"channel = 2\n[mixed]\nrectools = 1.2.3\n"
#define FILE_OF "[file c1.mp3]\npart = 1\nparts = 1\nrate = 8000\nstart = 4.9\n"

static void
is(const struct json *j, const char *path, const char *wanted)
{
	const char *got = json_text(j, path);

	if (!got || strcmp(got, wanted) != 0)
		fail_msg("%s: %s, not %s", path, got ? got : "none", wanted);
}

static void
whole(void **state)
{
	char *text, *again;
	struct json *j = vcon_of(CALL
	    "[events]\n6 = hold\n7 = unhold\n" LEGS FILE_OF
	    "channels = 2\nsamples = 16000\ncut = 5 6 pause+payment\n",
	    NULL, &text);

	(void)state;
	is(j, "vcon", "0.4.0");
	is(j, "extensions.0", "CC");
	is(j, "created_at", "2026-11-22T10:00:07.400Z");
	is(j, "redacted.type", "pause, payment");
	is(j, "parties.0.tel", "+49301234");
	is(j, "parties.0.role", "customer");
	is(j, "parties.1.tel", "200");
	is(j, "parties.1.name", "alice");
	is(j, "parties.1.validation", "none");
	is(j, "parties.2.name", "rectools 1.2.3");
	is(j, "dialog.0.type", "recording");
	is(j, "dialog.0.start", "2026-11-22T10:00:05.400Z");
	assert_int_equal(json_number(j, "dialog.0.parties.0.0"), 0);
	assert_int_equal(json_number(j, "dialog.0.parties.1.0"), 1);
	assert_int_equal(json_number(j, "dialog.0.originator"), 1);
	is(j, "dialog.0.party_history.0.event", "hold");
	is(j, "dialog.0.party_history.1.time", "2026-11-22T10:00:07.500Z");
	is(j, "dialog.0.url", "https://example.com/d/c1.mp3");
	is(j, "dialog.0.filename", "c1.mp3");
	/* FIPS 180-4, the SHA-512 of "abc". */
	is(j, "dialog.0.content_hash",
	    "sha512-3a81oZNherrMQXNJriBBMRLm-k6JqX6iCp7u5ktV05ohkpkqJ0_"
	    "BqDa6PCOj_uu9RU1EI2Q86A4qmslPpUyknw");
	is(j, "dialog.0.interaction_id", "c1");
	assert_int_equal(json_number(j, "attachments.0.party"), 2);
	is(j, "attachments.0.body.object", "d/c1.mp3");
	json_free(j);
	j = vcon_of(CALL "[events]\n6 = hold\n7 = unhold\n" LEGS FILE_OF
			 "channels = 2\nsamples = 16000\n"
			 "cut = 5 6 pause+payment\n",
	    NULL, &again);
	assert_string_equal(text, again);
	json_free(j);
	free(text);
	free(again);
}

/* Another vCon has another name. */
static void
unlike(void **state)
{
	char *one, *two;
	struct json *a = vcon_of(CALL LEGS FILE_OF, NULL, &one);
	struct json *b = vcon_of(CALL LEGS FILE_OF, "id", &two);

	(void)state;
	assert_string_not_equal(json_text(a, "uuid"), json_text(b, "uuid"));
	assert_int_equal(json_text(a, "uuid")[14], '8');
	is(b, "parties.0.name", "anonymous");
	is(b, "parties.1.name", "anonymous");
	is(b, "dialog.0.interaction_id", "c1");
	assert_null(strstr(two, "alice"));
	assert_null(strstr(two, "1234"));
	json_free(a);
	json_free(b);
	free(one);
	free(two);
}

/* One channel, no time, an address of SIP, a place that is not HTTPS. */
static void
bare(void **state)
{
	char *text;
	struct json *j;

	(void)state;
	kind.where = at_path;
	j = vcon_of(
	    "[call]\nid = c1\ntype = queue\ncaller = sip:bob@b.example\n"
	    "[account customer]\nchannel = 1\n" FILE_OF "channels = 1\n",
	    NULL, &text);
	kind.where = at_https;
	is(j, "created_at", "2026-11-18T11:06:40Z");
	is(j, "dialog.0.start", "2026-11-18T11:06:40Z");
	is(j, "parties.0.sip", "bob@b.example");
	assert_null(json_text(j, "dialog.0.url"));
	assert_int_equal(json_number(j, "dialog.0.parties.0"), 0);
	assert_int_equal(json_number(j, "dialog.0.parties.1"), 1);
	assert_null(json_text(j, "redacted.type"));
	assert_int_equal(json_number(j, "dialog.0.originator"), -1);
	json_free(j);
	free(text);
}

/* A channel without a known party is null. */
static void
nobody(void **state)
{
	char *text;
	struct json *j = vcon_of(CALL "[account agent]\nchannel = 2\n" FILE_OF
				      "channels = 2\n",
	    NULL, &text);

	(void)state;
	assert_non_null(strstr(text, "\"parties\":[null,[1]]"));
	json_free(j);
	free(text);
}

/* A part has only the events within it. */
static void
part(void **state)
{
	char *text;
	struct json *j = vcon_of(CALL
	    "[events]\n6 = hold\n9 = unhold\n" LEGS
	    "[file c1.mp3]\npart = 2\nparts = 2\nrate = 8000\nstart = 4\n"
	    "first_sample = 24000\nsamples = 8000\nchannels = 2\n",
	    NULL, &text);

	(void)state;
	is(j, "dialog.0.start", "2026-11-22T10:00:07.500Z");
	is(j, "dialog.0.party_history.0.event", "unhold");
	assert_int_equal(json_count(j, "dialog.0.party_history"), 1);
	json_free(j);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(whole),
	    cmocka_unit_test(unlike),
	    cmocka_unit_test(bare),
	    cmocka_unit_test(nobody),
	    cmocka_unit_test(part),
	};

	return cmocka_run_group_tests_name("vcon", tests, NULL, NULL);
}
