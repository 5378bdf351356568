/* SPDX-License-Identifier: ISC */
#ifndef KNOWN_SET_H
#define KNOWN_SET_H

/*
 * The records of known.h: those of a file, sorted, and those that were added
 * since.
 */

#include <stdbool.h>
#include <stddef.h>

struct known_record {
	unsigned char key[12], value[11], kind;
	unsigned char own[8];
};
/* How many bytes to compare: the key, or key, value and kind. */
enum { KNOWN_BY_KEY = 12, KNOWN_BY_ALL = 24 };

/* {0} is empty. */
struct known_set {
	const struct known_record *old; /* sorted; not freed */
	size_t olds;
	struct known_record *fresh;
	size_t freshes;
	/* private */
	size_t *slot, *next; /* a hash table of what is fresh, by key */
	size_t slots;
};

void known_set_add(struct known_set *s, const struct known_record *r);
/*
 * Calls found(record, arg) for each record of the kind that begins with these
 * bytes, at least eight, until it returns true.
 */
bool known_set_each(const struct known_set *s, const struct known_record *r,
    size_t bytes, bool (*found)(const struct known_record *r, void *arg),
    void *arg);
/* Writes all to out, sorted. After it, the fresh ones cannot be found. */
void known_set_merge(struct known_set *s, struct known_record *out);
void known_set_free(struct known_set *s);

#endif
