/* SPDX-License-Identifier: ISC */
#include "live.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ini.h"
#include "num.h"
#include "policy_read.h"
#include "text.h"

/*
 * Random policies and random events, out of order too: what --live did for the
 * PBX, and what is decided afterwards from the events as it says to have taken
 * them, must be the same recording.
 */
static uint32_t seed = 20261122;

static unsigned
dice(unsigned sides)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 16) % sides;
}

enum { RUNS = 4000, EVENTS = 20 };

static void
read_doc(struct doc *doc, const struct buf *text)
{
	FILE *file = fmemopen(text->s, text->len, "r");
	struct ini_stream cs = {.file = file, .name = "unit"};

	assert_int_equal(ini_next(&cs, doc, NULL), 1);
	(void)fclose(file);
}

static void
make_policy(struct buf *text)
{
	static const char *const places[] = {"inbound", "outbound", "callback",
	    "queue ivr/A inbound", "queue ivr/A outbound",
	    "queue ivr/B callback", "queue ivr/B inbound"};
	static const char *const yes[] = {"no", "yes"};
	static const char *const plays[] = {"no", "yes", "external"};

	buf_format(text, "[recording]\nseparation = %s\nredaction_style = %s\n",
	    dice(2) ? "none" : "per-segment", dice(2) ? "cut" : "tone");
	buf_format(text, "continue_with_third_party = %s\n", yes[dice(2)]);
	buf_format(text, "continue_after_customer_leaves = %s\n[leaving]\n",
	    yes[dice(2)]);
	buf_format(text, "allow_agent_to_leave = %s\n", yes[dice(2)]);
	buf_format(text, "allow_customer_to_leave = %s\n", yes[dice(2)]);
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		buf_format(
		    text, "[%s]\nrecord = %s\n", places[i], yes[dice(4) > 0]);
		buf_format(text, "redaction = %s\n", yes[dice(2)]);
		buf_format(text, "play_message = %s\n", plays[dice(3)]);
		buf_format(text, "ask_permission = %s\n", yes[dice(4) == 0]);
		buf_format(text, "if_message_fails = %s\n",
		    dice(2) ? "stop" : "record");
		buf_format(
		    text, "third_party_message = %s\n", yes[dice(4) == 0]);
		buf_format(text, "ask_third_party = %s\n", yes[dice(4) == 0]);
	}
	/* In some policies one of them is missing. */
	buf_format(text,
	    "[messages]\n%srecord_outbound = out\n"
	    "ask_permission = m/ask\nthird_party_message = in3\n"
	    "ask_third_party = ask3\n",
	    dice(8) ? "record_inbound = in\n" : "");
}

static const char *
random_event(void)
{
	static const char *const events[] = {"answer", "answer", "announced",
	    "announced", "message failed in", "message failed m/ask",
	    "message failed in3", "announced third-party",
	    "consent granted third-party", "consent none third-party",
	    "consent declined third-party", "consent granted",
	    "consent granted", "consent none", "pause", "pause", "resume",
	    "payment-start", "payment-end", "transfer queue=A agent=bob",
	    "transfer queue=B", "transfer queue=ivr/a",
	    "transfer queue=C agent=eve", "transfer agent=ann",
	    "join third-party 1", "join emergency 911", "leave agent",
	    "leave customer", "leave third-party", "no event at all"};

	if (dice(60) == 0)
		return "consent declined";
	if (dice(40) == 0)
		return "end";
	return events[dice(sizeof events / sizeof *events)];
}

/* A line that is neither for a person nor for the caller. */
static bool
is_action(const char *line)
{
	static const char *const others[] = {
	    "play", "ask", "button", "no-pause", "error "};

	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (strncmp(line, others[i], strlen(others[i])) == 0)
			return false;
	return true;
}

