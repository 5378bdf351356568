/* SPDX-License-Identifier: ISC */
#include "speakers.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "num.h"
#include "number.h"
#include "text.h"

struct search {
	struct speakers *found;
	const struct ticket *t;
	const struct ticket_file *f;
	const char *facts;
	int64_t to_us; /* when the next recording begins */
	size_t agent;  /* the one who has the call */
};

bool
speakers_may_tell(const char *facts, const char *fact)
{
	size_t n = strlen(fact);

	if (!facts)
		return true;
	for (const char *p = facts + strspn(facts, " \t"); *p;) {
		size_t length = strcspn(p, " \t");

		if (length == n && strncmp(p, fact, n) == 0)
			return true;
		p += length + strspn(p + length, " \t");
	}
	return false;
}

static size_t
add_speaker(struct search *s, enum call_party role)
{
	struct speakers *to = s->found;

	to->one = mem_resize(to->one, to->count + 1, sizeof *to->one);
	to->one[to->count] = (struct speaker){.role = role};
	return to->count++;
}

/* A number that is hidden counts as missing. */
static char *
speaker_number(const struct search *s, const char *text, const char *fact)
{
	static const struct number_plan anywhere;
	struct number n;

	if (!text || !speakers_may_tell(s->facts, fact))
		return NULL;
	number_read(&n, text, &anywhere);
	return n.kind == NUMBER_DIGITS || n.kind == NUMBER_NAME ? text_dup(text)
								: NULL;
}

static char *
plan_number(const struct search *s, const char *key)
{
	return speaker_number(s, ticket_fact(s->t, key), key);
}

static bool
is_type(const struct ticket *t, const char *wanted)
{
	const char *type = ticket_fact(t, "type");

	return type && strcmp(type, wanted) == 0;
}

/* Section [account ROLE LABEL], number n of that role; NULL: no more. */
static const struct doc_section *
find_account(
    const struct ticket *t, enum call_party role, size_t n, const char **label)
{
	const char *name = call_party_names[role], *rest;
	size_t length = strlen(name);

	for (size_t i = 0; i < t->call.sections; i++) {
		const struct doc_section *s = &t->call.section[i];

		if (!doc_is(s, "account", &rest) ||
		    strncmp(rest, name, length) != 0 ||
		    (rest[length] && rest[length] != ' '))
			continue;
		if (n-- > 0)
			continue;
		*label = rest + length + strspn(rest + length, " ");
		return s;
	}
	return NULL;
}

/* The channel of a speaker without a leg, if everyone is on one channel. */
static int
channel_of(const struct search *s, const struct doc_section *account)
{
	const char *told = account ? doc_value(account, "channel") : NULL;
	const char *mixed = ticket_fact(s->t, "mixed");
	int64_t n;

	if (told && num_integer(told, 1, 2, &n) == 0)
		return (int)n;
	return s->f->channels == 1 && mixed && strcmp(mixed, "yes") == 0;
}

static void
add_customer(struct search *s)
{
	enum call_class class = ticket_class(s->t);
	const char *label;
	const struct doc_section *a =
	    find_account(s->t, CALL_PARTY_CUSTOMER, 0, &label);
	struct speaker *one;
	size_t n;

	if (!a && is_type(s->t, "third-party-add"))
		return;
	n = add_speaker(s, CALL_PARTY_CUSTOMER);
	one = &s->found->one[n];
	one->channel = channel_of(s, a);
	if (class < CALL_CLASSES)
		one->number =
		    plan_number(s, class == CALL_INBOUND ? "caller" : "callee");
}

/* The agent with that name, who may have had the call before. */
static size_t
find_agent(struct search *s, const char *name)
{
	bool tell = speakers_may_tell(s->facts, "agent");
	const char *label;
	const struct doc_section *a =
	    find_account(s->t, CALL_PARTY_AGENT, 0, &label);
	size_t n;

	for (size_t i = 0; i < s->found->count && name && tell; i++) {
		const struct speaker *one = &s->found->one[i];

		if (one->role == CALL_PARTY_AGENT && one->name &&
		    strcmp(one->name, name) == 0)
			return i;
	}
	n = add_speaker(s, CALL_PARTY_AGENT);
	s->found->one[n].channel = channel_of(s, a);
	s->found->one[n].name = tell ? text_dup(name) : NULL;
	return n;
}

/* Adds the agent who had the call when this recording began. */
static void
add_agents(struct search *s)
{
	const char *name =
	    s->f->agent ? s->f->agent : ticket_fact(s->t, "agent");
	struct speaker *one;

	s->agent = find_agent(s, name);
	one = &s->found->one[s->agent];
	if (ticket_class(s->t) == CALL_OUTBOUND)
		one->number = plan_number(s, "caller");
	else if (is_type(s->t, "direct"))
		one->number = plan_number(s, "callee");
}

static size_t
count_of(const struct speakers *s, enum call_party role)
{
	size_t n = 0;

	for (size_t i = 0; i < s->count; i++)
		n += s->one[i].role == role;
	return n;
}

/* Adds the next of that role, with its next leg. */
static size_t
add_other(struct search *s, enum call_party role, const char *number)
{
	const char *label = "";
	const struct doc_section *a =
	    find_account(s->t, role, count_of(s->found, role), &label);
	size_t n = add_speaker(s, role);
	struct speaker *one = &s->found->one[n];

	one->channel = channel_of(s, a);
	if (*label && speakers_may_tell(s->facts, "legs"))
		one->name = text_dup(label);
	one->number = speaker_number(s, number, "third-party");
	return n;
}

