/* SPDX-License-Identifier: ISC */
#include "call.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "num.h"
#include "text.h"
#include "when.h"

const char *const call_class_names[] = {
    "inbound", "callback", "outbound", NULL};
const char *const call_event_names[CALL_EVENTS + 1] = {[CALL_ANSWER] = "answer",
    [CALL_ANNOUNCING] = "announcing",
    [CALL_ANNOUNCED] = "announced",
    [CALL_MESSAGE_FAILED] = "message",
    [CALL_CONSENT] = "consent",
    [CALL_PAUSE] = "pause",
    [CALL_RESUME] = "resume",
    [CALL_PAYMENT_START] = "payment-start",
    [CALL_PAYMENT_END] = "payment-end",
    [CALL_TRANSFER] = "transfer",
    [CALL_JOIN] = "join",
    [CALL_LEAVE] = "leave",
    [CALL_HOLD] = "hold",
    [CALL_UNHOLD] = "unhold",
    [CALL_END] = "end"};
const char *const call_party_names[] = {
    "customer", "agent", "third-party", "emergency", NULL};

const char *const call_fits_names[] = {"start", "end", "none", NULL};

static const struct {
	const char *name;
	enum call_class class;
} types[] = {
    {"queue", CALL_INBOUND},
    {"direct", CALL_INBOUND},
    {"enduser-to-agent", CALL_INBOUND},
    {"overcapacity-callback", CALL_CALLBACK},
    {"scheduled-callback", CALL_CALLBACK},
    {"dialpad", CALL_OUTBOUND},
    {"click-to-call", CALL_OUTBOUND},
    {"voicemail-callback", CALL_OUTBOUND},
    {"hangup-callback", CALL_OUTBOUND},
    {"third-party-add", CALL_OUTBOUND},
};
enum { TYPES = sizeof types / sizeof types[0] };
const char *const call_channel_names[] = {"ivr", "mobile", "web", NULL};
static const char *const consent_names[] = {
    "granted", "declined", "none", NULL};

bool
call_party_joins(enum call_party party)
{
	return party == CALL_PARTY_THIRD || party == CALL_PARTY_EMERGENCY;
}

/* The most facts or legs of a call; each is compared with all others. */
enum { MANY = 1000 };

enum call_class
call_class_of(const char *type)
{
	for (int i = 0; i < TYPES; i++)
		if (strcmp(type, types[i].name) == 0)
			return types[i].class;
	return CALL_CLASSES;
}

/* "unknown X 'y'; did you mean 'z'?" */
static int
unknown(
    struct why *why, const char *what, const char *s, const char *const *list)
{
	const char *near = text_nearest(s, list);

