/* SPDX-License-Identifier: ISC */
#include "who_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guard.h"
#include "io.h"
#include "mem.h"
#include "naming.h"
#include "path.h"
#include "text.h"

enum { LINE_SIZE = 256, FAULTS_MAX = 20, LIST_MAX = 1 << 28 };

const char *const who_read_keys[] = {
    "country", "outside_line", "extensions", NULL};

static void
add_who_entry(struct who_entry **list, size_t *count, struct who_entry e)
{
	if ((*count & (*count - 1)) == 0)
		*list = mem_resize(*list, *count ? *count * 2 : 1, sizeof e);
	(*list)[(*count)++] = e;
}

/* "2*", "alice" or "+4930123*". */
static void
add_extension(struct policy *p, const char *word, size_t n)
{
	struct who_entry e = {.prefix = word[n - 1] == '*'};
	char *text = text_ndup(word, e.prefix ? n - 1 : n);

	e.key = naming_key(text);
	free(text);
	add_who_entry(&p->who.extension, &p->who.extensions, e);
}

static const char *
take_extensions(struct policy *p, const char *text)
{
	for (const char *c = text + strspn(text, " ,"); *c;) {
		size_t n = strcspn(c, " ,");

		if (strcspn(c, "*") < n - 1 || (n == 1 && *c == '*'))
			return "extensions, like 2* 310 alice";
		add_extension(p, c, n);
		c += n + strspn(c + n, " ,");
	}
	return p->who.extensions > 0 ? NULL : "extensions, like 2* 310 alice";
}

void
who_read_plan(
    struct policy *p, const struct doc_section *s, struct policy_notes *faults)
{
	for (size_t i = 0; i < s->keys; i++) {
		const struct doc_key *k = &s->key[i];
		const char *wanted = NULL;

		if (doc_key(s, k->name) != k)
			continue; /* a fault that is reported elsewhere */
		if (strcmp(k->name, "country") == 0 &&
		    number_set_country(&p->who.plan, k->value) != 0)
			wanted = "a country's code, like +49";
		if (strcmp(k->name, "outside_line") == 0 &&
		    number_set_outside(&p->who.plan, k->value) != 0)
			wanted =
			    "what is dialled for an outside line, like 0 or 9";
		if (strcmp(k->name, "extensions") == 0)
			wanted = take_extensions(p, k->value);
		if (wanted)
			policy_note(faults, p, k->line, "%s: %s, not '%.60s'",
			    k->name, wanted, k->value);
	}
}

static int
add_numbers(struct policy *p, const struct who_entry *e, const char *text,
    struct why *why)
{
	struct who_set *set = &p->who.set[WHO_NUMBER];
	struct who_entry one = *e;
	struct number n;

	if (number_pattern(&n, &one.prefix, text, &p->who.plan, why) != 0)
		return -1;
	for (int i = 0; i < n.readings; i++) {
		one.key = text_dup(n.reading[i]);
		add_who_entry(&set->entry, &set->entries, one);
	}
	return 0;
}

static int
add_agent_rule(struct policy *p, const struct who_entry *e, const char *text,
    struct why *why)
{
	struct who_set *set = &p->who.set[WHO_AGENT];
	struct who_entry one = *e;
	const char *star = strchr(text, '*');
	char *name;

	if (star && (star == text || star[1]))
		return why_set(why,
		    "'%.60s': expected a name, with * only at its end", text);
	if (star && star[-1] == '/')
		return why_set(why,
		    "'%.60s': leave out the part before the /, which is not "
		    "compared",
		    text);
	name = text_ndup(text, strcspn(text, "*"));
	one.prefix = star != NULL;
	one.key = who_agent_key(name);
	free(name);
	add_who_entry(&set->entry, &set->entries, one);
	return 0;
}

static int
add_pattern(struct policy *p, enum who_kind kind, const struct who_entry *e,
    const char *text, struct why *why)
{
	return kind == WHO_NUMBER ? add_numbers(p, e, text, why)
				  : add_agent_rule(p, e, text, why);
}

/* ---- lists ---- */

struct list {
	struct policy *p;
	enum who_kind kind;
	struct who_entry entry; /* what its entries have in common */
	struct policy_notes *faults;
	size_t count, bad;
};

/* The content of a line, without blanks and a comment. */
static char *
content_of(char *line, bool first)
{
	char *c = line;
	size_t n;

	if (first && strncmp(c, "\xef\xbb\xbf", 3) == 0)
		c += 3;
	c += strspn(c, " \t");
	for (n = 0; c[n]; n++)
		if ((c[n] == '#' || c[n] == ';') &&
		    (n == 0 || strchr(" \t", c[n - 1])))
			break;
	while (n > 0 && strchr(" \t\r", c[n - 1]))
		n--;
	c[n] = '\0';
	return c;
}

static void
list_fault(struct list *l, const char *what)
{
	struct doc at = {.file = text_dup(l->entry.list)};
	struct why why;

	doc_error(&at, l->entry.line, &why, "%s", what);
	free(at.file);
	if (l->bad++ < FAULTS_MAX)
		policy_note_text(l->faults, why.text);
}

