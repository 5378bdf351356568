/* SPDX-License-Identifier: ISC */
#ifndef WHO_H
#define WHO_H

/*
 * Rules of a policy by who takes part in a call: [number PATTERN], [agent
 * NAME], and [internal]. A pattern that begins with '@' is a file with one
 * pattern on each line.
 *
 *	policy_from_doc(&policy, doc, &faults);	see who_read.h
 *	who_find_number(&policy.who, "+4930...", &match);
 *
 * If several patterns match, the most exact one counts: one without '*', then the
 * longest. If a number can be read in two ways, and a section that says
 * `record = no` matches one of them, that section counts.
 */

#include "doc.h"
#include "number.h"

enum who_kind { WHO_NUMBER, WHO_AGENT, WHO_INTERNAL, WHO_KINDS };
extern const char *const who_kind_names[WHO_KINDS + 1];

struct who_entry {
	char *key;   /* a reading of a number, or an agent's name */
	bool prefix; /* it was written with '*' at the end */
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

/* The section that matches a call or an agent, and the line that matched. */
struct who_match {
	const struct doc_section *section; /* NULL: none */
	const char *list;                  /* or NULL */
	int line;
	/* The number is withheld, or number or agent are missing in the call
	 * file: anyone may take part. */
	bool withheld, untold;
};

/* The matches of a segment of a call, by kind. */
struct who {
	struct who_match match[WHO_KINDS];
};

void who_free(struct who_rules *r);
bool who_has_rules(const struct who_rules *r);
/* True if there are rules that need the numbers of a call. */
bool who_needs_numbers(const struct who_rules *r);
/* True if a section says `record = yes`. */
bool who_may_record(const struct who_rules *r);
/* True if this section says `record = no`. */
bool who_refuses(const struct doc_section *s);

/*
 * The section for a number or an agent (NULL: missing). If the number is
 * withheld, or number or agent are missing, that is the `unknown` section. If
 * there is none, but some section says `record = no`, the match is the first of
 * those, with withheld or untold set.
 */
void who_find_number(
    const struct who_rules *r, const char *text, struct who_match *m);
/*
 * The same for one who joins. A name is that of a trunk, that is, of somebody
 * whose number is missing, unless it is one of `extensions`.
 */
void who_find_joined(
    const struct who_rules *r, const char *text, struct who_match *m);
void who_find_agent(
    const struct who_rules *r, const char *name, struct who_match *m);
/* `told`: the fact `internal` of the call, or NULL; `other`: the number of the
 * customer, or of the other agent. */
void who_find_internal(const struct who_rules *r, const char *told,
    const char *other, struct who_match *m);

/* The key by which names are compared: "alice-b" of "PJSIP/Alice_B". The caller
 * frees it. */
char *who_agent_key(const char *name);

#endif
