/* SPDX-License-Identifier: ISC */
#include "import.h"

#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "found.h"
#include "hash.h"
#include "mem.h"
#include "num.h"
#include "path.h"
#include "text.h"
#include "tree.h"
#include "when.h"

/* FNV-1a, 64 bits. */
static size_t
hash(const char *s)
{
	uint64_t h = 14695981039346656037u;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 1099511628211u;
	return (size_t)h;
}

/* The slot of the key, or the free slot for it. */
static size_t
slot_of_key(const struct import *im, const char *key)
{
	size_t i = hash(key) & (im->slots - 1);

	while (im->slot[i] && strcmp(im->call[im->slot[i] - 1].key, key) != 0)
		i = (i + 1) & (im->slots - 1);
	return i;
}

static void
grow_calls(struct import *im)
{
	free(im->slot);
	im->slots = im->slots ? im->slots * 2 : 64;
	im->slot = mem_alloc(im->slots * sizeof *im->slot);
	for (size_t n = 0; im->call && n < im->calls; n++)
		im->slot[slot_of_key(im, im->call[n].key)] = n + 1;
}

struct import_call *
import_find(const struct import *im, const char *key)
{
	size_t n = im->slots ? im->slot[slot_of_key(im, key)] : 0;

	return n ? &im->call[n - 1] : NULL;
}

/*
 * Makes a call id of a name. Keys are not trusted: if characters were replaced
 * or the end was cut off, digits of a hash of the whole key keep two keys from
 * becoming one id.
 */
static char *
fit_id(const char *key)
{
	enum { KEPT = TEXT_ID_MAX - 17 };
	char *id = text_ndup(key, KEPT), *whole;
	char hex[HASH_HEX_SIZE];
	bool fits = !text_id_fault(key);

	if (fits) {
		free(id);
		return text_dup(key);
	}
	for (char *c = id; *c; c++)
		if (!strchr(TEXT_ID_ALPHABET, *c) || (c == id && *c == '.'))
			*c = '_';
	hash_text(HASH_SHA256, key, strlen(key), hex);
	whole = text_format("%s%s%.16s", id, *id ? "-" : "", hex);
	free(id);
	return whole;
}

void
import_call_init(struct import_call *c, const char *key)
{
	*c = (struct import_call){
	    .key = text_dup(key), .id = fit_id(key), .facts.name = ""};
}

struct import_call *
import_call(struct import *im, const char *key)
{
	struct import_call *c = import_find(im, key);

	if (c)
		return c;
	if (im->calls * 2 >= im->slots)
		grow_calls(im);
	if (!im->call || (im->calls & (im->calls - 1)) == 0)
		im->call = mem_resize(
		    im->call, im->calls ? im->calls * 2 : 1, sizeof *c);
	c = &im->call[im->calls];
	import_call_init(c, key);
	im->slot[slot_of_key(im, key)] = ++im->calls;
	return c;
}

void
import_legs_free(struct import_leg *leg, size_t legs)
{
	for (size_t i = 0; i < legs; i++) {
		free(leg[i].name);
		free(leg[i].file);
		free(leg[i].anchor);
		free(leg[i].streams);
		free(leg[i].payloads);
	}
	free(leg);
}

void
import_call_clear(struct import_call *c)
{
	struct doc facts = {.section = mem_alloc(sizeof c->facts)};

	for (size_t i = 0; i < c->events; i++)
		free(c->event[i].text);
	facts.section[0] = c->facts;
	facts.section[0].name = NULL;
	facts.sections = 1;
	doc_free(&facts);
	for (size_t i = 0; i < c->files; i++)
		free(c->file[i]);
	free(c->file);
	free(c->event);
	import_legs_free(c->leg, c->legs);
	free(c->key);
	free(c->id);
	free(c->type);
	free(c->queue);
	free(c->queue_now);
	free(c->agent_now);
	free(c->agent);
	free(c->language);
	free(c->untold);
	free(c->dropped);
	for (int i = 0; i < IMPORT_ABOUTS; i++)
		free(c->about[i]);
	*c = (struct import_call){0};
}

void
import_pass(struct import *im, struct import_call *c)
{
	struct import_call *place;

	if (im->done) {
		im->done(im, c, im->done_arg);
		import_call_clear(c);
		return;
	}
	place = import_call(im, c->key);
	import_call_clear(place);
	*place = *c;
	*c = (struct import_call){0};
}