static void
take_list_line(struct list *l, char *line, size_t length, size_t size)
{
	struct why why;
	char *text;

	l->entry.line++;
	if (length >= size) {
		list_fault(l, "the line is too long");
		return;
	}
	if (strlen(line) != length || !text_is_utf8(line)) {
		list_fault(l, "not UTF-8 text");
		return;
	}
	text = content_of(line, l->entry.line == 1);
	if (!*text)
		return;
	l->count++;
	if (add_pattern(l->p, l->kind, &l->entry, text, &why) != 0)
		list_fault(l, why.text);
}

/* 0, or -1 with why. */
static int
read_list(struct list *l, struct why *why)
{
	int fd = guard_open(l->entry.list, LIST_MAX, why), status = 0;
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	char line[LINE_SIZE];
	ssize_t n;

	if (!file) {
		status = fd < 0 ? -1 : why_errno(why, "%s", l->entry.list);
		if (fd >= 0)
			(void)close(fd);
		return status;
	}
	while ((n = io_line(file, line, sizeof line)) >= 0)
		take_list_line(l, line, (size_t)n, sizeof line);
	if (ferror(file))
		status = why_errno(why, "%s", l->entry.list);
	(void)fclose(file);
	if (status == 0 && l->count == 0)
		status = why_set(why, "%s: this list is empty", l->entry.list);
	return status;
}

static void
take_list(struct policy *p, enum who_kind kind, const struct doc_section *s,
    const char *name, struct policy_notes *faults)
{
	struct list l = {.p = p, .kind = kind, .faults = faults};
	char *path = path_beside(p->doc->file, name);
	struct why why;

	p->who.list =
	    mem_resize(p->who.list, p->who.lists + 1, sizeof *p->who.list);
	p->who.list[p->who.lists++] = path;
	l.entry = (struct who_entry){.section = s, .list = path};
	if (read_list(&l, &why) != 0)
		policy_note(faults, p, s->line, "%s", why.text);
}

void
who_read_section(struct policy *p, enum who_kind kind,
    const struct doc_section *s, const char *rest, struct policy_notes *faults)
{
	struct who_set *set = &p->who.set[kind];
	struct who_entry e = {.section = s, .line = s->line};
	struct why why;

	if (!set->refusal && who_refuses(s))
		set->refusal = s;
	if (kind == WHO_INTERNAL) {
		e.key = text_dup("");
		add_who_entry(&set->entry, &set->entries, e);
	} else if (*rest == '@' && rest[1]) {
		take_list(p, kind, s, rest + 1, faults);
	} else if (strcmp(rest, "unknown") == 0) {
		set->unknown = s;
	} else if (!*rest || *rest == '@') {
		policy_note(faults, p, s->line,
		    "expected [%s %s], [%s @FILE] or [%s unknown]",
		    who_kind_names[kind],
		    kind == WHO_NUMBER ? "PATTERN" : "NAME",
		    who_kind_names[kind], who_kind_names[kind]);
	} else if (add_pattern(p, kind, &e, rest, &why) != 0) {
		policy_note(faults, p, s->line, "%s", why.text);
	}
}

/* ---- in order ---- */

/* In the order of find_entry() of who.c; of equal ones the first counts. */
static int
by_key(const void *a, const void *b)
{
	const struct who_entry *x = a, *y = b;
	int order = strcmp(x->key, y->key);

	if (order == 0)
		order = (int)x->prefix - (int)y->prefix;
	if (order == 0)
		order = who_refuses(y->section) - who_refuses(x->section);
	if (order == 0)
		order = x->section->line - y->section->line;
	return order ? order : x->line - y->line;
}

static bool
is_twin(const struct who_entry *a, const struct who_entry *b)
{
	return strcmp(a->key, b->key) == 0 && a->prefix == b->prefix;
}

void
who_read_end(struct policy *p, struct policy_notes *faults)
{
	for (int k = 0; k < WHO_KINDS; k++) {
		struct who_set *set = &p->who.set[k];

		if (set->entries > 1)
			qsort(set->entry, set->entries, sizeof *set->entry,
			    by_key);
		for (size_t i = 1; i < set->entries; i++) {
			const struct who_entry *a = &set->entry[i - 1],
					       *b = a + 1;

			/*
			 * Two sections with the same name are already a fault.
			 */
			if (is_twin(a, b) && !a->list && !b->list &&
			    strcmp(a->section->name, b->section->name) != 0)
				policy_note(faults, p, b->line,
				    "[%.60s] is [%.60s] of line %d",
				    b->section->name, a->section->name,
				    a->line);
		}
	}
}

/* ---- recpolicy -t ---- */

bool
who_read_rule(const struct doc *doc, size_t n, struct who *who)
{
	for (size_t i = 0; i < doc->sections; i++)
		for (int k = 0; k < WHO_KINDS; k++) {
			const struct doc_section *s = &doc->section[i];

			if (!doc_is(s, who_kind_names[k], NULL) || --n > 0)
				continue;
			who->match[k].section = s;
			return true;
		}
	return false;
}

