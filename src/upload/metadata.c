/* SPDX-License-Identifier: ISC */
#include "metadata.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "json.h"
#include "num.h"
#include "speakers.h"
#include "text.h"

char *
metadata_name(const char *object, bool vcon)
{
	size_t n = strlen(object);
	bool secret = n > 4 && strcmp(object + n - 4, ".cms") == 0;

	if (secret)
		n -= 4;
	if (n > 4 && strncmp(object + n - 4, ".mp3", 4) == 0)
		n -= 4;
	return text_format("%.*s.%s%s", (int)n, object, vcon ? "vcon" : "json",
	    secret ? ".cms" : "");
}

/* A word that is nearly one that we know, and is none. */
static char *
misspelt(const char *facts)
{
	static const char *const known[] = {"id", "type", "channel", "queue",
	    "language", "started", "agent", "caller", "callee", "internal",
	    "legs", "third-party", NULL};
	char *copy = text_dup(facts), *rest = NULL, *found = NULL;

	for (char *word = strtok_r(copy, " \t", &rest); word && !found;
	     word = strtok_r(NULL, " \t", &rest)) {
		const char *near = text_nearest(word, known);

		if (near && strcmp(near, word) != 0)
			found = text_format(
			    "facts: unknown fact '%.40s'; did you mean "
			    "'%s'?",
			    word, near);
	}
	free(copy);
	return found;
}

char *
metadata_caution(const struct dest *d)
{
	if (!d->facts)
		return NULL;
	return d->metadata ? misspelt(d->facts)
			   : text_dup("facts: no effect without metadata");
}

/* Adds the call, and the place of the recording in it. */
static void
add_place_json(struct json *j, const struct ticket *t,
    const struct ticket_file *f, const char *facts)
{
	enum call_class class = ticket_class(t);

	if (class < CALL_CLASSES)
		json_set_text(j, "class", call_class_names[class]);
	json_set_number(j, "recording", f->recording);
	json_set_number(j, "recordings", f->recordings);
	json_set_number(j, "part", f->part);
	json_set_number(j, "parts", f->parts);
	json_set_seconds(j, "start", f->start_us);
	if (f->queue && speakers_may_tell(facts, "queue"))
		json_set_text(j, "queue", f->queue);
	if (f->agent && speakers_may_tell(facts, "agent"))
		json_set_text(j, "agent", f->agent);
}

static void
add_sound_json(struct json *j, const struct ticket_file *f)
{
	if (f->rate == 0)
		return; /* without a spool: unknown */
	json_set_number(j, "rate", f->rate);
	json_set_number(j, "channels", f->channels);
	json_set_number(j, "first_sample", f->first_sample);
	json_set_number(j, "samples", f->samples);
	/* A ticket is not trusted; microseconds must not overflow. */
	if (f->samples / f->rate < INT64_MAX / 1000000)
		json_set_seconds(j, "seconds", num_us(f->samples, f->rate));
}

static void
add_cuts(struct json *j, const struct ticket_file *f)
{
	static const char *const names[] = {"start", "end", "reason"};

	for (size_t i = 0; i < f->cuts; i++) {
		const struct ticket_cut *c = &f->cut[i];
		char *path[3];

		for (int k = 0; k < 3; k++)
			path[k] = text_format("cuts.%zu.%s", i, names[k]);
		json_set_seconds(j, path[0], c->start_us);
		json_set_seconds(j, path[1], c->end_us);
		json_set_text(j, path[2], c->reason);
		for (int k = 0; k < 3; k++)
			free(path[k]);
	}
}

/* Adds the ticket's lines of that key; they name the file of a leg. */
static void
add_lines(struct json *j, const struct ticket_file *f, const char *key)
{
	char path[48];
	size_t n = 0;

	for (size_t i = 0; i < f->extra.keys; i++)
		if (strcmp(f->extra.key[i].name, key) == 0) {
			(void)snprintf(path, sizeof path, "%s.%zu", key, n++);
			json_set_text(j, path, f->extra.key[i].value);
		}
}

/* Adds what did not balance in the account of the call's legs. */
static void
add_doubt(struct json *j, const struct ticket_file *f, bool legs)
{
	const char *style = doc_value(&f->extra, "redaction_style");
	char *doubt = doc_text(&f->extra, "doubt");

	if (style)
		json_set_text(j, "redaction_style", style);
	if (legs) {
		add_lines(j, f, "missing");
		add_lines(j, f, "clock");
		add_lines(j, f, "packets");
	}
	if (doubt)
		json_set_text(j, "doubt",
		    legs ? doubt : "the legs do not match the call file");
	free(doubt);
}