void
import_free(struct import *im)
{
	for (size_t i = 0; i < im->calls; i++)
		import_call_clear(&im->call[i]);
	found_free(im->found);
	free(im->call);
	free(im->slot);
	*im = (struct import){.o = im->o};
}

/* One line of an INI file: without control characters, comments and blanks
 * around it. Old recorders write Latin-1. */
static char *
fit_value(const char *value)
{
	char *copy = text_utf8(value + strspn(value, " \t\r\n"));
	size_t n = strlen(copy);

	for (char *c = copy; *c; c++)
		if ((unsigned char)*c < ' ' || *c == ';' || *c == '\x7f')
			*c = '_';
		else if (*c == '\xc2' && (unsigned char)c[1] < 0xa0)
			/* U+0080 to U+009F are control characters, too. */
			c[0] = c[1] = '_';
	while (n > 0 && copy[n - 1] == ' ')
		copy[--n] = '\0';
	return copy;
}

void
import_set(char **to, const char *value)
{
	if (!value || !*value)
		return;
	free(*to);
	*to = fit_value(value);
}

void
import_fact(struct import_call *c, const char *key, const char *value)
{
	char *text = value ? fit_value(value) : NULL;

	/* A value that does not fit into a line is dropped. */
	if (text && *text && strlen(text) + strlen(key) + 3 <= DOC_LINE_MAX)
		doc_set(&c->facts, key, text);
	free(text);
}

void
import_event(struct import_call *c, int64_t at_us, const char *fmt, ...)
{
	struct import_event *e;
	va_list ap;
	char *text = NULL;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	if ((c->events & (c->events - 1)) == 0)
		c->event = mem_resize(
		    c->event, c->events ? c->events * 2 : 1, sizeof *e);
	e = &c->event[c->events++];
	e->at_us = at_us;
	e->number = c->events;
	e->text = fit_value(text ? text : "");
	free(text);
}

void
import_set_queue(struct import_call *c, int64_t at_us, const char *queue)
{
	if (!*queue || (c->queue_now && strcmp(c->queue_now, queue) == 0))
		return;
	if (c->queue)
		import_event(c, at_us, "transfer queue=%s", queue);
	else
		import_set(&c->queue, queue);
	import_set(&c->queue_now, queue);
}

void
import_set_agent(struct import_call *c, int64_t at_us, const char *agent)
{
	if (!*agent || (c->agent_now && strcmp(c->agent_now, agent) == 0))
		return;
	if (c->agent)
		import_event(c, at_us, "transfer agent=%s", agent);
	else
		import_set(&c->agent, agent);
	import_set(&c->agent_now, agent);
}

bool
import_has_event(const struct import_call *c, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i < c->events; i++)
		if (strncmp(c->event[i].text, word, n) == 0 &&
		    strchr(" ", c->event[i].text[n]))
			return true;
	return false;
}

static bool
same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static struct import_leg *
new_leg(struct import_call *c, const char *role, const char *file, int channel,
    const char *streams)
{
	size_t same = 0, n = strlen(role);
	struct import_leg *leg;

	for (size_t i = 0; i < c->legs; i++) {
		same += strncmp(c->leg[i].name, role, n) == 0;
		if (strcmp(c->leg[i].file, file) == 0 &&
		    c->leg[i].channel == channel &&
		    same_text(c->leg[i].streams, streams))
			return NULL;
	}
	c->leg = mem_resize(c->leg, c->legs + 1, sizeof *leg);
	leg = &c->leg[c->legs++];
	*leg = (struct import_leg){.end_us = -1};
	leg->name =
	    same ? text_format("%s %zu", role, same + 1) : text_dup(role);
	leg->file = text_dup(file);
	leg->start_us = -1;
	leg->channel = channel;
	leg->streams = text_dup(streams);
	return leg;
}

struct import_leg *
import_leg(struct import_call *c, const char *role, const char *file,
    int64_t start_us, int channel)
{
	struct import_leg *leg = new_leg(c, role, file, channel, NULL);

	if (leg)
		leg->start_us = start_us;
	return leg;
}

struct import_leg *
import_leg_streams(struct import_call *c, const char *role, const char *file,
    const char *streams)
{
	return new_leg(c, role, file, 0, streams);
}

