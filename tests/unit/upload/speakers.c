/* SPDX-License-Identifier: ISC */
#include "speakers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ini.h"
#include "text.h"

/* A ticket as text, with a recording of two channels from 10 s on. */
static void
read_ticket(struct ticket *t, const char *call, const char *sections)
{
	char *text = text_format("[call]\nid = c1\n%s%s[file c1.mp3]\n"
				 "start = 10\nchannels = 2\n",
	    call, sections);
	FILE *file = fmemopen(text, strlen(text), "r");
	struct doc doc;
	struct why why;

	if (ini_read_stream(&doc, file, "ticket", &why) != 0 ||
	    ticket_from_doc(t, &doc, &why) != 0)
		fail_msg("%s", why.text);
	doc_free(&doc);
	(void)fclose(file);
	free(text);
}

/* "customer +49301@1 agent alice@2; 20 agent alice drop" */
static char *
shown(const struct speakers *s)
{
	struct buf b = {0};

	for (size_t i = 0; i < s->count; i++) {
		const struct speaker *one = &s->one[i];

		buf_format(&b, "%s%s %s%s%s@%d", i ? ", " : "",
		    call_party_names[one->role], one->name ? one->name : "",
		    one->number ? "#" : "", one->number ? one->number : "",
		    one->channel);
	}
	for (size_t i = 0; i < s->events; i++)
		buf_format(&b, "; %d %zu %s",
		    (int)(s->event[i].at_us / 1000000), s->event[i].who,
		    s->event[i].what);
	return b.s;
}

#define TWO                                                  \
	"[account customer]\nchannel = 1\n[account agent]\n" \
	"channel = 2\n"
#define IN "type = queue\ncaller = +49 30 1\ncallee = 0800\nagent = alice\n"

static const struct {
	const char *label, *call, *sections, *facts, *wanted;
} table[] = {
    {"inbound", IN, TWO, NULL, "customer #+49 30 1@1, agent alice@2"},
    {"outbound", "type = dialpad\ncaller = 200\ncallee = 0301\nagent = alice\n",
	TWO, NULL, "customer #0301@1, agent alice#200@2"},
    {"a callback calls the customer",
	"type = scheduled-callback\ncaller = 0800\ncallee = 0301\n", TWO, NULL,
	"customer #0301@1, agent @2"},
    {"an agent's own number",
	"type = direct\ncaller = 0301\ncallee = 200\nagent = alice\n", TWO,
	NULL, "customer #0301@1, agent alice#200@2"},
    {"withheld", "type = queue\ncaller = withheld\n", TWO, NULL,
	"customer @1, agent @2"},
    {"sides the other way", IN,
	"[account customer]\nchannel = 2\n[account agent]\nchannel = 1\n", NULL,
	"customer #+49 30 1@2, agent alice@1"},
    {"no such channel", IN, "[account customer]\nchannel = 3\n", NULL,
	"customer #+49 30 1@0, agent alice@0"},
    {"a ticket of an earlier version", IN, "", NULL,
	"customer #+49 30 1@0, agent alice@0"},
    {"no customer on the line",
	"type = third-party-add\ncaller = 200\ncallee = 0302\nagent = alice\n",
	"[account agent]\nchannel = 2\n[account third-party]\nchannel = 2\n",
	NULL, "agent alice#200@2, third-party #0302@2"},
    {"transferred, and back", IN,
	TWO "[events]\n20 = transfer agent=bob\n30 = transfer queue=Q\n"
	    "40 = transfer agent=alice\n",
	NULL,
	"customer #+49 30 1@1, agent alice@2, agent bob@2; 20 1 drop; "
	"20 2 join; 40 2 drop; 40 1 join"},
    {"a transfer before it", IN, TWO "[events]\n10 = transfer agent=bob\n",
	NULL, "customer #+49 30 1@1, agent alice@2"},
    {"times out of order", IN,
	TWO "[events]\n30 = unhold\n20 = hold\n40 = leave customer\n", NULL,
	"customer #+49 30 1@1, agent alice@2; 20 0 hold; 30 0 unhold; "
	"40 0 drop"},
    {"third parties, with legs and without", IN,
	TWO "[events]\n20 = join third-party 0302\n25 = join emergency 112\n"
	    "30 = leave third-party\n31 = leave third-party\n"
	    "[account third-party bob b]\nchannel = 2\n",
	NULL,
	"customer #+49 30 1@1, agent alice@2, third-party bob b#0302@2, "
	"emergency #112@0; 20 2 join; 25 3 join; 30 2 drop"},
    {"who left before is not heard", IN,
	TWO "[events]\n2 = join third-party 1\n4 = leave third-party\n"
	    "5 = join third-party 2\n20 = leave third-party\n",
	NULL,
	"customer #+49 30 1@1, agent alice@2, third-party #2@0; 20 2 drop"},
    {"not what is not an event", IN,
	TWO "[events]\nx = hold\n20 = nonsense\n21 = join customer\n", NULL,
	"customer #+49 30 1@1, agent alice@2"},
    {"only some facts", IN,
	TWO "[events]\n20 = transfer agent=bob\n22 = join third-party 7\n"
	    "[account third-party carol]\nchannel = 2\n",
	"id queue",
	"customer @1, agent @2, agent @2, third-party @2; 20 1 drop; "
	"20 2 join; 22 3 join"},
    {"others", IN,
	TWO "[events]\n22 = join third-party 7\n"
	    "[account third-party carol]\nchannel = 2\n",
	" agent\tthird-party  legs caller ",
	"customer #+49 30 1@1, agent alice@2, third-party carol#7@2; "
	"22 2 join"},
};

