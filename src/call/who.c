/* SPDX-License-Identifier: ISC */
#include "who.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "naming.h"
#include "num.h"
#include "text.h"

enum {
	EXTENSION_MAX = 6, /* digits that a short pattern matches */
	OUTSIDE_MIN = 9,   /* of no extension, unless a pattern has: */
	BLOCK_MIN = 5
};

const char *const who_kind_names[] = {"number", "agent", "internal", NULL};

static void
free_who_entries(struct who_entry *entry, size_t entries)
{
	for (size_t i = 0; i < entries; i++)
		free(entry[i].key);
	free(entry);
}

void
who_free(struct who_rules *r)
{
	for (int k = 0; k < WHO_KINDS; k++)
		free_who_entries(r->set[k].entry, r->set[k].entries);
	free_who_entries(r->extension, r->extensions);
	for (size_t i = 0; i < r->lists; i++)
		free(r->list[i]);
	free(r->list);
	*r = (struct who_rules){0};
}

static bool
has_rules(const struct who_set *s)
{
	return s->entries > 0 || s->unknown || s->refusal;
}

bool
who_has_rules(const struct who_rules *r)
{
	return has_rules(&r->set[WHO_AGENT]) || who_needs_numbers(r);
}

bool
who_needs_numbers(const struct who_rules *r)
{
	return has_rules(&r->set[WHO_NUMBER]) || r->set[WHO_INTERNAL].entries;
}

/* True if the section's `record` has this value. */
static bool
says_record(const struct doc_section *s, bool wanted)
{
	const char *value = doc_value(s, "record");
	bool yes;

	return value && num_bool(value, &yes) == 0 && yes == wanted;
}

bool
who_refuses(const struct doc_section *s)
{
	return says_record(s, false);
}

bool
who_may_record(const struct who_rules *r)
{
	for (int k = 0; k < WHO_KINDS; k++) {
		const struct who_set *s = &r->set[k];

		if (says_record(s->unknown, true))
			return true;
		for (size_t i = 0; i < s->entries; i++)
			if (says_record(s->entry[i].section, true))
				return true;
	}
	return false;
}

/* The first entry with this key and kind, in the order of who_read.c. */
static const struct who_entry *
find_entry(const struct who_set *s, const char *key, size_t n, bool prefix)
{
	size_t low = 0, high = s->entries;

	while (low < high) {
		size_t i = low + (high - low) / 2;
		const struct who_entry *e = &s->entry[i];
		int order = strncmp(e->key, key, n);

		if (order == 0)
			order = e->key[n] ? 1 : (int)e->prefix - (int)prefix;
		if (order < 0)
			low = i + 1;
		else
			high = i;
	}
	if (low < s->entries && strncmp(s->entry[low].key, key, n) == 0 &&
	    !s->entry[low].key[n] && s->entry[low].prefix == prefix)
		return &s->entry[low];
	return NULL;
}

/* The most exact entry for a key, or NULL. */
static const struct who_entry *
match_key(const struct who_set *s, const char *key)
{
	size_t n = strlen(key);
	const struct who_entry *e = find_entry(s, key, n, false);

	for (; !e && n > 0; n--)
		e = find_entry(s, key, n, true);
	return e;
}

static bool
is_better(const struct who_entry *e, const struct who_entry *than)
{
	if (!than || who_refuses(e->section) != who_refuses(than->section))
		return !than || who_refuses(e->section);
	if (e->prefix != than->prefix)
		return !e->prefix;
	return strlen(e->key) > strlen(than->key);
}

static void
set_match(struct who_match *m, const struct who_entry *e)
{
	if (e)
		*m = (struct who_match){
		    .section = e->section, .list = e->list, .line = e->line};
}

/* Matches a party that is unknown. */
static void
match_unknown(const struct who_set *s, bool told, struct who_match *m)
{
	if (s->unknown)
		m->section = s->unknown;
	else if (s->refusal)
		*m = (struct who_match){
		    .section = s->refusal, .withheld = told, .untold = !told};
}

void
who_find_number(
    const struct who_rules *r, const char *text, struct who_match *m)
{
	const struct who_set *s = &r->set[WHO_NUMBER];
	const struct who_entry *best = NULL;
	struct number n;

	*m = (struct who_match){0};
	if (!has_rules(s))
		return;
	number_read(&n, text, &r->plan);
	if (n.kind == NUMBER_UNTOLD || n.kind == NUMBER_WITHHELD) {
		match_unknown(s, n.kind == NUMBER_WITHHELD, m);
		return;
	}
	for (int i = 0; i < n.readings; i++) {
		const struct who_entry *e = match_key(s, n.reading[i]);

		if (e && is_better(e, best))
			best = e;
	}
	set_match(m, best);
}

/* "Alice Smith" is Alice_Smith in a PBX's log or a script. */
static void
make_who_word(char *key)
{
	char *to = key;

	for (const char *c = key; *c; c++) {
		char as = *c == ';' || (unsigned char)*c <= ' ' ? '-' : *c;

		if (as != '-' || to == key || to[-1] != '-')
			*to++ = as;
	}
	*to = '\0';
}

