/* SPDX-License-Identifier: ISC */
#ifndef DOC_H
#define DOC_H

/*
 * An INI document in memory: sections and keys in the order of the file, with
 * line numbers and repetitions. ini.h reads files into it. The call, the plan,
 * the ticket and the policy are made from it.
 */

#include <stdbool.h>
#include <stddef.h>

#include "text.h"

struct doc_key {
	char *name, *value;
	int line; /* 0: not from a file */
};

struct doc_section {
	char *name;
	int line;
	struct doc_key *key;
	size_t keys;
};

struct doc {
	char *file; /* for messages */
	struct doc_section *section;
	size_t sections;
};

/* Longest line that a document may have, in bytes without the newline. */
#define DOC_LINE_MAX 198

void doc_free(struct doc *doc); /* {0} afterwards */
void doc_set_file(struct doc *doc, const char *file);

/* Adds a section at the end. The pointer is valid until the next one is added. */
struct doc_section *doc_add_section(
    struct doc *doc, const char *name, int line);
void doc_add(
    struct doc_section *s, const char *key, const char *value, int line);
void doc_addf(struct doc_section *s, const char *key, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/*
 * Adds any text for people, on several lines with that key if necessary. At most
 * DOC_TEXT_MAX bytes are kept; characters that a value cannot have are replaced.
 */
#define DOC_TEXT_MAX 1000
void doc_add_text(struct doc_section *s, const char *key, const char *text);
/* The joined lines of such a text, to be freed; NULL: none. */
char *doc_text(const struct doc_section *s, const char *key);
/* Copies a section with its keys. */
struct doc_section *doc_copy_section(
    struct doc *doc, const struct doc_section *from);
/* Replaces the first key of that name, or adds it. */
void doc_set(struct doc_section *s, const char *key, const char *value);

/* NULL, or why a section cannot have that name. */
const char *doc_name_fault(const char *name);
/* These return the first of that name, or NULL; s may be NULL. */
struct doc_section *doc_find(const struct doc *doc, const char *name);
const struct doc_key *doc_key(const struct doc_section *s, const char *key);
const char *doc_value(const struct doc_section *s, const char *key);

/*
 * True if the section's name is the word, or begins with the word and a blank,
 * as "[leg customer]" does with "leg". *rest (may be NULL) is set to the rest,
 * "customer" or "".
 */
bool doc_is(const struct doc_section *s, const char *word, const char **rest);

/* Sets why to "FILE:LINE: ..." and returns -1. */
int doc_error(const struct doc *doc, int line, struct why *why, const char *fmt,
    ...) __attribute__((format(printf, 4, 5)));
/*
 * Checks that every key is in the NULL-ended list `known` and appears once. Names
 * in `often` (NULL-ended, or NULL) may be repeated. 0, or -1 with why, which
 * suggests a similar name.
 */
int doc_check_keys(const struct doc *doc, const struct doc_section *s,
    const char *const *known, const char *const *often, struct why *why);

/* Writes the document as text. -1 with why if a value cannot be written. */
int doc_write(const struct doc *doc, struct buf *out, struct why *why);

#endif
