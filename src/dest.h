/* SPDX-License-Identifier: ISC */
#ifndef DEST_H
#define DEST_H

/*
 * A destination. Each type is one struct dest_kind: a name, its own keys in
 * upload.ini, and functions that open it, look for an object and put one.
 *
 *	r = dest_deliver(d, &item, &answer);
 *
 * looks first, sends what is not there, and looks again: DEST_DONE means that
 * size and SHA-256 of the destination's own copy were compared, as strongly as
 * the destination allows. Nothing that is there is ever overwritten.
 */

#include "doc.h"

enum dest_result {
	DEST_DONE,   /* it is there, with this content */
	DEST_ABSENT, /* nothing of that name is there */
	DEST_LATER,  /* this attempt failed; why, perhaps retry_after_s */
	DEST_PAUSED, /* no recording can go there until a person acts; why */
	DEST_NEVER   /* this recording cannot go there; why */
};

struct dest_item {
	const char *object; /* name at the destination, from template.h */
	int fd;             /* the MP3, read from its start */
	uint64_t bytes;
	const char *sha256; /* lower-case hex */
};

struct dest_answer {
	struct why why;
	int64_t retry_after_s; /* -1: not told */
};

struct dest {
	const struct dest_kind *kind;
	char *name, *pattern;
	uint64_t max_bytes; /* 0: no limit */
	void *own;          /* the kind's */
};

struct dest_kind {
	const char *type;
	const char *const *keys; /* besides the common ones */
	/* Checks the section, fills d->own; connects to nothing. */
	int (*open)(struct dest *d, const struct doc *doc,
	    const struct doc_section *s, struct why *why);
	void (*close)(struct dest *d);
	enum dest_result (*look)(struct dest *d, const struct dest_item *item,
	    struct dest_answer *a);
	enum dest_result (*put)(struct dest *d, const struct dest_item *item,
	    struct dest_answer *a);
	/* Deletes an object: only ever the probe of recupload --test. */
	enum dest_result (*drop)(
	    struct dest *d, const char *object, struct dest_answer *a);
	/* Path or URL of an object, to be freed. */
	char *(*where)(const struct dest *d, const char *object);
};

enum dest_result dest_deliver(
    struct dest *d, const struct dest_item *item, struct dest_answer *a);

/* Fills the answer, returns r. */
enum dest_result dest_answer(struct dest_answer *a, enum dest_result r,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * A secret: KEY_file names a file, KEY_env a variable of the environment. A
 * file must be ours or root's, with mode 0600 or less; a name without '/' is
 * looked for in $CREDENTIALS_DIRECTORY where that is set. *out stays NULL
 * where neither key is there; to be freed by dest_forget().
 */
int dest_secret(const struct doc *doc, const struct doc_section *s,
    const char *key, char **out, struct why *why);
void dest_forget(char *secret);

#endif
