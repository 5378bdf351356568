/* SPDX-License-Identifier: ISC */
#include "ticket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "num.h"
#include "text.h"

static const char *const number_names[] = {"recording", "recordings", "part",
    "parts", "rate", "channels", "first_sample", "samples", "bytes", NULL};

struct ticket_file *
ticket_add(struct ticket *t, const char *name)
{
	struct ticket_file *f;

	t->file = mem_resize(t->file, t->files + 1, sizeof *f);
	f = &t->file[t->files++];
	*f = (struct ticket_file){.name = text_dup(name)};
	return f;
}

void
ticket_add_cut(
    struct ticket_file *f, int64_t start_us, int64_t end_us, const char *reason)
{
	f->cut = mem_resize(f->cut, f->cuts + 1, sizeof *f->cut);
	f->cut[f->cuts++] =
	    (struct ticket_cut){start_us, end_us, text_dup(reason)};
}

struct ticket_file *
ticket_add_like(
    struct ticket *t, const struct ticket_file *from, const char *name)
{
	struct ticket_file *f = ticket_add(t, name), copy = *from;

	/* Texts and lists are copied, numbers are taken as they are. */
	copy.name = f->name;
	copy.queue = text_dup(from->queue);
	copy.agent = text_dup(from->agent);
	copy.cut = NULL;
	copy.cuts = 0;
	copy.extra = (struct doc_section){0};
	*f = copy;
	for (size_t i = 0; i < from->cuts; i++)
		ticket_add_cut(f, from->cut[i].start_us, from->cut[i].end_us,
		    from->cut[i].reason);
	for (size_t i = 0; i < from->extra.keys; i++)
		doc_add(&f->extra, from->extra.key[i].name,
		    from->extra.key[i].value, 0);
	return f;
}

void
ticket_free(struct ticket *t)
{
	for (size_t i = 0; i < t->files; i++) {
		struct ticket_file *f = &t->file[i];

		for (size_t k = 0; k < f->cuts; k++)
			free(f->cut[k].reason);
		for (size_t k = 0; k < f->extra.keys; k++) {
			free(f->extra.key[k].name);
			free(f->extra.key[k].value);
		}
		free(f->extra.key);
		free(f->cut);
		free(f->name);
		free(f->queue);
		free(f->agent);
	}
	free(t->file);
	doc_free(&t->call);
	*t = (struct ticket){0};
}

const char *
ticket_fact(const struct ticket *t, const char *key)
{
	return doc_value(doc_find(&t->call, "call"), key);
}

static char *
section_name(const char *file)
{
	return text_format("file %s", file);
}

const char *
ticket_name_fault(const char *name)
{
	char *section = section_name(name);
	const char *fault = doc_name_fault(section);

	free(section);
	return fault;
}

static void
file_to_doc(const struct ticket_file *f, struct doc *doc)
{
	char a[NUM_SECONDS_SIZE], b[NUM_SECONDS_SIZE];
	char *name = section_name(f->name);
	struct doc_section *s = doc_add_section(doc, name, 0);

	free(name);
	doc_addf(s, "recording", "%d", f->recording);
	doc_addf(s, "recordings", "%d", f->recordings);
	doc_addf(s, "part", "%d", f->part);
	doc_addf(s, "parts", "%d", f->parts);
	doc_add(s, "start", num_seconds_text(f->start_us, a), 0);
	if (f->queue)
		doc_add(s, "queue", f->queue, 0);
	if (f->agent)
		doc_add(s, "agent", f->agent, 0);
	doc_addf(s, "rate", "%u", f->rate);
	doc_addf(s, "channels", "%u", f->channels);
	doc_addf(s, "first_sample", "%lld", (long long)f->first_sample);
	doc_addf(s, "samples", "%lld", (long long)f->samples);
	doc_addf(s, "bytes", "%llu", (unsigned long long)f->bytes);
	if (f->sha256[0])
		doc_add(s, "sha256", f->sha256, 0);
	for (size_t i = 0; i < f->cuts; i++)
		doc_addf(s, "cut", "%s %s %s",
		    num_seconds_text(f->cut[i].start_us, a),
		    num_seconds_text(f->cut[i].end_us, b), f->cut[i].reason);
	for (size_t i = 0; i < f->extra.keys; i++)
		doc_add(s, f->extra.key[i].name, f->extra.key[i].value, 0);
}

void
ticket_to_doc(const struct ticket *t, struct doc *doc)
{
	for (size_t i = 0; i < t->call.sections; i++)
		doc_copy_section(doc, &t->call.section[i]);
	for (size_t i = 0; i < t->files; i++)
		file_to_doc(&t->file[i], doc);
}

static int
bad(const struct doc *doc, const struct doc_key *k, struct why *why)
{
	return doc_error(
	    doc, k->line, why, "%.30s: not valid: '%.80s'", k->name, k->value);
}

