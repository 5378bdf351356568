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
 * the destination allows. Nothing that is there is ever overwritten. The first
 * look is left out where put of a small file creates and never overwrites
 * (exclusive), the last one where put's answer proved the content
 * (DEST_PROVEN).
 *
 * Threads: look, put and drop of one destination run in several at once, each
 * with an item of its own. What a kind changes in its struct (a token ...) is
 * guarded by its own mutex.
 */

#include "doc.h"
#include "findings.h"
#include "pace.h"
#include "ticket.h"

#include "text.h"

enum dest_result {
	DEST_DONE,   /* it is there, with this content; put: sent, look again */
	DEST_ABSENT, /* nothing of that name is there */
	DEST_LATER,  /* this attempt failed; why, perhaps retry_after_s */
	DEST_PAUSED, /* no recording can go there until a person acts; why */
	DEST_NEVER,  /* this recording cannot go there; why */
	DEST_EXEMPT, /* it need not go there, as the settings allow; why */
	/* Besides, from put alone: */
	DEST_PROVEN, /* sent, and its answer proves the content: no look */
	DEST_TAKEN   /* something has that name: a look decides */
};

struct dest_item {
	const char *object; /* name at the destination, from template.h */
	/* Its content, read with pread() from 0; look alone: -1, not at hand. */
	int fd;
	uint64_t bytes;
	const char *sha256; /* lower-case hex */
	const char *md5;    /* NULL: only the content tells it */
	const char *content_type;
	/* The same at every try of this file of this call; [A-Za-z0-9._-]. */
	const char *key;
	int attempts; /* that failed before; 0: this is the first */
	/* The call's facts, and those of this file; NULL both for a probe. */
	const struct ticket *ticket;
	const struct ticket_file *file;
};

struct dest_answer {
	struct why why;
	int64_t retry_after_s; /* -1: not told */
	int64_t date_us;       /* the server's clock, -1: not told */
	/* DEST_LATER, but it is this machine's fault (its disk, its memory),
	   and tells nothing about the destination. */
	bool machine;
	/* DEST_DONE of a look that could compare the size alone, and no hash. */
	bool by_size;
};

/* Of any answer, before anybody answers. */
#define DEST_ANSWER_NONE                           \
	{                                          \
		.retry_after_s = -1, .date_us = -1 \
	}

/* Whom recordings are encrypted for: envelope.h of upload/. */
struct envelope;

enum dest_exclusive {
	DEST_OVERWRITES, /* or may do: look before each put */
	DEST_UNSURE,     /* asked not to, but old servers do not listen: the
			    eighth small put is repeated to find out */
	DEST_EXCLUSIVE   /* put never overwrites and answers DEST_TAKEN */
};

struct dest {
	const struct dest_kind *kind;
	char *name, *pattern;
	/* A hash of its settings and of when its secrets were changed. */
	char settings[17];
	uint64_t max_bytes;     /* the settings' or the kind's; 0: no limit */
	unsigned parallel;      /* transfers at once, from 1 */
	int connect_s, stall_s; /* timeouts in seconds */
	char *ca_file, *proxy;  /* NULL: the system's, the environment's */
	bool metadata;          /* a JSON object goes with each recording */
	/* encrypt_to; NULL: recordings go there as they are. */
	struct envelope *envelope;
	struct pace *pace;       /* NULL: no limit */
	_Atomic int exclusive;   /* enum dest_exclusive; set by open */
	_Atomic unsigned proven; /* puts so far that were DEST_PROVEN */
	_Atomic(char *) note;    /* see dest_note() */
	void *own;               /* the kind's */
};

/* What a kind takes part in. */
enum {
	DEST_NETWORK = 1, /* ca_file, proxy, timeouts, requests_per_minute */
	DEST_OBJECTS = 2, /* keeps things by name: metadata = yes is possible */
	DEST_MD5 = 4      /* the only hash that a look is told there */
};

struct dest_kind {
	const char *type;
	const char *const *keys; /* besides the common ones */
	/* Checks the section, fills d->own; connects to nothing. The common
	   settings are in d by then. close is called either way. */
	int (*open)(struct dest *d, const struct doc *doc,
	    const struct doc_section *s, struct why *why);
	void (*close)(struct dest *d);
	enum dest_result (*look)(struct dest *d, const struct dest_item *item,
	    struct dest_answer *a);
	enum dest_result (*put)(struct dest *d, const struct dest_item *item,
	    struct dest_answer *a);
	/* After failed attempts another recupload was quicker: what they left
	   beside it goes. May be NULL. */
	void (*tidy)(struct dest *d, const struct dest_item *item);
	/* Deletes an object: only ever the probe of recupload --test.
	   DEST_TAKEN: a retention policy keeps it. */
	enum dest_result (*drop)(
	    struct dest *d, const char *object, struct dest_answer *a);
	/*
	 * Deletes a recording for recupload --erase, with its older versions
	 * where they are kept; item as stored_item() makes it, without content.
	 * NULL: as drop. DEST_DONE: it is gone, or was not there; DEST_TAKEN:
	 * all of it or something of it is kept; why.
	 */
	enum dest_result (*erase)(struct dest *d, const struct dest_item *item,
	    struct dest_answer *a);
	/* Path or URL of an object, to be freed; no secret in it. */
	char *(*where)(const struct dest *d, const char *object);
	unsigned traits; /* DEST_NETWORK | DEST_OBJECTS */
	/*
	 * For recupload --test. test comes first, may be NULL, writes nothing:
	 * login, rights that can be asked for, limits, space, retention.
	 * examine comes while the probe is there, may be NULL: what is seen of
	 * it, such as its time, or until when it is kept.
	 */
	enum dest_result (*test)(
	    struct dest *d, struct findings *f, struct dest_answer *a);
	void (*examine)(
	    struct dest *d, const struct dest_item *probe, struct findings *f);
	bool no_probe; /* nothing can be written and taken away again */
	/* Key of [call] that names the record a recording goes to; NULL: none. */
	const char *(*fact)(const struct dest *d);
	/* Where a recording of this call went, to be freed; NULL: as where. */
	char *(*place)(
	    const struct dest *d, const struct ticket *t, const char *object);
};

/* The kind of that type; NULL: none, and *near is what was meant or NULL. */
const struct dest_kind *dest_kind_named(const char *type, const char **near);

enum dest_result dest_deliver(
    struct dest *d, const struct dest_item *item, struct dest_answer *a);

/* The idempotency key of a file of a call, to be freed. */
char *dest_key(const struct ticket *t, const struct ticket_file *f);

/*
 * A name beside the object's own to send it to first: the same at every try of
 * this very file of this machine, another one for any other content or object,
 * and for a copy of the file that somebody else sends at the same time: two
 * that write to one name would mix what they write. To be freed.
 */
char *dest_temporary(const struct dest_item *item);

/* Three seconds, in which what another one is at would grow; less at an end. */
void dest_settle(void);
/* Is what has that length and SHA-256 the beginning of the item? */
bool dest_is_beginning(
    const struct dest_item *item, uint64_t bytes, const char *sha256);

/*
 * What an operator should be told though all went well, such as a clock that
 * is wrong: the last one that was noted and not taken yet, to be freed; NULL:
 * none.
 */
void dest_note(struct dest *d, char *text); /* takes text over */
char *dest_take_note(struct dest *d);

/* Fills the answer's text, returns r. */
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
/* Where a KEY_file stands, to be freed. */
char *dest_secret_path(const char *file);

#endif