static void
note_entry(const struct policy *p, const struct who_entry *e,
    struct policy_notes *notes, const char *what, const struct who_entry *other)
{
	struct buf text = {0};
	struct doc at = {.file = text_dup(e->list ? e->list : p->doc->file)};
	struct why why;

	buf_format(&text, "%s%s: %s", e->key, e->prefix ? "*" : "", what);
	if (other)
		buf_format(&text, " %s%s of %s:%d", other->key,
		    other->prefix ? "*" : "",
		    other->list ? other->list : p->doc->file, other->line);
	doc_error(&at, e->line, &why, "%s", text.s);
	free(at.file);
	buf_free(&text);
	policy_note_text(notes, why.text);
}

/* A shorter pattern of the same section that covers this one. */
static const struct who_entry *
cover_of(const struct who_set *set, size_t i)
{
	const struct who_entry *e = &set->entry[i];

	/*
	 * A key that begins another one is before it, with its twins between.
	 */
	for (size_t k = i; k-- > 0 && set->entry[k].key[0] == e->key[0];) {
		const struct who_entry *o = &set->entry[k];
		size_t n = strlen(o->key);

		if (o->section == e->section && o->prefix &&
		    strncmp(o->key, e->key, n) == 0 && e->key[n])
			return o;
		if (i - k > 1000)
			return NULL; /* it is only a hint */
	}
	return NULL;
}

static bool
check_number(const struct policy *p, const struct who_entry *e,
    struct policy_notes *notes)
{
	const char *country = p->who.plan.country;
	const char *what = NULL;

	if (*e->key == '+' && !e->prefix && strlen(e->key) < 8)
		what = "is too short, so no number matches; a * at its end "
		       "matches all numbers that begin with it";
	else if (*e->key == '+' && strlen(e->key) > 16)
		what = "is longer than any number with its country code, so no "
		       "number matches";
	else if (*e->key == '0' && !*country)
		what = "matches only numbers that are written exactly like "
		       "this; set country in [recording] to match other forms";
	else if (e->prefix && *country && strlen(e->key) >= 4 &&
		 strncmp(e->key, country, strlen(country)) == 0)
		what = "matches extensions, but no number that is written with "
		       "a +; did you mean +...?";
	if (what)
		note_entry(p, e, notes, what, NULL);
	return what != NULL;
}

static void
check_set(
    const struct policy *p, enum who_kind kind, struct policy_notes *notes)
{
	const struct who_set *set = &p->who.set[kind];
	size_t told = 0;

	for (size_t i = 0; i < set->entries && told < FAULTS_MAX; i++) {
		const struct who_entry *e = &set->entry[i];
		const struct who_entry *cover = cover_of(set, i);

		if (i > 0 && is_twin(e - 1, e) && ++told)
			note_entry(p, e, notes, "has no effect beside", e - 1);
		else if (cover && ++told)
			note_entry(p, e, notes, "is one of", cover);
		else if (kind == WHO_NUMBER)
			told += check_number(p, e, notes);
	}
}

/* An unknown party may be one that must not be recorded. */
static void
check_unknown(
    const struct policy *p, enum who_kind kind, struct policy_notes *notes)
{
	const struct who_set *set = &p->who.set[kind];

	if (!set->refusal || set->unknown || kind == WHO_INTERNAL)
		return;
	policy_note(notes, p, set->refusal->line,
	    kind == WHO_NUMBER ? "calls with a withheld number are not "
				 "recorded, and calls without a number are not "
				 "decided; add [number unknown] to change this"
			       : "calls without an agent are not decided; add "
				 "[agent unknown] to change this");
}

static void
check_numbering_plan(const struct policy *p, struct policy_notes *notes)
{
	const struct doc_section *s = doc_find(p->doc, "recording");
	const struct who_set *internal = &p->who.set[WHO_INTERNAL];
	const struct doc_key *k = doc_key(s, "extensions");

	if (k && internal->entries == 0 && p->who.set[WHO_NUMBER].entries == 0)
		policy_note(notes, p, k->line,
		    "extensions has no effect without [internal] or [number]");
	if (!k && internal->entries > 0)
		policy_note(notes, p, internal->entry->line,
		    "extensions is missing in [recording]: only calls with the "
		    "fact internal are internal");
	for (int i = 0; i < 2 && !who_needs_numbers(&p->who); i++)
		if ((k = doc_key(s, who_read_keys[i])))
			policy_note(notes, p, k->line,
			    "%s has no effect: no section is for numbers",
			    k->name);
}

void
who_read_check(const struct policy *p, struct policy_notes *notes)
{
	for (size_t i = 0; i < p->doc->sections; i++) {
		const struct doc_section *s = &p->doc->section[i];
		const char *rest;

		for (int k = 0; k < WHO_KINDS; k++)
			if (doc_is(s, who_kind_names[k], &rest) &&
			    s->keys == 0 && strcmp(rest, "unknown") != 0)
				policy_note(notes, p, s->line,
				    "[%.80s] has no effect: it is empty",
				    s->name);
	}
	for (int k = 0; k < WHO_KINDS; k++) {
		check_set(p, (enum who_kind)k, notes);
		check_unknown(p, (enum who_kind)k, notes);
	}
	check_numbering_plan(p, notes);
}