void
import_file(struct import_call *c, const char *path)
{
	c->file = mem_resize(c->file, c->files + 1, sizeof *c->file);
	c->file[c->files++] = text_dup(path);
}

void
import_leg_anchor(struct import_leg *leg, int64_t file_us, int64_t call_us)
{
	leg->anchor =
	    mem_resize(leg->anchor, leg->anchors + 1, sizeof *leg->anchor);
	leg->anchor[leg->anchors++] = (struct import_anchor){file_us, call_us};
}

void
import_untold(struct import_call *c, const char *what)
{
	char *all;

	if (c->untold && strstr(c->untold, what))
		return;
	all =
	    c->untold ? text_format("%s, %s", c->untold, what) : text_dup(what);
	free(c->untold);
	c->untold = all;
}

void
import_guess(struct import_call *c, const char *what)
{
	import_untold(c, what);
	import_fact(c, "sides", "guessed");
}

void
import_one_channel(struct import_call *c)
{
	import_untold(c, "who is who in a recording of one channel");
	import_fact(c, "mixed", "yes");
}

/* Adds words on as many lines as necessary. */
static void
write_words(struct doc_section *s, const char *key, const char *words)
{
	while (words && *(words += strspn(words, " "))) {
		size_t n = 0, next;

		while ((next = n + strspn(words + n, " "),
			   next += strcspn(words + next, " ")) > n &&
		       (n == 0 || next <= 160))
			n = next;
		doc_addf(s, key, "%.*s", (int)n, words);
		words += n;
	}
}

/* Adds as many words as fit on one line. */
static void
write_untold(struct doc_section *s, const char *untold)
{
	const size_t most = 170;
	size_t n = strlen(untold);

	while (n > most) {
		while (n > 0 && untold[--n] != ',')
			;
	}
	doc_addf(s, "not_told", "%.*s", (int)n, untold);
}

/* Adds a leg, with times in seconds of the call. */
static void
write_leg(const struct import_leg *leg, struct doc *doc)
{
	char *name = text_format("leg %s", leg->name);
	struct doc_section *s = doc_add_section(doc, name, 0);
	char at[NUM_SECONDS_SIZE], place[NUM_SECONDS_SIZE];

	free(name);
	doc_add(s, "file", leg->file, 0);
	if (leg->start_us > 0)
		doc_add(s, "start", num_seconds_text(leg->start_us, at), 0);
	if (leg->end_us > 0)
		doc_add(s, "end", num_seconds_text(leg->end_us, at), 0);
	if (leg->fits)
		doc_add(s, "fits", leg->fits, 0);
	if (leg->within_us > 0)
		doc_add(s, "within", num_seconds_text(leg->within_us, at), 0);
	for (size_t i = 0; i < leg->anchors; i++)
		doc_addf(s, "at", "%s %s",
		    num_seconds_text(leg->anchor[i].file_us, place),
		    num_seconds_text(leg->anchor[i].call_us, at));
	if (leg->channel > 0)
		doc_addf(s, "channel", "%d", leg->channel);
	if (leg->format)
		doc_add(s, "format", leg->format, 0);
	if (leg->channels > 0)
		doc_addf(s, "channels", "%d", leg->channels);
	write_words(s, "streams", leg->streams);
	write_words(s, "payloads", leg->payloads);
}

/* Adds a number for the rules of a policy. What a telephone sent as its number
 * may not fit into a line. */
static void
add_number(const struct import_call *c, enum import_about about, bool hidden,
    struct doc_section *s)
{
	const char *name = import_about_names[about];
	char *value = text_ndup(c->about[about] ? c->about[about]
				: hidden        ? "withheld"
						: "",
	    100);

	for (char *v = value; *v; v++)
		if (*v == ';' || (unsigned char)*v < ' ')
			*v = '_';
	if (*value && !doc_key(s, name))
		doc_add(s, name, value, 0);
	free(value);
}

