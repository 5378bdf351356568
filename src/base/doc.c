/* SPDX-License-Identifier: ISC */
#include "doc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "text.h"

void
doc_free(struct doc *doc)
{
	for (size_t i = 0; i < doc->sections; i++) {
		struct doc_section *s = &doc->section[i];
		for (size_t k = 0; k < s->keys; k++) {
			free(s->key[k].name);
			free(s->key[k].value);
		}
		free(s->key);
		free(s->name);
	}
	free(doc->section);
	free(doc->file);
	*doc = (struct doc){0};
}

void
doc_set_file(struct doc *doc, const char *file)
{
	free(doc->file);
	doc->file = text_dup(file);
}

/* Makes room for one more: arrays grow when their count is a power of two. */
static void *
one_more(void *p, size_t count, size_t size)
{
	if ((count & (count - 1)) != 0)
		return p;
	return mem_resize(p, count ? count * 2 : 1, size);
}

struct doc_section *
doc_add_section(struct doc *doc, const char *name, int line)
{
	struct doc_section *s;

	doc->section = one_more(doc->section, doc->sections, sizeof *s);
	s = &doc->section[doc->sections++];
	*s = (struct doc_section){.name = text_dup(name), .line = line};
	return s;
}

void
doc_add(struct doc_section *s, const char *key, const char *value, int line)
{
	s->key = one_more(s->key, s->keys, sizeof *s->key);
	s->key[s->keys++] =
	    (struct doc_key){text_dup(key), text_dup(value), line};
}

void
doc_addf(struct doc_section *s, const char *key, const char *fmt, ...)
{
	va_list ap;
	char value[2 * DOC_LINE_MAX];

	va_start(ap, fmt);
	(void)vsnprintf(value, sizeof value, fmt, ap);
	va_end(ap);
	doc_add(s, key, value, 0);
}

/* How much of a text fits on one line: up to a blank, if there is one. */
static size_t
line_of(const char *text, size_t room)
{
	size_t n = strlen(text);

	if (n <= room)
		return n;
	n = room;
	while (n > 0 && text[n] != ' ')
		n--;
	if (n > 0)
		return n;
	/* Not within a character of UTF-8. */
	for (n = room; n > 1 && ((unsigned char)text[n] & 0xc0) == 0x80;)
		n--;
	return n;
}

void
doc_add_text(struct doc_section *s, const char *key, const char *text)
{
	char *clean = text_ndup(text, DOC_TEXT_MAX);
	size_t room = DOC_LINE_MAX - strlen(key) - 3;

	for (char *c = clean; *c; c++)
		if ((unsigned char)*c < ' ' || *c == ';' || *c == 127)
			*c = ',';
	for (const char *p = clean + strspn(clean, " "); *p;) {
		size_t n = line_of(p, room);
		size_t end = n;

		while (end > 0 && p[end - 1] == ' ')
			end--;
		doc_addf(s, key, "%.*s", (int)end, p);
		p += n + strspn(p + n, " ");
	}
	free(clean);
}

char *
doc_text(const struct doc_section *s, const char *key)
{
	struct buf text = {0};

	for (size_t k = 0; s && k < s->keys; k++)
		if (strcmp(s->key[k].name, key) == 0)
			buf_format(&text, "%s%s", text.len ? " " : "",
			    s->key[k].value);
	return text.s;
}

struct doc_section *
doc_copy_section(struct doc *doc, const struct doc_section *from)
{
	struct doc_section *s = doc_add_section(doc, from->name, from->line);

	for (size_t k = 0; k < from->keys; k++)
		doc_add(s, from->key[k].name, from->key[k].value,
		    from->key[k].line);
	return s;
}

void
doc_set(struct doc_section *s, const char *key, const char *value)
{
	for (size_t k = 0; k < s->keys; k++)
		if (strcmp(s->key[k].name, key) == 0) {
			char *copy = text_dup(value);
			free(s->key[k].value);
			s->key[k].value = copy;
			return;
		}
	doc_add(s, key, value, 0);
}

struct doc_section *
doc_find(const struct doc *doc, const char *name)
{
	for (size_t i = 0; i < doc->sections; i++)
		if (strcmp(doc->section[i].name, name) == 0)
			return &doc->section[i];
	return NULL;
}