/* The lines of an answer that begin with word, the rest of each. */
static void
lines_with(const struct buf *text, const char *word, bool with, struct buf *out)
{
	const char *at = text->s;
	size_t n = strlen(word);

	while (at && *at) {
		const char *end = strchr(at, '\n');
		bool is = strncmp(at, word, n) == 0;

		assert_non_null(end);
		if (is && with)
			buf_add(out, at + n, (size_t)(end + 1 - at) - n);
		else if (!is && !with && is_action(at))
			buf_add(out, at, (size_t)(end + 1 - at));
		at = end + 1;
	}
	buf_add(out, "", 0);
}

static void
go_live(struct live *l, struct buf *out)
{
	char answer[] = "0 = answer", announced[] = "0 = announced";
	int64_t now = 0;

	/* Most calls are answered and hear their messages. */
	if (dice(8))
		(void)live_line(l, answer, strlen(answer), 5000000, out, NULL);
	if (dice(4))
		(void)live_line(
		    l, announced, strlen(announced), 5000000, out, NULL);
	for (int i = 0; i < EVENTS; i++) {
		char line[100], at[NUM_SECONDS_SIZE];

		/* Now and then an event comes late, or by the clock. */
		now += (int64_t)dice(3) * 1000000;
		(void)num_seconds_text(
		    dice(8) || now < 2000000 ? now : now - 2000000, at);
		if (dice(8))
			(void)snprintf(line, sizeof line, " %s = %s ; x\r", at,
			    random_event());
		else
			(void)snprintf(line, sizeof line, "%s", random_event());
		(void)live_line(
		    l, line, strlen(line), 5000000 + now, out, NULL);
	}
	live_end(l, 5000000 + now, out);
}

static void
actions_text(const struct decision *d, struct buf *out)
{
	for (size_t i = 0; i < d->timeline.actions; i++)
		buf_format(out, "%s\n",
		    timeline_kind_names[d->timeline.action[i].kind]);
	buf_add(out, "", 0);
}

static void
recordings_text(const struct decision *d, struct buf *out)
{
	struct doc doc = {0};

	plan_to_doc(&d->plan, &doc);
	/* The reason names a line of the input, not of the file. */
	doc_set(&doc.section[0], "reason", "");
	assert_int_equal(doc_write(&doc, out, NULL), 0);
	doc_free(&doc);
}

static size_t
one_run(void)
{
	static const char *const types[] = {
	    "queue", "dialpad", "scheduled-callback"};
	struct buf policy_text = {0}, facts = {0}, said = {0}, did = {0};
	struct buf then = {0}, again = {0}, plan = {0}, plan_again = {0};
	struct policy_notes faults = {0};
	struct doc policy_doc, call_doc, again_doc;
	struct policy policy;
	struct call call, call_again;
	struct decision d;
	struct live l;
	size_t recordings;

	make_policy(&policy_text);
	read_doc(&policy_doc, &policy_text);
	assert_int_equal(policy_from_doc(&policy, &policy_doc, &faults), 0);
	buf_format(
	    &facts, "[call]\nid = c1\ntype = %s\nqueue = A\n", types[dice(3)]);
	read_doc(&call_doc, &facts);
	assert_int_equal(call_from_doc(&call, &call_doc, NULL), 0);

	live_begin(&l, &policy, &call, 5000000, &said);
	go_live(&l, &said);
	lines_with(&said, "ok ", false, &did);
	buf_format(&facts, "[events]\n");
	lines_with(&said, "ok ", true, &facts);
	read_doc(&again_doc, &facts);
	assert_int_equal(call_from_doc(&call_again, &again_doc, NULL), 0);
	decide_call(&d, &policy, &call_again, 0);

	actions_text(&l.decision, &then);
	actions_text(&d, &again);
	assert_string_equal(then.s, again.s);
	/* Before the answer there is nothing to carry out. */
	assert_string_equal(did.s, then.s);
	recordings_text(&l.decision, &plan);
	recordings_text(&d, &plan_again);
	assert_string_equal(plan.s, plan_again.s);
	recordings = d.plan.recordings;

	decide_free(&d);
	live_free(&l);
	call_free(&call_again);
	call_free(&call);
	doc_free(&again_doc);
	doc_free(&call_doc);
	policy_free(&policy);
	doc_free(&policy_doc);
	buf_free(&policy_text);
	buf_free(&facts);
	buf_free(&said);
	buf_free(&did);
	buf_free(&then);
	buf_free(&again);
	buf_free(&plan);
	buf_free(&plan_again);
	return recordings;
}

