/* SPDX-License-Identifier: ISC */
#include "policy.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "num.h"
#include "text.h"

enum place { RECORDING, LEAVING, CLASS };

static const char *const separations[] = {"none", "per-segment", NULL};
static const char *const sequences[] = {
    "permission-first", "recording-first", NULL};
static const char *const styles[] = {"cut", "silence", "tone", NULL};
static const char *const channels[] = {"ivr", "mobile", "web", NULL};

static const struct {
	const char *name;
	enum place place;
	int built_in;
	const char *const *words; /* NULL: yes or no */
} keys[POLICY_KEYS] = {
    [POLICY_ENABLED] = {"enabled", RECORDING, 1, NULL},
    [POLICY_DUAL_CHANNEL] = {"dual_channel", RECORDING, 1, NULL},
    [POLICY_SEPARATION] = {"separation", RECORDING, 0, separations},
    [POLICY_SEQUENCE] = {"outbound_sequence", RECORDING, 0, sequences},
    [POLICY_AFTER_CUSTOMER] = {"continue_after_customer_leaves", RECORDING, 0,
	NULL},
    [POLICY_WITH_THIRD] = {"continue_with_third_party", RECORDING, 0, NULL},
    [POLICY_WITH_EMERGENCY] = {"continue_with_emergency", RECORDING, 0, NULL},
    [POLICY_STYLE] = {"redaction_style", RECORDING, 0, styles},
    [POLICY_AGENT_LEAVES] = {"allow_agent_to_leave", LEAVING, 0, NULL},
    [POLICY_CUSTOMER_LEAVES] = {"allow_customer_to_leave", LEAVING, 0, NULL},
    [POLICY_RECORD] = {"record", CLASS, 0, NULL},
    [POLICY_REDACTION] = {"redaction", CLASS, 1, NULL},
    [POLICY_PLAY] = {"play_message", CLASS, 1, NULL},
    [POLICY_ASK] = {"ask_permission", CLASS, 0, NULL},
};
static const char *const place_names[] = {"recording", "leaving"};

void
policy_notes_free(struct policy_notes *notes)
{
	for (size_t i = 0; i < notes->count; i++)
		free(notes->text[i]);
	free(notes->text);
	*notes = (struct policy_notes){0};
}

static void
note(struct policy_notes *notes, const char *text)
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
	note(notes, why.text);
}