const struct doc_key *
doc_key(const struct doc_section *s, const char *key)
{
	for (size_t k = 0; s && k < s->keys; k++)
		if (strcmp(s->key[k].name, key) == 0)
			return &s->key[k];
	return NULL;
}

const char *
doc_value(const struct doc_section *s, const char *key)
{
	const struct doc_key *k = doc_key(s, key);

	return k ? k->value : NULL;
}

bool
doc_is(const struct doc_section *s, const char *word, const char **rest)
{
	size_t n = strlen(word);

	if (strncmp(s->name, word, n) != 0 ||
	    (s->name[n] != '\0' && s->name[n] != ' '))
		return false;
	if (rest)
		*rest = s->name + n + strspn(s->name + n, " ");
	return true;
}

int
doc_error(
    const struct doc *doc, int line, struct why *why, const char *fmt, ...)
{
	const char *file = doc->file ? doc->file : "-";
	char text[sizeof why->text / 2];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (line > 0)
		return why_set(why, "%s:%d: %s", file, line, text);
	return why_set(why, "%s: %s", file, text);
}

static bool
listed(const char *s, const char *const *list)
{
	for (; list && *list; list++)
		if (strcmp(s, *list) == 0)
			return true;
	return false;
}

int
doc_check_keys(const struct doc *doc, const struct doc_section *s,
    const char *const *known, const char *const *often, struct why *why)
{
	for (size_t k = 0; k < s->keys; k++) {
		const struct doc_key *key = &s->key[k];
		const struct doc_key *first = doc_key(s, key->name);

		if (!listed(key->name, known)) {
			const char *near = text_nearest(key->name, known);
			return doc_error(doc, key->line, why,
			    "unknown key '%.60s' in [%.60s]%s%s%s", key->name,
			    s->name, near ? "; did you mean '" : "",
			    near ? near : "", near ? "'?" : "");
		}
		if (first != key && !listed(key->name, often))
			return doc_error(doc, key->line, why,
			    "'%.60s' appears twice in [%.60s], first in line "
			    "%d",
			    key->name, s->name, first->line);
	}
	return 0;
}

/* In inih a value ends at " ;" and is stripped of blanks; a name ends at '=' or
 * ':'. */
static const char *
doc_key_fault(const struct doc_key *k)
{
	size_t n = strlen(k->value);

	if (strlen(k->name) + n + 3 > DOC_LINE_MAX)
		return "the line would be too long";
	if (k->name[0] == '\0' || strchr("[;#", k->name[0]) ||
	    strpbrk(k->name, "=:\n\r"))
		return "not a key";
	if (strpbrk(k->value, "\n\r") || strstr(k->value, " ;") ||
	    strstr(k->value, "\t;") || k->value[0] == ';' ||
	    (n > 0 &&
		(strchr(" \t", k->value[0]) || strchr(" \t", k->value[n - 1]))))
		return "a value cannot hold line ends, ' ;', or blanks at its "
		       "ends";
	return NULL;
}

const char *
doc_name_fault(const char *name)
{
	size_t n = strlen(name);

	if (n + 2 > DOC_LINE_MAX)
		return "too long";
	if (strpbrk(name, "]\n\r") || strstr(name, " ;") || strstr(name, "\t;"))
		return "it has ']', ' ;' or a line end in it";
	if (strstr(name, "  ") == name + strcspn(name, " ") ||
	    (n > 0 && strchr(" \t", name[n - 1])))
		return "it begins or ends with a blank";
	return NULL;
}

int
doc_write(const struct doc *doc, struct buf *out, struct why *why)
{
	for (size_t i = 0; i < doc->sections; i++) {
		const struct doc_section *s = &doc->section[i];

		const char *wrong = doc_name_fault(s->name);

		if (wrong)
			return why_set(why, "not a section name: '%.100s': %s",
			    s->name, wrong);
		buf_format(out, "%s[%s]\n", i ? "\n" : "", s->name);
		for (size_t k = 0; k < s->keys; k++) {
			const struct doc_key *key = &s->key[k];
			const char *fault = doc_key_fault(key);
			if (fault)
				return why_set(why, "[%.60s] %.60s = %.60s: %s",
				    s->name, key->name, key->value, fault);
			buf_format(out, "%s = %s\n", key->name, key->value);
		}
	}
	return 0;
}