/*
 * The agent in "PJSIP/alice-0000001f", "Local/101@from-queue/n", "sip:alice@h".
 */
char *
who_agent_key(const char *name)
{
	static const char hex[] = "0123456789abcdef";
	const char *slash, *dash, *at = strchr(name, '@');
	char *key, *bare;
	size_t n = strlen(name);

	/* After a domain come options of dialling. */
	if (at)
		n = strcspn(at, "/;") + (size_t)(at - name);
	bare = text_ndup(name, n);
	slash = strrchr(bare, '/');
	dash = slash ? strrchr(slash, '-') : NULL;
	if (dash && strspn(dash + 1, hex) == 8 && strcspn(dash + 9, ";") == 0)
		bare[dash - bare] = '\0';
	slash = slash && slash[1] ? slash + 1 : bare;
	if (strncasecmp(slash, "sip:", 4) == 0 && slash[4])
		slash += 4;
	key = naming_key(slash);
	free(bare);
	make_who_word(key);
	return key;
}

/* The best match of this user in any domain. */
static const struct who_entry *
match_domains(const struct who_set *s, const char *user)
{
	const struct who_entry *best = NULL;
	size_t n = strlen(user);

	for (size_t i = 0; i < s->entries; i++) {
		const struct who_entry *e = &s->entry[i];

		if (strncmp(e->key, user, n) == 0 && e->key[n] == '@' &&
		    is_better(e, best))
			best = e;
	}
	return best;
}

void
who_find_agent(const struct who_rules *r, const char *name, struct who_match *m)
{
	const struct who_set *s = &r->set[WHO_AGENT];
	const struct who_entry *e, *user;
	char *key;

	*m = (struct who_match){0};
	if (!has_rules(s))
		return;
	if (!name || !*name) {
		match_unknown(s, false, m);
		return;
	}
	key = who_agent_key(name);
	e = match_key(s, key);
	/* The rule, or the log, may leave out the domain of "alice@default". */
	if (strchr(key, '@')) {
		*strchr(key, '@') = '\0';
		user = match_key(s, key);
	} else {
		user = match_domains(s, key);
	}
	if (user && is_better(user, e))
		e = user;
	set_match(m, e);
	free(key);
}

/* Is this name, as a PBX's log has it, one of `extensions`? */
static bool
is_user(const struct who_rules *r, const char *name)
{
	char *key = who_agent_key(name);
	bool found = false;

	key[strcspn(key, "@")] = '\0';
	for (size_t i = 0; i < r->extensions && !found; i++) {
		const struct who_entry *e = &r->extension[i];

		found = e->prefix ? strncmp(key, e->key, strlen(e->key)) == 0
				  : strcmp(key, e->key) == 0;
	}
	free(key);
	return found;
}

void
who_find_joined(
    const struct who_rules *r, const char *text, struct who_match *m)
{
	const struct who_set *s = &r->set[WHO_NUMBER];
	struct number n;

	who_find_number(r, text, m);
	if (m->section || !has_rules(s))
		return;
	number_read(&n, text, &r->plan);
	if (n.kind == NUMBER_NAME && !is_user(r, text))
		match_unknown(s, false, m);
}

/*
 * 1 or 0; -1: unknown. A number without a plus is an extension only if it is
 * not too long: "2*" is not meant for the caller 2125551234. There are
 * extensions of seven digits, and numbers.
 */
static int
is_extension(const struct who_rules *r, const struct number *n)
{
	int found = 0;

	for (int i = 0; i < n->readings; i++)
		for (size_t k = 0; k < r->extensions; k++) {
			const struct who_entry *e = &r->extension[k];
			const char *reading = n->reading[i];
			size_t length = strlen(e->key);
			size_t digits = strspn(reading, "0123456789");

			if (strncmp(reading, e->key, length) != 0 ||
			    (!e->prefix && reading[length]))
				continue;
			if (!e->prefix || digits <= EXTENSION_MAX ||
			    length >= BLOCK_MIN)
				return 1;
			if (digits < OUTSIDE_MIN)
				found = -1;
		}
	return found;
}

void
who_find_internal(const struct who_rules *r, const char *told,
    const char *other, struct who_match *m)
{
	const struct who_set *s = &r->set[WHO_INTERNAL];
	struct number n;
	int extension;
	bool yes;

	*m = (struct who_match){0};
	if (s->entries == 0)
		return;
	if (told && num_bool(told, &yes) == 0) {
		set_match(m, yes ? s->entry : NULL);
		return;
	}
	if (told) {
		match_unknown(s, false, m);
		return;
	}
	number_read(&n, other, &r->plan);
	extension = is_extension(r, &n);
	if (n.kind == NUMBER_UNTOLD || extension < 0)
		match_unknown(s, false, m);
	else if (extension)
		set_match(m, s->entry);
	else if (r->extensions == 0 && n.kind != NUMBER_WITHHELD &&
		 !number_is_international(&n))
		match_unknown(s, false, m);
}
