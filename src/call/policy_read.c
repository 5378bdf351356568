/* SPDX-License-Identifier: ISC */
#include "policy_read.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mem.h"
#include "naming.h"
#include "text.h"
#include "who_read.h"
#include "zone.h"

void
policy_notes_free(struct policy_notes *notes)
{
	for (size_t i = 0; i < notes->count; i++)
		free(notes->text[i]);
	free(notes->text);
	*notes = (struct policy_notes){0};
}

void
policy_note_text(struct policy_notes *notes, const char *text)
{
	if ((notes->count & (notes->count - 1)) == 0)
		notes->text = mem_resize(notes->text,
		    notes->count ? notes->count * 2 : 1, sizeof *notes->text);
	notes->text[notes->count++] = text_dup(text);
}

void
policy_note(struct policy_notes *notes, const struct policy *p, int line,
    const char *fmt, ...)
{
	struct why text, why;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text.text, sizeof text.text, fmt, ap);
	va_end(ap);
	doc_error(p->doc, line, &why, "%s", text.text);
	policy_note_text(notes, why.text);
}

static void
note_fault(const struct policy *p, int line, const char *what, const char *near,
    struct policy_notes *notes)
{
	policy_note(notes, p, line, "%s%s%s%s", what,
	    near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static void
check_zone_key(
    const struct policy *p, const struct doc_key *k, struct policy_notes *notes)
{
	struct why why = {0};
	struct zone *z = zone_open(k->value, &why);

	if (!z)
		note_fault(p, k->line, why.text, NULL, notes);
	zone_free(z);
}

static void
check_value(const struct policy *p, const struct doc_key *k,
    enum policy_key key, struct policy_notes *notes)
{
	static const char *const bools[] = {"yes", "no", NULL};
	const char *const *words =
	    policy_settings[key].words ? policy_settings[key].words : bools;
	struct buf text = {0};

	if (policy_value_of(key, k->value) >= 0) {
		if (key == POLICY_ZONE)
			check_zone_key(p, k, notes);
		return;
	}
	buf_format(&text, "%s is ", k->name);
	if (policy_settings[key].form)
		buf_format(&text, "%s", policy_settings[key].form);
	for (int i = 0; words[i] && !policy_settings[key].form; i++)
		buf_format(&text, "%s%s", i ? " or " : "", words[i]);
	buf_format(&text, ", not '%.60s'", k->value);
	note_fault(p, k->line, text.s, text_nearest(k->value, words), notes);
	buf_free(&text);
}

/* One key at a time, so that every fault is reported. */
static void
check_key(const struct policy *p, const struct doc_section *s, size_t k,
    const char *const *known, struct policy_notes *notes)
{
	struct doc_section one = {s->name, s->line, &s->key[k], 1};
	const struct doc_key *first = doc_key(s, s->key[k].name);
	struct why why;

	if (doc_check_keys(p->doc, &one, known, NULL, &why) != 0)
		policy_note_text(notes, why.text);
	else if (first != &s->key[k])
		policy_note(notes, p, s->key[k].line,
		    "'%s' appears twice in [%.60s], first in line %d",
		    first->name, s->name, first->line);
}

/* Checks the keys of a section with settings: known, not repeated, valid. */
static void
check_settings(const struct policy *p, const struct doc_section *s,
    enum policy_place place, struct policy_notes *notes)
{
	const char *known[POLICY_KEYS + 4];
	size_t count = 0;

	for (int i = 0; i < POLICY_KEYS; i++)
		if (policy_settings[i].place == place)
			known[count++] = policy_settings[i].name;
	for (int i = 0; place == POLICY_IN_RECORDING && who_read_keys[i]; i++)
		known[count++] = who_read_keys[i];
	known[count] = NULL;
	for (size_t k = 0; k < s->keys; k++) {
		check_key(p, s, k, known, notes);
		for (int i = 0; i < POLICY_KEYS; i++)
			if (policy_settings[i].place == place &&
			    strcmp(policy_settings[i].name, s->key[k].name) ==
				0)
				check_value(
				    p, &s->key[k], (enum policy_key)i, notes);
	}
}

static void
check_section_messages(const struct policy *p, const struct doc_section *s,
    struct policy_notes *notes)
{
	for (size_t k = 0; k < s->keys; k++) {
		check_key(p, s, k, policy_message_names, notes);
		if (!*s->key[k].value)
			note_fault(p, s->key[k].line, "a message needs a file",
			    NULL, notes);
	}
}

/* The path of a queue begins with the channel and has no empty component. */
static const char *
path_fault(const char *path, const char **near)
{
	size_t n = strcspn(path, "/");
	char *first = text_ndup(path, n);
	int known = -1;

	for (int i = 0; call_channel_names[i]; i++)
		if (strcasecmp(first, call_channel_names[i]) == 0)
			known = i;
	if (known < 0)
		*near = text_nearest(first, call_channel_names);
	free(first);
	if (known < 0)
		return "a queue begins with its channel, ivr, mobile or web";
	if (strstr(path, "//") || path[strlen(path) - 1] == '/')
		return "a queue's path has an empty part";
	return NULL;
}

/* "ivr/Second Line inbound": the last word is the class. */
static void
take_queue(struct policy *p, const struct doc_section *s, const char *rest,
    struct policy_notes *notes)
{
	const char *last = strrchr(rest, ' ');
	const char *near = NULL, *text;
	int class = last ? text_index(last + 1, call_class_names) : -1;
	struct policy_queue q = {.section = s};
	size_t n = last ? (size_t)(last - rest) : 0;

	while (n > 0 && rest[n - 1] == ' ')
		n--;
	if (n == 0 || class < 0) {
		note_fault(p, s->line,
		    "expected [queue PATH CLASS] with the class inbound, "
		    "callback or outbound",
		    last ? text_nearest(last + 1, call_class_names) : NULL,
		    notes);
		return;
	}
	q.class = (enum call_class) class;
	q.path = text_ndup(rest, n);
	q.name = naming_key(q.path);
	text = path_fault(q.path, &near);
	if (text)
		note_fault(p, s->line, text, near, notes);
	p->queue = mem_resize(p->queue, p->queues + 1, sizeof q);
	p->queue[p->queues++] = q;
	check_settings(p, s, POLICY_IN_CLASS, notes);
}

/* By line as well, so that the order is total. */
static int
by_queue_name(const void *a, const void *b)
{
	const struct policy_queue *x = a, *y = b;
	int order = (int)x->class - (int)y->class;

	if (order == 0)
		order = strcmp(x->name, y->name);
	return order ? order : x->section->line - y->section->line;
}

/* Sorts for find_queue(); queues given twice are then adjacent. */
static void
sort_queues(struct policy *p, struct policy_notes *notes)
{
	if (p->queues > 1)
		qsort(p->queue, p->queues, sizeof *p->queue, by_queue_name);
	for (size_t i = 1; i < p->queues; i++) {
		const struct policy_queue *a = &p->queue[i - 1], *b = a + 1;

		if (a->class != b->class || strcmp(a->name, b->name) != 0)
			continue;
		if (strcmp(a->path, b->path) == 0)
			policy_note(notes, p, b->section->line,
			    "queue %.80s %s appears twice, first in line %d",
			    b->path, call_class_names[b->class],
			    a->section->line);
		else
			policy_note(notes, p, b->section->line,
			    "queue %.60s %s is queue %.60s of line %d: names "
			    "are compared without case, and _ as -",
			    b->path, call_class_names[b->class], a->path,
			    a->section->line);
	}
}

/* The first [messages] section for the same language, or NULL. */
static const struct doc_section *
language_before(const struct policy *p, const struct doc_section *s)
{
	char *name = naming_key(s->name);
	const struct doc_section *found = NULL;

	for (const struct doc_section *o = p->doc->section; o < s && !found;
	     o++) {
		char *other = naming_key(o->name);

		if (strcmp(name, other) == 0)
			found = o;
		free(other);
	}
	free(name);
	return found;
}

/* Reports a section that is repeated; languages in any spelling. */
static void
check_once(const struct policy *p, const struct doc_section *s,
    struct policy_notes *notes)
{
	const struct doc_section *first = doc_find(p->doc, s->name);

	if (first != s)
		policy_note(notes, p, s->line,
		    "section [%.80s] appears twice, first in line %d", s->name,
		    first->line);
	else if (doc_is(s, "messages", NULL) && (first = language_before(p, s)))
		policy_note(notes, p, s->line,
		    "[%.60s] is [%.60s] of line %d: languages are compared "
		    "without case, and _ as -",
		    s->name, first->name, first->line);
}

/* WHO_KINDS: it is not a rule by who takes part. */
static int
who_kind_of(const struct doc_section *s, const char **rest)
{
	for (int k = 0; k < WHO_KINDS; k++)
		if (doc_is(s, who_kind_names[k], rest) &&
		    (k != WHO_INTERNAL || !**rest))
			return k;
	return WHO_KINDS;
}

static void
take_policy_section(
    struct policy *p, const struct doc_section *s, struct policy_notes *notes)
{
	static const char *const known[] = {"recording", "leaving", "inbound",
	    "callback", "outbound", "messages", "queue", "number", "agent",
	    "internal", NULL};
	const char *rest;
	char *text;
	int kind;

	if (doc_is(s, "queue", &rest)) {
		take_queue(p, s, rest, notes);
		return;
	}
	check_once(p, s, notes);
	if ((kind = who_kind_of(s, &rest)) < WHO_KINDS) {
		check_settings(p, s, POLICY_IN_CLASS, notes);
		who_read_section(p, (enum who_kind)kind, s, rest, notes);
	} else if (strcmp(s->name, "recording") == 0)
		check_settings(p, s, POLICY_IN_RECORDING, notes);
	else if (strcmp(s->name, "leaving") == 0)
		check_settings(p, s, POLICY_IN_LEAVING, notes);
	else if (text_index(s->name, call_class_names) >= 0)
		check_settings(p, s, POLICY_IN_CLASS, notes);
	else if (doc_is(s, "messages", NULL))
		check_section_messages(p, s, notes);
	else {
		text = text_format("unknown section [%.80s]", s->name);
		note_fault(
		    p, s->line, text, text_nearest(s->name, known), notes);
		free(text);
	}
}

int
policy_from_doc(
    struct policy *p, const struct doc *doc, struct policy_notes *faults)
{
	size_t before = faults->count;

	*p = (struct policy){.doc = doc};
	for (size_t i = 0; i < doc->sections; i++)
		if (strcmp(doc->section[i].name, "recording") == 0)
			who_read_plan(p, &doc->section[i], faults);
	for (size_t i = 0; i < doc->sections; i++)
		take_policy_section(p, &doc->section[i], faults);
	sort_queues(p, faults);
	who_read_end(p, faults);
	if (faults->count == before)
		return 0;
	policy_free(p);
	return -1;
}