static void
live_is_afterwards(void **state)
{
	size_t recordings = 0;

	(void)state;
	for (int run = 0; run < RUNS; run++)
		recordings += one_run();
	assert_true(recordings > RUNS / 2);
}

/* What the last one of some lines is answered by the policy of [inbound]. */
static void
last_answer(const char *inbound, const char *line, const char *expected)
{
	struct buf policy_text = {0}, facts = {0}, out = {0};
	struct policy_notes faults = {0};
	struct doc policy_doc, call_doc;
	struct policy policy;
	struct call call;
	struct live l;
	char *copy = text_dup(line);

	buf_format(&policy_text,
	    "[inbound]\nrecord = yes\n%s[messages]\nrecord_inbound = /in\n"
	    "ask_permission = /ask\nthird_party_message = /in3\n"
	    "ask_third_party = /ask3\n",
	    inbound);
	read_doc(&policy_doc, &policy_text);
	assert_int_equal(policy_from_doc(&policy, &policy_doc, &faults), 0);
	buf_format(&facts, "[call]\nid = c1\ntype = direct\n");
	read_doc(&call_doc, &facts);
	assert_int_equal(call_from_doc(&call, &call_doc, NULL), 0);
	live_begin(&l, &policy, &call, 5000000, &out);
	for (char *at = copy, *end; *at; at = end + 1) {
		end = strchr(at, '\n');
		assert_non_null(end);
		*end = '\0';
		buf_free(&out);
		(void)live_line(&l, at, strlen(at), 5000000, &out, NULL);
	}
	assert_string_equal(out.s, expected);
	live_free(&l);
	call_free(&call);
	doc_free(&call_doc);
	policy_free(&policy);
	doc_free(&policy_doc);
	buf_free(&policy_text);
	buf_free(&facts);
	buf_free(&out);
	free(copy);
}

static void
what_follows_a_failure_is_sent_again(void **state)
{
	static const char both[] = "play_message = yes\nask_permission = yes\n"
				   "if_message_fails = record\n";

	(void)state;
	last_answer(both, "1 = message failed /in\n",
	    "ask /ask\nok 1.000 = message failed /in\n");
	last_answer(both, "1 = message failed /ask\n",
	    "ok 1.000 = message failed /ask\n");
}

static void
third_party_answers(const char *fails, const char *line, const char *expected)
{
	char inbound[200];

	(void)snprintf(inbound, sizeof inbound,
	    "play_message = external\nif_message_fails = %s\n"
	    "third_party_message = yes\nask_third_party = yes\n",
	    fails);
	last_answer(inbound, line, expected);
}

static void
third_party_is_asked_again(void **state)
{
	static const char join[] = "1 = answer\n2 = join third-party 7\n";
	char failed[100], question[200];

	(void)state;
	(void)snprintf(
	    failed, sizeof failed, "%s3 = message failed in3\n", join);
	(void)snprintf(
	    question, sizeof question, "%s4 = message failed ask3\n", failed);
	third_party_answers("stop", join,
	    "stop\nplay-third-party /in3\nask-third-party /ask3\n"
	    "ok 2.000 = join third-party 7\n");
	third_party_answers("stop", failed, "ok 3.000 = message failed in3\n");
	third_party_answers("record", failed,
	    "ask-third-party /ask3\nok 3.000 = message failed in3\n");
	third_party_answers(
	    "record", question, "ok 4.000 = message failed ask3\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(live_is_afterwards),
	    cmocka_unit_test(what_follows_a_failure_is_sent_again),
	    cmocka_unit_test(third_party_is_asked_again),
	};

	return cmocka_run_group_tests_name("live", tests, NULL, NULL);
}