static void
add_sections(const struct import_options *o, const struct import_call *c,
    const char *type, struct doc *doc)
{
	struct doc_section *s = doc_add_section(doc, "call", 0);
	char at[WHEN_SIZE];

	doc_add(s, "id", c->id, 0);
	doc_add(s, "type", type, 0);
	if (c->queue)
		doc_add(s, "queue", c->queue, 0);
	if (c->agent)
		doc_add(s, "agent", c->agent, 0);
	if (c->language)
		doc_add(s, "language", c->language, 0);
	if (c->started_us > 0)
		doc_add(s, "started", when_text(c->started_us, at), 0);
	for (size_t k = 0; k < c->facts.keys; k++)
		if (!doc_key(s, c->facts.key[k].name))
			doc_add(
			    s, c->facts.key[k].name, c->facts.key[k].value, 0);
	if (o->numbers) {
		add_number(c, IMPORT_CALLER, c->hidden, s);
		add_number(c, IMPORT_CALLEE, false, s);
	}
	if (c->untold)
		write_untold(s, c->untold);
	for (size_t i = 0; i < c->legs; i++)
		write_leg(&c->leg[i], doc);
}

/* By time, equal times in their order; an answer before later events. */
static int
by_imported_time(const void *a, const void *b)
{
	const struct import_event *x = a, *y = b;
	bool first = strcmp(x->text, "answer") == 0;
	bool second = strcmp(y->text, "answer") == 0;

	if (x->at_us != y->at_us)
		return x->at_us < y->at_us ? -1 : 1;
	if (first != second)
		return first ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

/*
 * Times are relative to the second in which the call began, which is `started`.
 */
static int64_t
after_start(const struct import_call *c, int64_t at_us)
{
	int64_t zero = c->started_us - c->started_us % 1000000;

	return at_us > zero ? at_us - zero : 0;
}

/* True if it was answered before it began or after its end; some logs have
 * whole seconds. */
static bool
is_upset(const struct import_call *c)
{
	const int64_t slack_us = 2000000;

	return c->answer_us > 0 &&
	       ((c->end_us > 0 && c->answer_us > c->end_us + slack_us) ||
		   c->answer_us < c->started_us - slack_us);
}

static void
leg_after_start(const struct import_call *c, struct import_leg *leg)
{
	if (leg->start_us > 0)
		leg->start_us = after_start(c, leg->start_us);
	if (leg->end_us > 0)
		leg->end_us = after_start(c, leg->end_us);
	for (size_t i = 0; i < leg->anchors; i++)
		leg->anchor[i].call_us = after_start(c, leg->anchor[i].call_us);
}

/* True if o->type is right for other calls, but would swap the sides of this
 * one. */
static bool
is_of_doubtful_side(const struct import_options *o, const struct import_call *c)
{
	return c->by_agent && c->legs > 0 && import_type_is_general(o, c) &&
	       !import_is_outbound(o, c);
}

int
import_finish(const struct import *im, struct import_call *c, struct buf *text,
    struct why *why)
{
	const char *type = import_type(im->o, c);
	struct doc doc = {0};
	struct doc_section *s;
	struct why part;
	int bad;

	if (!type)
		return why_set(why,
		    "call %.60s: its call type is not known; use --type",
		    c->id);
	if (is_of_doubtful_side(im->o, c))
		return why_set(why,
		    "call %.60s: %.60s began it, who is an agent of other "
		    "calls, so %s is uncertain; use --type "
		    "channel:PATTERN=dialpad",
		    c->id, c->about[IMPORT_CHANNEL], type);
	for (size_t i = 0; i < c->legs; i++)
		leg_after_start(c, &c->leg[i]);
	if (c->answer_us > 0 && !c->queued && !import_has_event(c, "answer"))
		import_event(c, c->answer_us, "answer");
	if (is_upset(c))
		return why_set(why,
		    "call %.60s: answered before its start or after its end: "
		    "the clock was changed, or --zone is wrong",
		    c->id);
	import_await(im->o, c);
	if (c->end_us > 0 && !import_has_event(c, "end"))
		import_event(c, c->end_us, "end");
	if (c->events > 1)
		qsort(c->event, c->events, sizeof *c->event, by_imported_time);
	add_sections(im->o, c, type, &doc);
	s = doc_add_section(&doc, "events", 0);
	for (size_t i = 0; i < c->events; i++) {
		char at[NUM_SECONDS_SIZE];
		doc_add(s,
		    num_seconds_text(after_start(c, c->event[i].at_us), at),
		    c->event[i].text, 0);
	}
	bad = doc_write(&doc, text, &part);
	doc_free(&doc);
	if (bad)
		return why_set(why, "call %.60s: %s", c->id, part.text);
	return 0;
}