	return why_set(why, "unknown %s '%.60s'%s%s%s", what, s,
	    near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static int
unknown_type(struct why *why, const char *type)
{
	const char *list[TYPES + 1] = {NULL};

	for (int i = 0; i < TYPES; i++)
		list[i] = types[i].name;
	return unknown(why, "call type", type, list);
}

static int
parse_transfer(struct call_event *e, char *rest, struct why *why)
{
	/* A queue's name may hold blanks: "queue=Second Line agent=bob". */
	char *agent =
	    strncmp(rest, "agent=", 6) == 0 ? rest : strstr(rest, " agent=");
	char *queue = strncmp(rest, "queue=", 6) == 0 ? rest + 6 : NULL;

	if (agent) {
		char *name = strchr(agent, '=') + 1;
		if (name[strcspn(name, " ")] || name[0] == '\0')
			return why_set(why,
			    "transfer: agent= takes one word, as the last");
		e->agent = text_dup(name);
		*agent = '\0';
	}
	if (queue && *queue)
		e->queue = text_dup(queue);
	if ((!queue && *rest) || (queue && !*queue))
		return why_set(why, "transfer: expected queue=NAME agent=NAME");
	return 0;
}

static int
parse_party(struct call_event *e, char *rest, const char *verb, struct why *why)
{
	size_t n = strcspn(rest, " ");
	char *number = rest + n + strspn(rest + n, " ");
	int party;

	rest[n] = '\0';
	party = text_index(rest, call_party_names);
	if (party < 0)
		return unknown(why, "party", rest, call_party_names);
	if (e->kind == CALL_JOIN && !call_party_joins((enum call_party)party))
		return why_set(why, "%s: only third-party or emergency", verb);
	e->party = (enum call_party)party;
	if (*number)
		e->number = text_dup(number);
	return 0;
}

/* "granted", or "granted third-party". */
static int
parse_consent(struct call_event *e, char *rest, struct why *why)
{
	char *party = rest + strcspn(rest, " ");
	int answer;

	if (*party) {
		*party++ = '\0';
		if (strcmp(party, call_party_names[CALL_PARTY_THIRD]) != 0)
			return why_set(
			    why, "consent: unexpected '%.60s'", party);
		e->party = CALL_PARTY_THIRD;
	}
	answer = text_index(rest, consent_names);
	if (answer < 0)
		return unknown(why, "consent", rest, consent_names);
	e->consent = (enum call_consent)answer;
	return 0;
}

static int
parse_message(struct call_event *e, const char *rest, struct why *why)
{
	if (strncmp(rest, "failed ", 7) != 0 || !rest[7])
		return why_set(why, "message: expected failed FILE");
	e->file = text_dup(rest + 7);
	return 0;
}

static int
parse_rest(struct call_event *e, char *rest, struct why *why)
{
	const char *verb = call_event_names[e->kind];

	switch (e->kind) {
	case CALL_CONSENT:
		return parse_consent(e, rest, why);
	case CALL_MESSAGE_FAILED:
		return parse_message(e, rest, why);
	case CALL_ANNOUNCED:
		if (strcmp(rest, call_party_names[CALL_PARTY_THIRD]) == 0) {
			e->party = CALL_PARTY_THIRD;
			return 0;
		}
		break;
	case CALL_TRANSFER:
		return parse_transfer(e, rest, why);
	case CALL_JOIN:
	case CALL_LEAVE:
		return parse_party(e, rest, verb, why);
	default:
		break;
	}
	if (*rest)
		return why_set(why, "%s: unexpected '%.60s'", verb, rest);
	return 0;
}

int
call_event_parse(
    struct call_event *e, const char *at, const char *text, struct why *why)
{
	size_t n = strcspn(text, " \t");
	char verb[32], rest[DOC_LINE_MAX + 1];
	int kind = -1, status = -1;

	*e = (struct call_event){.kind = CALL_EVENTS};
	memcpy(verb, text, n < sizeof verb ? n : sizeof verb - 1);
	verb[n < sizeof verb ? n : sizeof verb - 1] = '\0';
	text += n + strspn(text + n, " \t");
	if (n < sizeof verb)
		kind = text_index(verb, call_event_names);
	if (num_seconds(at, &e->at_us) != 0) {
		why_set(why, "'%.60s' is not a time in seconds", at);
	} else if (kind < 0) {
		unknown(why, "event", verb, call_event_names);
	} else if (strlen(text) >= sizeof rest) {
		why_set(why, "%s: too long", verb);
	} else {
		memcpy(rest, text, strlen(text) + 1);
		e->kind = (enum call_event_kind)kind;
		status = parse_rest(e, rest, why);
	}
	if (status != 0)
		call_event_free(e);
	return status;
}

void
call_event_free(struct call_event *e)
{
	free(e->queue);
	free(e->agent);
	free(e->number);
	free(e->file);
	*e = (struct call_event){.kind = CALL_EVENTS};
}

static int
take_call_facts(struct call *c, const struct doc_section *s, struct why *why)
{
	static const char *const known[] = {"id", "type", "channel", "queue",
	    "language", "started", "agent", NULL};
	const struct doc_key *id = doc_key(s, "id");
	const struct doc_key *type = doc_key(s, "type");
	const struct doc_key *started = doc_key(s, "started");
	const char *fault = id ? text_id_fault(id->value) : NULL;
	struct why part;

	if (s->keys > MANY)
		return doc_error(
		    c->doc, s->line, why, "[call] has more than %d keys", MANY);
	for (size_t k = 0; k < s->keys; k++)
		if (doc_key(s, s->key[k].name) != &s->key[k])
			return doc_error(c->doc, s->key[k].line, why,
			    "'%.60s' appears twice in [call]", s->key[k].name);
	if (!id || !type)
		return doc_error(c->doc, s->line, why, "[call] has no %s",
		    id ? "type" : "id");
	if (fault)
		return doc_error(
		    c->doc, id->line, why, "%s: '%.60s'", fault, id->value);
	c->class = call_class_of(type->value);
	if (c->class == CALL_CLASSES) {
		unknown_type(&part, type->value);
		return doc_error(c->doc, type->line, why, "%s", part.text);
	}
	c->facts = s;
	c->id = id->value;
	c->type = type->value;
	c->channel = doc_value(s, known[2]);
	c->queue = doc_value(s, known[3]);
	c->language = doc_value(s, known[4]);
	c->agent = doc_value(s, known[6]);
	if (!c->channel)
		c->channel = "ivr";
	if (text_index(c->channel, call_channel_names) < 0) {
		unknown(&part, "channel", c->channel, call_channel_names);
		return doc_error(
		    c->doc, doc_key(s, "channel")->line, why, "%s", part.text);
	}
	if (started && when_parse(started->value, &c->started_us) != 0)
		return doc_error(c->doc, started->line, why,
		    "started is not a time like 2026-11-22T10:00:00Z: '%.60s'",
		    started->value);
	return 0;
}

/* The keys of a [leg] about its file and its times. */
static const char *const leg_keys[] = {"file", "start", "end", "fits", "within",
    "at", "channel", "format", "rate", "channels", "streams", "payloads", NULL};

static int
leg_value_error(const struct call *c, const struct doc_key *k, struct why *why)
{
	static const char *const kinds[][2] = {{"start", "a time in seconds"},
	    {"end", "a time in seconds"}, {"fits", "start, end or none"},
	    {"within", "seconds up to 3600"},
	    {"at", "PLACE-IN-FILE TIME-IN-CALL in seconds"},
	    {"channel", "a channel from 1 to 64"},
	    {"rate", "a rate from 1000 to 768000"},
	    {"channels", "a number from 1 to 64"}};
	const char *kind = "";

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(k->name, kinds[i][0]) == 0)
			kind = kinds[i][1];
	return doc_error(c->doc, k->line, why, "%s: not %s: '%.60s'", k->name,
	    kind, k->value);
}

static int
take_anchor(struct call_leg *leg, const char *text)
{
	size_t n = strcspn(text, " \t");
	char *place = text_ndup(text, n);
	struct call_anchor a, *last;
	int bad = num_seconds(place, &a.file_us) != 0 ||
		  num_seconds(text + n + strspn(text + n, " \t"), &a.call_us);

	free(place);
	last = leg->anchors > 0 ? &leg->anchor[leg->anchors - 1] : NULL;
	if (bad || leg->anchors >= MANY ||
	    (last &&
		(a.file_us <= last->file_us || a.call_us <= last->call_us)))
		return -1;
	leg->anchor = mem_resize(leg->anchor, leg->anchors + 1, sizeof a);
	leg->anchor[leg->anchors++] = a;
	return 0;
}

/* Adds the words of a list that may be on several lines. */
static int
append_words(char **to, const char *words)
{
	char *all = *to ? text_format("%s %s", *to, words) : text_dup(words);

	free(*to);
	*to = all;
	return 0;
}

int
call_leg_take(struct call_leg *leg, const char *name, const char *value)
{
	int64_t v = 0;
	int which;

	if (strcmp(name, "start") == 0) {
		leg->start_told = true;
		return num_seconds(value, &leg->start_us);
	}
	if (strcmp(name, "end") == 0)
		return num_seconds(value, &leg->end_us);
	if (strcmp(name, "within") == 0)
		return num_seconds(value, &leg->within_us) ||
		       leg->within_us > 3600 * INT64_C(1000000);
	if (strcmp(name, "at") == 0)
		return take_anchor(leg, value);
	if (strcmp(name, "streams") == 0)
		return append_words(&leg->streams, value);
	if (strcmp(name, "payloads") == 0)
		return append_words(&leg->payloads, value);
	if (strcmp(name, "fits") == 0) {
		which = text_index(value, call_fits_names);
		leg->fits = (enum call_fits)(which + 1);
		return which < 0;
	}
	if (strcmp(name, "rate") == 0) {
		which = num_integer(value, 1000, 768000, &v);
		leg->rate = (unsigned)v;
		return which;
	}
	if (strncmp(name, "channel", 7) != 0)
		return 0;
	which = num_integer(value, 1, 64, &v);
	*(name[7] ? &leg->channels : &leg->channel) = (int)v;
	return which;
}

/* Checks the keys of a leg against each other. */
static int
check_leg(const struct call *c, const struct call_leg *leg, struct why *why)
{
	const struct doc_section *s = leg->section;
	const char *fault = NULL;

	if (!leg->file || !*leg->file)
		fault = "has no file";
	else if (leg->fits == CALL_FITS_END && leg->end_us < 0)
		fault = "has 'fits = end', but no end";
	else if (leg->fits == CALL_FITS_END && leg->anchors > 0)
		fault = "has both 'fits = end' and 'at'";
	else if (leg->anchors > 0 && leg->anchor[0].file_us > 0 &&
		 leg->anchor[0].call_us <= leg->start_us)
		fault = "has an 'at' that is not after its start";
	return fault ? doc_error(
			   c->doc, s->line, why, "[%.80s] %s", s->name, fault)
		     : 0;
}

static int
fill_leg(struct call *c, struct call_leg *leg, struct why *why)
{
	static const char *const often[] = {"at", "streams", "payloads", NULL};
	const struct doc_section *s = leg->section;

	if (doc_check_keys(c->doc, s, leg_keys, often, why) != 0)
		return -1;
	for (size_t i = 0; i < s->keys; i++)
		if (call_leg_take(leg, s->key[i].name, s->key[i].value) != 0)
			return leg_value_error(c, &s->key[i], why);
	leg->file = doc_value(s, "file");
	leg->format = doc_value(s, "format");
	return check_leg(c, leg, why);
}

static int
take_call_leg(struct call *c, const struct doc_section *s, const char *name,
    struct why *why)
{
	struct call_leg *leg;
	struct why part;
	char role[32];
	size_t n = strcspn(name, " "), kept = n < sizeof role ? n : 31;
	int party;

