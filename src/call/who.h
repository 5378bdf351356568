/* SPDX-License-Identifier: ISC */
#ifndef WHO_H
#define WHO_H

/*
 * Rules of a policy by who takes part in a call: [number PATTERN], [agent NAME],
 * and [internal]. A pattern that begins with '@' is a file with one pattern on
 * each line.
 *
 *	who_take(&rules, section, ...) ...	for each section, see who_read.h
 *	who_find_number(&rules, "+4930...", &match);
 *
 * Of several patterns that match, the most exact one counts: one without '*',
 * then the longest. Where one number can be read in two ways and a section that
 * says `record = no` matches either, that one counts.
 */

#include "doc.h"
#include "number.h"

enum who_kind { WHO_NUMBER, WHO_AGENT, WHO_INTERNAL, WHO_KINDS };
extern const char *const who_kind_names[WHO_KINDS + 1];

struct who_entry {
	char *key;   /* a reading of a number, or an agent's name */
	bool prefix; /* was written with '*' behind it */
	const struct doc_section *section;
	const char *list; /* the file that has it, or NULL */
	int line;
};

struct who_set {
	struct who_entry *entry; /* by key */
	size_t entries;
	const struct doc_section *unknown; /* [number unknown] */
	/* The first that says `record = no`; NULL: none does. */
	const struct doc_section *refusal;
};

struct who_rules {
	struct who_set set[WHO_KINDS];
	struct number_plan plan;
	struct who_entry *extension; /* as entries; sections are NULL */
	size_t extensions;
	char **list; /* names of files, for the entries */
	size_t lists;
};

/* Which section holds for a call or an agent, and what made it match. */
struct who_match {
	const struct doc_section *section; /* NULL: none */
	const char *list;                  /* or NULL */
	int line;
	/* Who it is is hidden, or not told: it could be anybody. */
	bool withheld, untold;
};

/* What matches in a segment of a call, by kind. */
struct who {
	struct who_match match[WHO_KINDS];
};

void who_free(struct who_rules *r);
bool who_has_rules(const struct who_rules *r);
/* Does it depend on numbers what is recorded? */
bool who_needs_numbers(const struct who_rules *r);
/* Does a section say `record = yes`? */
bool who_may_record(const struct who_rules *r);
/* `record = no` in this section. */
bool who_refuses(const struct doc_section *s);

/*
 * What holds for a number or an agent; NULL: not told. Withheld where rules
 * refuse and none is for `unknown`: the match is the first of those that refuse.
 * Untold likewise: the match has that section, and nobody can say.
 */
void who_find_number(
    const struct who_rules *r, const char *text, struct who_match *m);
void who_find_agent(
    const struct who_rules *r, const char *name, struct who_match *m);
/* `told`: the fact `internal` of the call, or NULL; `other`: the number of who
 * would be the customer. */
void who_find_internal(const struct who_rules *r, const char *told,
    const char *other, struct who_match *m);

/* An agent's name without its technology, and in one spelling. To be freed. */
char *who_agent_key(const char *name);

#endif
