/* SPDX-License-Identifier: ISC */
#include "policy.h"

#include <stdlib.h>
#include <string.h>

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

/* Takes over what doc_error() put into why. */
static void
note(struct policy_notes *notes, const struct why *why)
{
	notes->text =
	    util_resize(notes->text, notes->count + 1, sizeof *notes->text);
	notes->text[notes->count++] = util_strdup(why->text);
}

static void
fault(const struct policy *p, int line, const char *what, const char *near,
    struct policy_notes *notes)
{
	struct why why;

	doc_error(p->doc, line, &why, "%s%s%s%s", what,
	    near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	note(notes, &why);
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
	return util_bool(text, &yes) == 0 ? yes : -1;
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
	fault(p, k->line, text.s, util_nearest(k->value, words), notes);
	buf_free(&text);
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
		/* One key at a time, so that every fault is told. */
		struct doc_section one = {s->name, s->line, &s->key[k], 1};
		struct why why;

		if (doc_check_keys(p->doc, &one, known, NULL, &why) != 0) {
			note(notes, &why);
			continue;
		}
		if (doc_key(s, s->key[k].name) != &s->key[k]) {
			doc_error(p->doc, s->key[k].line, &why,
			    "'%s' stands twice in [%.60s], first in line %d",
			    s->key[k].name, s->name,
			    doc_key(s, s->key[k].name)->line);
			note(notes, &why);
		}
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
	struct why why;

	if (doc_check_keys(p->doc, s, known, NULL, &why) != 0)
		note(notes, &why);
	for (size_t k = 0; k < s->keys; k++)
		if (!*s->key[k].value)
			fault(p, s->key[k].line, "a message needs a file", NULL,
			    notes);
}

/* A queue's path begins with the channel and has no empty step. */
static const char *
path_fault(const char *path, const char **near)
{
	size_t n = strcspn(path, "/");
	char *first = util_strndup(path, n);
	int known = word_index(first, channels);

	if (known < 0)
		*near = util_nearest(first, channels);
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
		    last ? util_nearest(last + 1, call_class_names) : NULL,
		    notes);
		return;
	}
	q.class = (enum call_class) class;
	q.path = util_strndup(rest, n);
	text = path_fault(q.path, &near);
	if (text)
		fault(p, s->line, text, near, notes);
	for (size_t i = 0; i < p->queues; i++)
		if (p->queue[i].class == q.class &&
		    strcmp(p->queue[i].path, q.path) == 0) {
			struct why why;
			doc_error(p->doc, s->line, &why,
			    "queue %.80s %s stands twice, first in line %d",
			    q.path, call_class_names[class],
			    p->queue[i].section->line);
			note(notes, &why);
		}
	p->queue = util_resize(p->queue, p->queues + 1, sizeof q);
	p->queue[p->queues++] = q;
	check_settings(p, s, CLASS, notes);
}

static void
take_section(
    struct policy *p, const struct doc_section *s, struct policy_notes *notes)
{
	static const char *const known[] = {"recording", "leaving", "inbound",
	    "callback", "outbound", "messages", "queue", NULL};
	const struct doc_section *first = doc_find(p->doc, s->name);
	const char *rest;
	char *text;

	if (doc_is(s, "queue", &rest)) {
		take_queue(p, s, rest, notes);
		return;
	}
	if (first != s) {
		text = util_format("section [%.80s] stands twice, first in "
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
		text = util_format("unknown section [%.80s]", s->name);
		fault(p, s->line, text, util_nearest(s->name, known), notes);
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
	return queue ? util_format("%s/%s", channel, queue)
		     : util_strdup(channel);
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

static const struct doc_section *
find_queue(
    const struct policy *p, enum call_class class, const char *path, size_t n)
{
	for (size_t i = 0; i < p->queues; i++)
		if (p->queue[i].class == class &&
		    strncmp(p->queue[i].path, path, n) == 0 &&
		    p->queue[i].path[n] == '\0')
			return p->queue[i].section;
	return NULL;
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
	char *tag = util_strdup(language ? language : "");
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

/*
 * Does this line matter for anyone? It does where it decides for a class or a
 * queue in which what it needs is on.
 */
static bool
matters_at(const struct policy *p, enum call_class class, const char *path,
    enum policy_key key, int line)
{
	if (policy_get(p, class, path, key).line != line)
		return false;
	if (!policy_get(p, class, path, POLICY_RECORD).value)
		return false;
	return key != POLICY_ASK ||
	       (class != CALL_CALLBACK &&
		   policy_get(p, class, path, POLICY_PLAY).value);
}

static bool
matters(const struct policy *p, enum call_class class, enum policy_key key,
    int line)
{
	if (matters_at(p, class, "", key, line))
		return true;
	for (size_t i = 0; i < p->queues; i++)
		if (p->queue[i].class == class &&
		    matters_at(p, class, p->queue[i].path, key, line))
			return true;
	return false;
}

static void
idle_in_class(const struct policy *p, const struct doc_section *s,
    enum call_class class, struct policy_notes *notes)
{
	for (int i = POLICY_REDACTION; i < POLICY_KEYS; i++) {
		const struct doc_key *k = doc_key(s, keys[i].name);
		char *text;

		if (!k || !read_value((enum policy_key)i, k->value) ||
		    matters(p, class, (enum policy_key)i, k->line))
			continue;
		text = util_format("%s has no effect%s", k->name,
		    i == POLICY_ASK && class == CALL_CALLBACK
			? ": callbacks do not ask"
		    : i == POLICY_ASK ? " without record and play_message = yes"
				      : " without record = yes");
		fault(p, k->line, text, NULL, notes);
		free(text);
	}
}

void
policy_without_effect(const struct policy *p, struct policy_notes *notes)
{
	static const struct {
		enum policy_key key, needs;
	} pairs[] = {{POLICY_AFTER_CUSTOMER, POLICY_CUSTOMER_LEAVES},
	    {POLICY_WITH_THIRD, POLICY_AGENT_LEAVES},
	    {POLICY_WITH_EMERGENCY, POLICY_AGENT_LEAVES}};

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		struct policy_value v =
		    policy_get(p, CALL_INBOUND, "", pairs[i].key);
		char *text;

		if (!v.value ||
		    policy_get(p, CALL_INBOUND, "", pairs[i].needs).value)
			continue;
		text = util_format("%s has no effect without %s = yes", v.key,
		    keys[pairs[i].needs].name);
		fault(p, v.line, text, NULL, notes);
		free(text);
	}
	for (int c = 0; c < CALL_CLASSES; c++) {
		idle_in_class(p, doc_find(p->doc, call_class_names[c]),
		    (enum call_class)c, notes);
		for (size_t i = 0; i < p->queues; i++)
			if (p->queue[i].class == (enum call_class)c)
				idle_in_class(p, p->queue[i].section,
				    (enum call_class)c, notes);
	}
}
