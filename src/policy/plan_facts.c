/* SPDX-License-Identifier: ISC */
#include "plan_facts.h"

#include <stdlib.h>
#include <string.h>

#include "heard.h"
#include "num.h"
#include "text.h"

static void
add_policy_line(struct doc_section *s, const char *key,
    const struct decision *d, const struct policy_value *v)
{
	char *line = decide_line(d->policy, v);

	doc_add_text(s, key, line);
	free(line);
}

/* Adds the lines of the policy that ask, while there is someone to ask. */
static void
add_asked(const struct decision *d, struct doc_section *s)
{
	const struct policy_value *customer = NULL, *third = NULL;

	for (size_t i = 0; i < d->segments; i++) {
		const struct decide_segment *g = &d->segment[i];

		if (!g->record)
			continue;
		if (!customer && decide_asks(d, g->value))
			customer = &g->value[POLICY_ASK];
		if (!third && g->value[POLICY_ASK_THIRD].value)
			third = &g->value[POLICY_ASK_THIRD];
	}
	if (customer)
		add_policy_line(s, "asked", d, customer);
	if (third && d->timeline.joins > 0)
		add_policy_line(s, "asked_third", d, third);
}

/* Pauses and payments are left out: they are cuts. */
static bool
is_wanted(const struct call_event *e)
{
	switch (e->kind) {
	case CALL_ANSWER:
	case CALL_ANNOUNCED:
	case CALL_MESSAGE_FAILED:
	case CALL_CONSENT:
	case CALL_TRANSFER:
	case CALL_JOIN:
	case CALL_LEAVE:
	case CALL_HOLD:
	case CALL_UNHOLD:
	case CALL_END:
		return true;
	default:
		return false;
	}
}

/* Of these only the first counts, and there are few different ones. */
static bool
is_once(const struct call_event *e)
{
	return (e->kind == CALL_ANSWER || e->kind == CALL_ANNOUNCED ||
		   e->kind == CALL_CONSENT || e->kind == CALL_END) &&
	       e->party != CALL_PARTY_THIRD;
}

/* If the same event exists, the earlier time is kept. */
static bool
is_there_at(struct doc_section *s, const struct doc_key *k, int64_t at_us)
{
	for (size_t i = 0; i < s->keys; i++) {
		struct doc_key *old = &s->key[i];
		int64_t us;

		if (strcmp(old->value, k->value) != 0)
			continue;
		if (num_seconds(old->name, &us) == 0 && at_us < us) {
			free(old->name);
			old->name = text_dup(k->name);
		}
		return true;
	}
	return false;
}

static void
add_events(const struct decision *d, struct doc *doc)
{
	const struct doc_section *told = doc_find(d->call->doc, "events");
	struct doc_section *s;
	size_t repeated = 0;

	if (!told || told->keys == 0)
		return;
	s = doc_add_section(doc, "events", 0);
	for (size_t i = 0; i < told->keys; i++) {
		const struct doc_key *k = &told->key[i];
		struct call_event e;

		if (call_event_parse(&e, k->name, k->value, NULL) != 0)
			continue;
		if (is_wanted(&e) &&
		    (is_once(&e) ? !is_there_at(s, k, e.at_us)
				 : ++repeated <= PLAN_FACTS_EVENTS_MAX))
			doc_add(s, k->name, k->value, 0);
		call_event_free(&e);
	}
}

void
plan_facts_add(const struct decision *d, struct doc *doc)
{
	struct doc_section *s = doc_find(doc, "plan");

	if (d->policy->sha256[0])
		doc_add(s, "policy_sha256", d->policy->sha256, 0);
	doc_add(s, "heard", heard_names[heard_by_customer(d)], 0);
	add_asked(d, s);
	add_events(d, doc);
}