	memcpy(role, name, kept);
	role[kept] = '\0';
	party = text_index(role, call_party_names);
	if (party < 0) {
		unknown(&part, "role", role, call_party_names);
		return doc_error(c->doc, s->line, why, "%s", part.text);
	}
	if (c->legs >= MANY)
		return doc_error(
		    c->doc, s->line, why, "more than %d legs", MANY);
	for (size_t i = 0; i < c->legs; i++)
		if (strcmp(c->leg[i].section->name, s->name) == 0)
			return doc_error(c->doc, s->line, why,
			    "section [%.80s] appears twice", s->name);
	c->leg = mem_resize(c->leg, c->legs + 1, sizeof *leg);
	leg = &c->leg[c->legs++];
	*leg = (struct call_leg){.end_us = -1,
	    .section = s,
	    .role = call_party_names[party],
	    .label = name + n + strspn(name + n, " ")};
	return fill_leg(c, leg, why);
}

/* By line as well, so that the sort is stable. */
static int
by_event_time(const void *a, const void *b)
{
	const struct call_event *x = a, *y = b;

	if (x->at_us != y->at_us)
		return x->at_us < y->at_us ? -1 : 1;
	return (x->line > y->line) - (x->line < y->line);
}

static int
take_call_events(struct call *c, const struct doc_section *s, struct why *why)
{
	struct why part;
	bool sorted = true;

	c->event = mem_resize(c->event, c->events + s->keys, sizeof *c->event);
	for (size_t k = 0; k < s->keys; k++) {
		const struct doc_key *key = &s->key[k];
		struct call_event *e = &c->event[c->events];

		if (call_event_parse(e, key->name, key->value, &part) != 0)
			return doc_error(
			    c->doc, key->line, why, "%s", part.text);
		e->line = key->line;
		if (c->events > 0 && by_event_time(e - 1, e) > 0)
			sorted = false;
		c->events++;
	}
	if (!sorted)
		qsort(c->event, c->events, sizeof *c->event, by_event_time);
	return 0;
}

static int
take_sections(struct call *c, bool whole, struct why *why)
{
	const struct doc *doc = c->doc;
	const struct doc_section *facts = NULL;

	for (size_t i = 0; i < doc->sections; i++) {
		const struct doc_section *s = &doc->section[i];
		const char *rest;
		int status = 0;

		if (strcmp(s->name, "call") == 0 && !facts)
			status = take_call_facts(c, facts = s, why);
		else if (doc_is(s, "leg", &rest))
			status = take_call_leg(c, s, rest, why);
		else if (strcmp(s->name, "events") == 0 && whole)
			status = take_call_events(c, s, why);
		else if (whole || strcmp(s->name, "call") == 0)
			status = doc_error(doc, s->line, why,
			    facts == s || strcmp(s->name, "call") != 0
				? "unknown section [%.80s]"
				: "section [%.80s] appears twice",
			    s->name);
		if (status != 0)
			return -1;
	}
	if (!facts)
		return doc_error(doc, 0, why, "no [call] section");
	return 0;
}

static int
from_doc(struct call *c, const struct doc *doc, bool whole, struct why *why)
{
	*c = (struct call){.doc = doc};
	if (take_sections(c, whole, why) == 0)
		return 0;
	call_free(c);
	return -1;
}

int
call_from_doc(struct call *c, const struct doc *doc, struct why *why)
{
	return from_doc(c, doc, true, why);
}

int
call_facts_from_doc(struct call *c, const struct doc *doc, struct why *why)
{
	return from_doc(c, doc, false, why);
}

int64_t
call_end_us(const struct call *call)
{
	const struct doc_section *s =
	    call->doc ? doc_find(call->doc, "events") : NULL;
	int64_t end = -1;

	for (size_t i = 0; i < call->events; i++)
		if (call->event[i].kind == CALL_END)
			return call->event[i].at_us;
	for (size_t i = 0; s && i < s->keys; i++)
		if (strcmp(s->key[i].value, call_event_names[CALL_END]) == 0)
			(void)num_seconds(s->key[i].name, &end);
	return end;
}

static void
free_leg(struct call_leg *leg)
{
	free(leg->anchor);
	free(leg->streams);
	free(leg->payloads);
}

void
call_free(struct call *c)
{
	for (size_t i = 0; i < c->events; i++)
		call_event_free(&c->event[i]);
	for (size_t i = 0; i < c->legs; i++)
		free_leg(&c->leg[i]);
	free(c->event);
	free(c->leg);
	*c = (struct call){0};
}