static void
who_is_heard(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct ticket t;
		struct speakers s;
		char *got;

		read_ticket(&t, table[i].call, table[i].sections);
		speakers_find(&s, &t, &t.file[0], table[i].facts);
		got = shown(&s);
		if (strcmp(got, table[i].wanted) != 0)
			fail_msg("%s: %s", table[i].label, got);
		free(got);
		speakers_free(&s);
		ticket_free(&t);
	}
}

/* Events after the beginning of the next recording belong to that one. */
static void
until_the_next(void **state)
{
	struct ticket t;
	struct speakers s;
	char *got;

	(void)state;
	read_ticket(&t, IN,
	    TWO "[events]\n20 = transfer agent=bob\n30 = hold\n"
		"40 = transfer agent=carol\n");
	ticket_add(&t, "c1-2.mp3")->start_us = 20000000;
	t.file[1].agent = text_dup("bob");
	speakers_find(&s, &t, &t.file[0], NULL);
	got = shown(&s);
	assert_string_equal(got, "customer #+49 30 1@1, agent alice@2");
	free(got);
	speakers_free(&s);
	speakers_find(&s, &t, &t.file[1], NULL);
	got = shown(&s);
	assert_string_equal(got,
	    "customer #+49 30 1@1, agent bob@2, agent carol@2; 30 0 hold; "
	    "40 1 drop; 40 2 join");
	free(got);
	speakers_free(&s);
	ticket_free(&t);
}

static void
channels(void **state)
{
	struct ticket t;
	struct speakers s;

	(void)state;
	read_ticket(&t, IN "mixed = yes\n", TWO);
	speakers_find(&s, &t, &t.file[0], NULL);
	assert_int_equal(
	    speakers_channel(&s, &t.file[0], CALL_PARTY_CUSTOMER), 1);
	assert_int_equal(speakers_channel(&s, &t.file[0], CALL_PARTY_AGENT), 2);
	assert_int_equal(speakers_channel(&s, &t.file[0], CALL_PARTY_THIRD), 0);
	speakers_free(&s);
	/* All on one channel: no one has their own channel. */
	t.file[0].channels = 1;
	doc_set(doc_find(&t.call, "account customer"), "channel", "-");
	speakers_find(&s, &t, &t.file[0], NULL);
	assert_int_equal(s.one[0].channel, 1);
	assert_int_equal(
	    speakers_channel(&s, &t.file[0], CALL_PARTY_CUSTOMER), 0);
	speakers_free(&s);
	ticket_free(&t);
}

static void
words(void **state)
{
	(void)state;
	assert_true(speakers_may_tell(NULL, "agent"));
	assert_true(speakers_may_tell("id queue agent", "agent"));
	assert_true(speakers_may_tell("id", "id"));
	assert_false(speakers_may_tell("id queue agents", "agent"));
	assert_false(speakers_may_tell("agent", "agents"));
	assert_false(speakers_may_tell("", "agent"));
	assert_false(speakers_may_tell("  ", "agent"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(who_is_heard),
	    cmocka_unit_test(until_the_next),
	    cmocka_unit_test(channels),
	    cmocka_unit_test(words),
	};

	return cmocka_run_group_tests_name("speakers", tests, NULL, NULL);
}