static void
add_parties_json(struct json *j, const struct ticket *t,
    const struct ticket_file *f, const char *facts)
{
	struct speakers s;
	int customer, agent;

	speakers_find(&s, t, f, facts);
	json_set_list(j, "parties");
	for (size_t i = 0; i < s.count; i++) {
		struct json *one = json_new();
		char path[32];

		json_set_text(one, "role", call_party_names[s.one[i].role]);
		if (s.one[i].name)
			json_set_text(one, "name", s.one[i].name);
		if (s.one[i].number)
			json_set_text(one, "number", s.one[i].number);
		if (s.one[i].channel > 0)
			json_set_number(one, "channel", s.one[i].channel);
		(void)snprintf(path, sizeof path, "parties.%zu", i);
		json_put(j, path, one);
	}
	customer = speakers_channel(&s, f, CALL_PARTY_CUSTOMER);
	agent = speakers_channel(&s, f, CALL_PARTY_AGENT);
	if (customer > 0)
		json_set_number(j, "customer_channel", customer);
	if (agent > 0)
		json_set_number(j, "agent_channel", agent);
	speakers_free(&s);
}

/* "policy.ini:14 [inbound] record". If not all facts are allowed, only the
 * place, because the name of a rule may have an agent or a number. */
static void
add_plan_line(struct json *j, const char *path, const struct doc_section *plan,
    const char *key, const char *facts)
{
	char *line = doc_text(plan, key), *blank;

	if (!line)
		return;
	blank = facts ? strstr(line, " [") : NULL;
	if (blank)
		*blank = '\0';
	json_set_text(j, path, line);
	free(line);
}

/* A party that was asked, or that answered without a question. */
static void
append_consent(struct json *j, const struct doc_section *plan,
    const char *asked, const struct call_event *e, const char *facts)
{
	static const char *const answers[] = {[CALL_GRANTED] = "granted",
	    [CALL_DECLINED] = "declined",
	    [CALL_NO_ANSWER] = "none"};
	struct json *one = json_new();
	bool third = strcmp(asked, "asked_third") == 0;
	char path[32];

	json_set_text(one, "role",
	    call_party_names[third ? CALL_PARTY_THIRD : CALL_PARTY_CUSTOMER]);
	json_set_yes(one, "asked", doc_key(plan, asked) != NULL);
	add_plan_line(one, "policy", plan, asked, facts);
	if (e) {
		json_set_text(one, "answer", answers[e->consent]);
		json_set_seconds(one, "at", e->at_us);
	}
	(void)snprintf(
	    path, sizeof path, "consent.%zu", json_count(j, "consent"));
	json_put(j, path, one);
}

/* The customer's answer; of several, no counts first, then yes, then none. */
static void
add_consent(struct json *j, const struct ticket *t,
    const struct doc_section *plan, const char *facts)
{
	static const int weight[] = {
	    [CALL_NO_ANSWER] = 1, [CALL_GRANTED] = 2, [CALL_DECLINED] = 3};
	const struct doc_section *told = doc_find(&t->call, "events");
	struct call_event e, customer = {.kind = CALL_EVENTS};

	json_set_list(j, "consent");
	for (size_t i = 0; told && i < told->keys; i++) {
		if (call_event_parse(
			&e, told->key[i].name, told->key[i].value, NULL) != 0)
			continue;
		if (e.kind == CALL_CONSENT && e.party != CALL_PARTY_THIRD &&
		    (customer.kind == CALL_EVENTS ||
			weight[e.consent] > weight[customer.consent]))
			customer = e; /* it has no text */
		call_event_free(&e);
	}
	append_consent(j, plan, "asked",
	    customer.kind == CALL_CONSENT ? &customer : NULL, facts);
	for (size_t i = 0; told && i < told->keys; i++)
		if (call_event_parse(
			&e, told->key[i].name, told->key[i].value, NULL) == 0) {
			if (e.kind == CALL_CONSENT &&
			    e.party == CALL_PARTY_THIRD)
				append_consent(
				    j, plan, "asked_third", &e, facts);
			call_event_free(&e);
		}
}

static void
add_messages_json(
    struct json *j, const struct ticket *t, const struct doc_section *plan)
{
	const struct doc_section *told = doc_find(&t->call, "events");
	const char *heard = doc_value(plan, "heard");
	char path[32];
	int64_t us;
	size_t n = 0;