static void
fault(const struct policy *p, int line, const char *what, const char *near,
    struct policy_notes *notes)
{
	policy_note(notes, p, line, "%s%s%s%s", what,
	    near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

const char *
policy_key_name(enum policy_key key)
{
	return keys[key].name;
}

const char *
policy_value_text(enum policy_key key, int value)
{
	if (keys[key].words)
		return keys[key].words[value];
	return value ? "yes" : "no";
}

static int
word_index(const char *s, const char *const *list)
{
	for (int i = 0; list[i]; i++)
		if (strcmp(list[i], s) == 0)
			return i;
	return -1;
}

/* The value that the text stands for, or -1. */
static int
read_value(enum policy_key key, const char *text)
{
	bool yes;

	if (keys[key].words)
		return word_index(text, keys[key].words);
	return num_bool(text, &yes) == 0 ? yes : -1;
}

static void
check_value(const struct policy *p, const struct doc_key *k,
    enum policy_key key, struct policy_notes *notes)
{
	static const char *const bools[] = {"yes", "no", NULL};
	const char *const *words = keys[key].words ? keys[key].words : bools;
	struct buf text = {0};

	if (read_value(key, k->value) >= 0)
		return;
	buf_format(&text, "%s is ", k->name);
	for (int i = 0; words[i]; i++)
		buf_format(&text, "%s%s", i ? " or " : "", words[i]);
	buf_format(&text, ", not '%.60s'", k->value);
	fault(p, k->line, text.s, text_nearest(k->value, words), notes);
	buf_free(&text);
}

/* One key at a time, so that every fault is told. */
static void
check_key(const struct policy *p, const struct doc_section *s, size_t k,
    const char *const *known, struct policy_notes *notes)
{
	struct doc_section one = {s->name, s->line, &s->key[k], 1};
	const struct doc_key *first = doc_key(s, s->key[k].name);
	struct why why;

	if (doc_check_keys(p->doc, &one, known, NULL, &why) != 0)
		note(notes, why.text);
	else if (first != &s->key[k])
		policy_note(notes, p, s->key[k].line,
		    "'%s' stands twice in [%.60s], first in line %d",
		    first->name, s->name, first->line);
}

/* The keys of a section with settings: known, once each, values of a kind. */
static void
check_settings(const struct policy *p, const struct doc_section *s,
    enum place place, struct policy_notes *notes)
{
	const char *known[POLICY_KEYS + 1];
	size_t count = 0;

	for (int i = 0; i < POLICY_KEYS; i++)
		if (keys[i].place == place)
			known[count++] = keys[i].name;
	known[count] = NULL;
	for (size_t k = 0; k < s->keys; k++) {
		check_key(p, s, k, known, notes);
		for (int i = 0; i < POLICY_KEYS; i++)
			if (keys[i].place == place &&
			    strcmp(keys[i].name, s->key[k].name) == 0)
				check_value(
				    p, &s->key[k], (enum policy_key)i, notes);
	}
}

static void
check_messages(const struct policy *p, const struct doc_section *s,
    struct policy_notes *notes)
{
	static const char *const known[] = {"record_inbound", "record_outbound",
	    "record_callback", "ask_permission", NULL};

	for (size_t k = 0; k < s->keys; k++) {
		check_key(p, s, k, known, notes);
		if (!*s->key[k].value)
			fault(p, s->key[k].line, "a message needs a file", NULL,
			    notes);
	}
}

/* A queue's path begins with the channel and has no empty step. */
static const char *
path_fault(const char *path, const char **near)
{
	size_t n = strcspn(path, "/");
	char *first = text_ndup(path, n);
	int known = word_index(first, channels);

	if (known < 0)
		*near = text_nearest(first, channels);
	free(first);
	if (known < 0)
		return "a queue begins with its channel, ivr, mobile or web";
	if (strstr(path, "//") || path[strlen(path) - 1] == '/')
		return "a queue's path has an empty step";
	return NULL;
}

/* "ivr/Second Line inbound": the last word is the class. */
static void
take_queue(struct policy *p, const struct doc_section *s, const char *rest,
    struct policy_notes *notes)
{
	const char *last = strrchr(rest, ' ');
	const char *near = NULL, *text;
	int class = last ? word_index(last + 1, call_class_names) : -1;
	struct policy_queue q = {.section = s};
	size_t n = last ? (size_t)(last - rest) : 0;

	while (n > 0 && rest[n - 1] == ' ')
		n--;
	if (n == 0 || class < 0) {
		fault(p, s->line,
		    "expected [queue PATH CLASS] with the class inbound, "
		    "callback or outbound",
		    last ? text_nearest(last + 1, call_class_names) : NULL,
		    notes);
		return;
	}
	q.class = (enum call_class) class;
	q.path = text_ndup(rest, n);
	text = path_fault(q.path, &near);
	if (text)
		fault(p, s->line, text, near, notes);
	p->queue = mem_resize(p->queue, p->queues + 1, sizeof q);
	p->queue[p->queues++] = q;
	check_settings(p, s, CLASS, notes);
}

/* Lines make the order total. */
static int
by_path(const void *a, const void *b)
{
	const struct policy_queue *x = a, *y = b;
	int order = (int)x->class - (int)y->class;

	if (order == 0)
		order = strcmp(x->path, y->path);
	return order ? order : x->section->line - y->section->line;
}

/* For find_queue(); queues given twice then stand side by side. */
static void
sort_queues(struct policy *p, struct policy_notes *notes)
{
	if (p->queues > 1)
		qsort(p->queue, p->queues, sizeof *p->queue, by_path);
	for (size_t i = 1; i < p->queues; i++) {
		const struct policy_queue *a = &p->queue[i - 1], *b = a + 1;

		if (a->class == b->class && strcmp(a->path, b->path) == 0)
			policy_note(notes, p, b->section->line,
			    "queue %.80s %s stands twice, first in line %d",
			    b->path, call_class_names[b->class],
			    a->section->line);
	}
}

static void
take_section(
    struct policy *p, const struct doc_section *s, struct policy_notes *notes)
{
	static const char *const known[] = {"recording", "leaving", "inbound",
	    "callback", "outbound", "messages", "queue", NULL};
	const struct doc_section *first;
	const char *rest;
	char *text;

	if (doc_is(s, "queue", &rest)) {
		take_queue(p, s, rest, notes);
		return;
	}
	first = doc_find(p->doc, s->name);
	if (first != s) {
		text = text_format("section [%.80s] stands twice, first in "
				   "line %d",
		    s->name, first->line);
		fault(p, s->line, text, NULL, notes);
		free(text);
	}
	if (strcmp(s->name, "recording") == 0)
		check_settings(p, s, RECORDING, notes);
	else if (strcmp(s->name, "leaving") == 0)
		check_settings(p, s, LEAVING, notes);
	else if (word_index(s->name, call_class_names) >= 0)
		check_settings(p, s, CLASS, notes);
	else if (doc_is(s, "messages", NULL))
		check_messages(p, s, notes);
	else {
		text = text_format("unknown section [%.80s]", s->name);
		fault(p, s->line, text, text_nearest(s->name, known), notes);
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
		take_section(p, &doc->section[i], faults);
	sort_queues(p, faults);
	if (faults->count == before)
		return 0;
	policy_free(p);
	return -1;
}

void
policy_free(struct policy *p)
{
	for (size_t i = 0; i < p->queues; i++)
		free(p->queue[i].path);
	free(p->queue);
	*p = (struct policy){0};
}

char *
policy_path(const char *channel, const char *queue)
{
	return queue ? text_format("%s/%s", channel, queue) : text_dup(channel);
}

/* Adds what a section (or NULL) says about the key to the chain. */
static size_t
add_link(const struct doc_section *s, enum policy_key key,
    struct policy_value *chain, size_t count, size_t max)
{
	const struct doc_key *k = doc_key(s, keys[key].name);

	if (!k)
		return count;
	if (count < max)
		chain[count] = (struct policy_value){
		    read_value(key, k->value), k->line, s->name, k->name};
	return count + 1;
}

struct wanted {
	enum call_class class;
	const char *path;
	size_t n; /* bytes of it that count */
};

static int
compare_path(const void *key, const void *queue)
{
	const struct wanted *w = key;
	const struct policy_queue *q = queue;
	int order = (int)w->class - (int)q->class;

	if (order == 0)
		order = strncmp(w->path, q->path, w->n);
	return order ? order : -(q->path[w->n] != '\0');
}

static const struct doc_section *
find_queue(
    const struct policy *p, enum call_class class, const char *path, size_t n)
{
	struct wanted w = {class, path, n};
	const struct policy_queue *q = NULL;

	if (p->queues > 0)
		q = bsearch(&w, p->queue, p->queues, sizeof *q, compare_path);
	return q ? q->section : NULL;
}

size_t
policy_chain(const struct policy *p, enum call_class class, const char *path,
    enum policy_key key, struct policy_value *chain, size_t max)
{
	size_t count = 0;

	if (keys[key].place == CLASS) {
		for (size_t n = strlen(path); n > 0;) {
			count = add_link(find_queue(p, class, path, n), key,
			    chain, count, max);
			while (n > 0 && path[n - 1] != '/')
				n--;
			n -= n > 0;
		}
		count = add_link(doc_find(p->doc, call_class_names[class]), key,
		    chain, count, max);
	} else {
		count = add_link(doc_find(p->doc, place_names[keys[key].place]),
		    key, chain, count, max);
	}
	if (count < max)
		chain[count] = (struct policy_value){
		    keys[key].built_in, 0, "built in", keys[key].name};
	return count + 1;
}

struct policy_value
policy_get(const struct policy *p, enum call_class class, const char *path,
    enum policy_key key)
{
	struct policy_value v;

	(void)policy_chain(p, class, path, key, &v, 1);
	return v;
}

static const struct doc_key *
message_in(const struct policy *p, const char *name, const char *language)
{
	for (size_t i = 0; i < p->doc->sections; i++) {
		const struct doc_section *s = &p->doc->section[i];
		const char *rest;
		if (doc_is(s, "messages", &rest) && strcmp(rest, language) == 0)
			return doc_key(s, name);
	}
	return NULL;
}

const struct doc_key *
policy_message(const struct policy *p, const char *name, const char *language)
{
	char *tag = text_dup(language ? language : "");
	const struct doc_key *k = message_in(p, name, tag);

	while (!k && *tag) {
		char *cut = strrchr(tag, '-');
		*(cut ? cut : tag) = '\0';
		k = message_in(p, name, tag);
	}
	free(tag);
	if (!k && strcmp(name, "record_callback") == 0)
		return policy_message(p, "record_outbound", language);
	return k;
}
