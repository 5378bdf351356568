/* SPDX-License-Identifier: ISC */
#ifndef DOC_H
#define DOC_H

/*
 * An INI document in memory: sections and keys in the order of the file, with
 * line numbers, repeated ones kept. ini.h reads files into it; the models
 * (call, plan, ticket) and the policy are made from it.
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

/* Adds at the end. The pointer is good until the next section is added. */
struct doc_section *doc_add_section(
    struct doc *doc, const char *name, int line);
void doc_add(
    struct doc_section *s, const char *key, const char *value, int line);
void doc_addf(struct doc_section *s, const char *key, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/*
 * A text for people, of any content: at most DOC_TEXT_MAX bytes of it, what no
 * value can hold replaced, on as many lines of that key as it needs.
 */
#define DOC_TEXT_MAX 1000
void doc_add_text(struct doc_section *s, const char *key, const char *text);
/* The lines together again, to be freed; NULL where there is none. */
char *doc_text(const struct doc_section *s, const char *key);
/* Copies a section with its keys. */
struct doc_section *doc_copy_section(
    struct doc *doc, const struct doc_section *from);
/* Replaces the first key of that name, or adds it. */
void doc_set(struct doc_section *s, const char *key, const char *value);

/* NULL, or why a section cannot have that name. */
const char *doc_name_fault(const char *name);
/* The first of that name, or NULL; s may be NULL. */
struct doc_section *doc_find(const struct doc *doc, const char *name);
const struct doc_key *doc_key(const struct doc_section *s, const char *key);
const char *doc_value(const struct doc_section *s, const char *key);

/*
 * "[leg customer]": true if the section's name is the word, or begins with the
 * word and a blank; *rest (may be NULL) is what follows ("customer" or "").
 */
bool doc_is(const struct doc_section *s, const char *word, const char **rest);

/* "FILE:LINE: what"; returns -1. */
int doc_error(const struct doc *doc, int line, struct why *why, const char *fmt,
    ...) __attribute__((format(printf, 4, 5)));
/*
 * Every key must be in the NULL-ended list and stand once (names in `often`,
 * NULL-ended or NULL, may repeat); 0, or -1 with a hint at the nearest name.
 */
int doc_check_keys(const struct doc *doc, const struct doc_section *s,
    const char *const *known, const char *const *often, struct why *why);

/* Text that reads back as the same document, or -1 for a value that cannot. */
int doc_write(const struct doc *doc, struct buf *out, struct why *why);

#endif