	json_set_list(j, "messages");
	for (size_t i = 0; i < plan->keys; i++)
		if (strcmp(plan->key[i].name, "message") == 0) {
			(void)snprintf(path, sizeof path, "messages.%zu", n++);
			json_set_text(j, path, plan->key[i].value);
		}
	if (heard)
		json_set_text(j, "messages_heard", heard);
	for (size_t i = 0; told && i < told->keys; i++)
		if (strcmp(told->key[i].value, "announced") == 0 &&
		    num_seconds(told->key[i].name, &us) == 0)
			json_set_seconds(j, "messages_heard_at", us);
}

static void
add_decision(struct json *j, const struct ticket *t,
    const struct doc_section *plan, const char *facts)
{
	const char *sha256 = doc_value(plan, "policy_sha256");

	/*
	 * The plan of an earlier version does not record whether one was asked.
	 */
	if (doc_key(plan, "heard"))
		add_consent(j, t, plan, facts);
	add_messages_json(j, t, plan);
	add_plan_line(j, "policy.line", plan, "reason", facts);
	if (sha256)
		json_set_text(j, "policy.sha256", sha256);
}

/* "[account agent alice]" */
static struct json *
leg_json(const struct doc_section *s, const char *rest, bool names)
{
	static const char *const seconds[] = {
	    "told", "found", "kept", "cut", "outside", "missing"};
	struct json *one = json_new();
	size_t n = strcspn(rest, " ");
	char *role = text_ndup(rest, n), *text;
	const char *label = rest + n + strspn(rest + n, " "), *value;
	int64_t v;

	json_set_text(one, "role", role);
	if (*label && names)
		json_set_text(one, "label", label);
	text = names ? doc_text(s, "file") : NULL;
	if (text)
		json_set_text(one, "file", text);
	free(text);
	if ((value = doc_value(s, "channel")) &&
	    num_integer(value, 1, 2, &v) == 0)
		json_set_number(one, "channel", v);
	for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++)
		if ((value = doc_value(s, seconds[i])) &&
		    num_seconds(value, &v) == 0)
			json_set_seconds(one, seconds[i], v);
	text = doc_text(s, "absent");
	if (text)
		json_set_text(one, "absent", names ? text : "no sound");
	free(text);
	free(role);
	return one;
}

static void
add_legs_json(struct json *j, const struct ticket *t, bool names)
{
	const char *rest;
	char path[32];
	size_t n = 0;

	json_set_list(j, "legs");
	for (size_t i = 0; i < t->call.sections; i++)
		if (doc_is(&t->call.section[i], "account", &rest)) {
			(void)snprintf(path, sizeof path, "legs.%zu", n++);
			json_put(j, path,
			    leg_json(&t->call.section[i], rest, names));
		}
}

/* Adds keys that only tickets of this version of recmix have. */
static void
add_recmix_facts(struct json *j, const struct ticket *t,
    const struct ticket_file *f, const char *facts)
{
	const struct doc_section *mixed = doc_find(&t->call, "mixed");
	const struct doc_section *plan = doc_find(&t->call, "plan");
	const char *version = doc_value(mixed, "rectools");

	if (!mixed)
		return;
	if (version)
		json_set_text(j, "rectools", version);
	add_parties_json(j, t, f, facts);
	if (plan)
		add_decision(j, t, plan, facts);
	add_legs_json(j, t, speakers_may_tell(facts, "legs"));
}

struct json *
metadata_json(const struct ticket *t, const struct ticket_file *f,
    const char *object, const char *facts)
{
	const struct doc_section *call = doc_find(&t->call, "call");
	struct json *j = json_new();

	json_set_text(j, "object", object);
	json_set_number(j, "bytes", (int64_t)f->bytes);
	json_set_text(j, "sha256", f->sha256);
	add_place_json(j, t, f, facts);
	add_sound_json(j, f);
	add_cuts(j, f);
	add_doubt(j, f, speakers_may_tell(facts, "legs"));
	add_recmix_facts(j, t, f, facts);
	for (size_t i = 0; call && i < call->keys; i++)
		if (speakers_may_tell(facts, call->key[i].name))
			json_set_member(
			    j, "call", call->key[i].name, call->key[i].value);
	return j;
}

char *
metadata_text(const struct ticket *t, const struct ticket_file *f,
    const char *object, const char *facts)
{
	struct json *j = metadata_json(t, f, object, facts);
	char *line = json_write(j), *text = text_format("%s\n", line);

	json_free(j);
	free(line);
	return text;
}