static int
take_ticket_number(struct ticket_file *f, int which, const char *value)
{
	static const int64_t most[] = {1000000, 1000000, 1000000, 1000000,
	    768000, 64, INT64_MAX, INT64_MAX, INT64_MAX};
	int64_t v;

	if (num_integer(value, 0, most[which], &v) != 0)
		return -1;
	switch (which) {
	case 0:
		f->recording = (int)v;
		break;
	case 1:
		f->recordings = (int)v;
		break;
	case 2:
		f->part = (int)v;
		break;
	case 3:
		f->parts = (int)v;
		break;
	case 4:
		f->rate = (unsigned)v;
		break;
	case 5:
		f->channels = (unsigned)v;
		break;
	case 6:
		f->first_sample = v;
		break;
	case 7:
		f->samples = v;
		break;
	default:
		f->bytes = (uint64_t)v;
	}
	return 0;
}

static int
take_ticket_cut(struct ticket_file *f, const char *value)
{
	char a[24], b[24], reason[80];
	int64_t from, to;

	if (sscanf(value, "%23s %23s %79[^\n]", a, b, reason) != 3 ||
	    num_seconds(a, &from) != 0 || num_seconds(b, &to) != 0 || to < from)
		return -1;
	ticket_add_cut(f, from, to, reason);
	return 0;
}

static int
take_sha256(struct ticket_file *f, const char *value)
{
	if (strlen(value) != 64 || value[strspn(value, "0123456789abcdef")])
		return -1;
	memcpy(f->sha256, value, 65);
	return 0;
}

static int
take_ticket_key(struct ticket_file *f, const struct doc_key *k)
{
	for (int i = 0; number_names[i]; i++)
		if (strcmp(k->name, number_names[i]) == 0)
			return take_ticket_number(f, i, k->value);
	if (strcmp(k->name, "start") == 0)
		return num_seconds(k->value, &f->start_us);
	if (strcmp(k->name, "sha256") == 0)
		return take_sha256(f, k->value);
	if (strcmp(k->name, "cut") == 0)
		return take_ticket_cut(f, k->value);
	if (strcmp(k->name, "queue") == 0 && !f->queue)
		f->queue = text_dup(k->value);
	else if (strcmp(k->name, "agent") == 0 && !f->agent)
		f->agent = text_dup(k->value);
	else
		doc_add(&f->extra, k->name, k->value, 0);
	return 0;
}

static int
take_file(struct ticket *t, const struct doc *doc, const struct doc_section *s,
    const char *name, struct why *why)
{
	struct ticket_file *f;

	if (!*name || *name == '.' || strchr(name, '/'))
		return doc_error(doc, s->line, why,
		    "not the name of a file here: [%.100s]", s->name);
	for (size_t i = 0; i < t->files; i++)
		if (strcmp(t->file[i].name, name) == 0)
			return doc_error(doc, s->line, why,
			    "[%.100s] appears twice", s->name);
	f = ticket_add(t, name);
	for (size_t k = 0; k < s->keys; k++)
		if (take_ticket_key(f, &s->key[k]) != 0)
			return bad(doc, &s->key[k], why);
	return 0;
}

int
ticket_from_doc(struct ticket *t, const struct doc *doc, struct why *why)
{
	*t = (struct ticket){0};
	doc_set_file(&t->call, doc->file);
	for (size_t i = 0; i < doc->sections; i++) {
		const struct doc_section *s = &doc->section[i];
		const char *name;

		if (!doc_is(s, "file", &name)) {
			doc_copy_section(&t->call, s);
		} else if (take_file(t, doc, s, name, why) != 0) {
			ticket_free(t);
			return -1;
		}
	}
	return 0;
}

/* The time in the call of what is heard after heard_us of the recording. */
static int64_t
time_in_call(const struct ticket_file *f, int64_t heard_us, bool is_end)
{
	const char *style = doc_value(&f->extra, "redaction_style");
	int64_t at = f->start_us + heard_us;

	if (style && strcmp(style, "cut") != 0)
		return at;
	for (size_t i = 0; i < f->cuts; i++) {
		const struct ticket_cut *c = &f->cut[i];

		/* What was cut between two parts lies at the first one's end. */
		if (c->start_us < at || (c->start_us == at && !is_end))
			at += c->end_us - c->start_us;
	}
	return at;
}

struct ticket_stretch
ticket_stretch_of(const struct ticket_file *f)
{
	struct ticket_stretch s = {f->start_us, INT64_MAX};

	if (f->rate == 0)
		return s;
	if (f->first_sample > 0)
		s.start_us =
		    time_in_call(f, num_us(f->first_sample, f->rate), false);
	if (f->part < f->parts && f->samples < INT64_MAX - f->first_sample)
		s.end_us = time_in_call(
		    f, num_us(f->first_sample + f->samples, f->rate), true);
	return s;
}

int64_t
ticket_end_us(const struct ticket_file *f)
{
	/* A ticket may say anything. */
	if (f->rate == 0 || f->samples > INT64_MAX / 4000000 ||
	    f->first_sample > INT64_MAX / 4000000)
		return -1;
	return time_in_call(
	    f, num_us(f->first_sample + f->samples, f->rate), false);
}

enum call_class
ticket_class(const struct ticket *t)
{
	const char *type = ticket_fact(t, "type");

	return type ? call_class_of(type) : CALL_CLASSES;
}