/*
 * Adds speakers for legs without an event: they were there from the beginning.
 */
static void
add_leg_speakers(struct search *s, enum call_party role)
{
	const char *label;
	size_t n;

	while (find_account(s->t, role, count_of(s->found, role), &label)) {
		n = add_other(s, role, NULL);
		if (is_type(s->t, "third-party-add") && n == 1)
			s->found->one[n].number = plan_number(s, "callee");
	}
}

static void
note_speaker(
    struct search *s, const struct call_event *e, size_t who, const char *what)
{
	struct speakers *to = s->found;

	if (e->at_us <= s->f->start_us || e->at_us >= s->to_us)
		return;
	to->event = mem_resize(to->event, to->events + 1, sizeof *to->event);
	to->event[to->events++] = (struct speaker_event){e->at_us, who, what};
}

/* The last of that role that is still there leaves. */
static void
leave_call(struct search *s, const struct call_event *e)
{
	size_t who = s->found->count;

	for (size_t i = 0; i < s->found->count; i++)
		if (s->found->one[i].role == e->party && !s->found->one[i].left)
			who = i;
	if (e->party == CALL_PARTY_AGENT)
		who = s->agent;
	if (who == s->found->count)
		return;
	s->found->one[who].left = call_party_joins(e->party);
	s->found->one[who].gone =
	    s->found->one[who].left && e->at_us <= s->f->start_us;
	note_speaker(s, e, who, "drop");
}

static void
take_speaker_event(struct search *s, const struct call_event *e)
{
	size_t before = s->agent;

	switch (e->kind) {
	case CALL_JOIN:
		note_speaker(s, e, add_other(s, e->party, e->number), "join");
		break;
	case CALL_LEAVE:
		leave_call(s, e);
		break;
	case CALL_TRANSFER:
		/* The agent before that is the one of the recording. */
		if (!e->agent || e->at_us <= s->f->start_us)
			break;
		s->agent = find_agent(s, e->agent);
		if (s->agent != before) {
			note_speaker(s, e, before, "drop");
			note_speaker(s, e, s->agent, "join");
		}
		break;
	case CALL_HOLD:
	case CALL_UNHOLD:
		if (s->found->one[0].role == CALL_PARTY_CUSTOMER)
			note_speaker(
			    s, e, 0, e->kind == CALL_HOLD ? "hold" : "unhold");
		break;
	default:
		break;
	}
}

/* By time, equal times in their order. */
static int
by_speaking_time(const void *a, const void *b)
{
	const struct call_event *x = a, *y = b;

	return x->at_us != y->at_us
		   ? (x->at_us > y->at_us) - (x->at_us < y->at_us)
		   : (x->line > y->line) - (x->line < y->line);
}

static void
take_speaker_events(struct search *s)
{
	const struct doc_section *told = doc_find(&s->t->call, "events");
	struct call_event *e;
	size_t n = 0;

	if (!told || told->keys == 0)
		return;
	e = mem_alloc(told->keys * sizeof *e);
	for (size_t i = 0; i < told->keys; i++)
		if (call_event_parse(&e[n], told->key[i].name,
			told->key[i].value, NULL) == 0)
			e[n++].line = (int)i;
	qsort(e, n, sizeof *e, by_speaking_time);
	for (size_t i = 0; i < n; i++) {
		if (e[i].at_us < s->to_us)
			take_speaker_event(s, &e[i]);
		call_event_free(&e[i]);
	}
	free(e);
}

/* A speaker who left before this recording is not heard in it. */
static void
forget_gone(struct speakers *s)
{
	size_t *place = mem_alloc((s->count + 1) * sizeof *place), n = 0;

	for (size_t i = 0; i < s->count; i++) {
		struct speaker one = s->one[i];

		place[i] = n;
		if (!one.gone) {
			s->one[n++] = one;
			continue;
		}
		free(one.name);
		free(one.number);
	}
	s->count = n;
	for (size_t i = 0; i < s->events; i++)
		s->event[i].who = place[s->event[i].who];
	free(place);
}

void
speakers_find(struct speakers *found, const struct ticket *t,
    const struct ticket_file *f, const char *facts)
{
	struct search s = {found, t, f, facts, INT64_MAX, 0};

	*found = (struct speakers){0};
	for (size_t i = 0; i < t->files; i++)
		if (t->file[i].start_us > f->start_us &&
		    t->file[i].start_us < s.to_us)
			s.to_us = t->file[i].start_us;
	add_customer(&s);
	add_agents(&s);
	take_speaker_events(&s);
	add_leg_speakers(&s, CALL_PARTY_THIRD);
	add_leg_speakers(&s, CALL_PARTY_EMERGENCY);
	forget_gone(found);
}

void
speakers_free(struct speakers *s)
{
	for (size_t i = 0; i < s->count; i++) {
		free(s->one[i].name);
		free(s->one[i].number);
	}
	free(s->one);
	free(s->event);
	*s = (struct speakers){0};
}

int
speakers_channel(
    const struct speakers *s, const struct ticket_file *f, enum call_party p)
{
	int channel = 0;

	for (size_t i = 0; i < s->count && f->channels == 2; i++)
		if (s->one[i].role == p && s->one[i].channel > 0)
			channel = s->one[i].channel;
	return channel;
}
