/* SPDX-License-Identifier: ISC */
#ifndef DEST_H
#define DEST_H

/*
 * A destination. Each type is one struct dest_kind: a name, its own keys in
 * upload.ini, and functions that open it, look for an object and put one.
 *
 *	r = dest_deliver(d, &item, &answer);
 *
 * looks for the object, sends it if it is not there, and looks again. DEST_DONE
 * means that the size and SHA-256 of the destination's own copy were compared,
 * as strongly as the destination allows. An object is never overwritten. The
 * first look is omitted if put of a small file creates and never overwrites
 * (exclusive), the last one if put's answer proved the content (DEST_PROVEN).
 *
 * Threads: look, put and drop of one destination can run in several threads at
 * once, each with its own item. A kind guards what it changes in its struct
 * (such as a token) with a mutex of its own.
 */

#include "doc.h"
#include "findings.h"
#include "keep.h"
#include "pace.h"
#include "ticket.h"

#include "text.h"
#include "zone.h"

enum dest_result {
	DEST_DONE,   /* it is there, with this content; put: sent, look again */
	DEST_ABSENT, /* nothing of that name is there */
	DEST_LATER,  /* this attempt failed; why, perhaps retry_after_s */
	DEST_PAUSED, /* no recording can go there until a person acts; why */
	DEST_NEVER,  /* this recording cannot go there; why */
	DEST_EXEMPT, /* the settings do not require it there; why */
	/* Only from put: */
	DEST_PROVEN, /* sent, and the answer proves the content: no look */
	DEST_TAKEN   /* the name exists: a look shows what it is */
};

struct dest_item {
	const char *object; /* name at the destination, from template.h */
	/* Its content, read with pread() from 0; -1: none, only for look. */
	int fd;
	uint64_t bytes;
	const char *sha256; /* lower-case hex */
	const char *md5;    /* NULL: compute it from the content */
	const char *content_type;
	/* The same at every try of this file of this call; [A-Za-z0-9._-]. */
	const char *key;
	int attempts; /* that failed before; 0: this is the first */
	bool sent;    /* look: put has just said that it arrived */
	/*
	 * Until when it must be kept: put asks for that, look compares it, and
	 * where the item has content asks for it if it is not so yet.
	 */
	struct keep keep;
	/* The call's facts, and those of this file; NULL both for a probe. */
	const struct ticket *ticket;
	const struct ticket_file *file;
};

struct dest_answer {
	struct why why;
	int64_t retry_after_s; /* -1: none */
	int64_t date_us;       /* the server's clock; -1: unknown */
	/* DEST_LATER because of this machine (its disk, its memory), not of the
	   destination. */
	bool machine;
	/* DEST_DONE of a look that compared only the size, and no hash. */
	bool by_size;
};

/* The initial value of an answer. */
#define DEST_ANSWER_NONE                           \
	{                                          \
		.retry_after_s = -1, .date_us = -1 \
	}

/* The recipients of encrypted recordings: envelope.h of upload/. */
struct envelope;

enum dest_exclusive {
	DEST_OVERWRITES, /* or may do: look before each put */
	DEST_UNSURE,     /* asked not to, but old servers do not listen: the
			    eighth small put is repeated to find out */
	DEST_EXCLUSIVE   /* put never overwrites and answers DEST_TAKEN */
};

/* Which changed facts get digits in a name, so that they stay different. */
enum dest_distinct {
	DISTINCT_FOLDERS, /* not set: all but, after the last slash and in
			     ASCII, those of which only a sign was changed */
	DISTINCT_NO,
	DISTINCT_YES /* all */
};

struct dest {
	const struct dest_kind *kind;
	char *name, *pattern;
	struct zone *zone; /* of {local_date} and {local_time}; may be NULL */
	bool utf8;         /* charset: names keep their letters */
	enum dest_distinct distinct;
	/* A hash of its settings and of when its secrets were changed. */
	char settings[17];
	uint64_t max_bytes;     /* the settings' or the kind's; 0: no limit */
	unsigned parallel;      /* transfers at once, from 1 */
	int connect_s, stall_s; /* timeouts in seconds */
	char *ca_file, *proxy;  /* NULL: the system's, the environment's */
	bool metadata;          /* a JSON object goes with each recording */
	bool vcon;              /* and that is a vCon */
	char *facts;            /* of the call that are in it; NULL: all */
	/* encrypt_to; NULL: recordings go there as they are. */
	struct envelope *envelope;
	struct keep_rule keep;   /* retain, retain_mode, legal_hold */
	struct pace *pace;       /* NULL: no limit */
	_Atomic int exclusive;   /* enum dest_exclusive; set by open */
	_Atomic unsigned proven; /* puts so far that were DEST_PROVEN */
	_Atomic(char *) note;    /* see dest_note() */
	void *own;               /* the kind's */
};

/* Properties of a kind. */
enum {
	DEST_NETWORK = 1, /* ca_file, proxy, timeouts, requests_per_minute */
	DEST_OBJECTS = 2, /* stores objects by name: metadata is possible */
	DEST_MD5 = 4,     /* the only hash that the destination reports */
	DEST_KEEPS = 8,   /* retain, retain_mode, legal_hold */
	DEST_UTF8 = 16    /* names can be in UTF-8: charset */
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
	/* Another recupload delivered the object after attempts of ours failed:
	   deletes what those left beside it. May be NULL. */
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
	unsigned traits; /* DEST_NETWORK | DEST_OBJECTS ... */
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
	bool no_probe; /* what is written there cannot be deleted again */
	/*
	 * Key of [call] that names the record a recording goes to; NULL: none.
	 */
	const char *(*fact)(const struct dest *d);
	/* Where a recording of this call went, to be freed; NULL: as where. */
	char *(*place)(
	    const struct dest *d, const struct ticket *t, const char *object);
};

/* The kind of that type, or NULL with a similar type in *near (or NULL). */
const struct dest_kind *dest_kind_named(const char *type, const char **near);

enum dest_result dest_deliver(
    struct dest *d, const struct dest_item *item, struct dest_answer *a);

/* The idempotency key of a file of a call, to be freed. */
char *dest_key(const struct ticket *t, const struct ticket_file *f);

/*
 * A temporary name beside the object's name, to which it is sent first. It is
 * the same at every attempt to send this file of this machine. It differs for
 * any other content or object, and for a copy of the file that another sender
 * has: two that write to one name would mix their data. To be freed.
 */
char *dest_temporary(const struct dest_item *item);

/* Waits three seconds, or until loop_abandon(): a file that another sender is
 * writing would grow in that time. */
void dest_settle(void);
/* Do the first `bytes` bytes of the item have that SHA-256? */
bool dest_is_beginning(
    const struct dest_item *item, uint64_t bytes, const char *sha256);

/*
 * A note for the operator although there was no failure, for instance that the
 * clock of a server is wrong. dest_note() owns the text from then on.
 * dest_take_note() returns the last note once, to be freed, or NULL.
 */
void dest_note(struct dest *d, char *text);
char *dest_take_note(struct dest *d);

/* Fills the answer's text, returns r. */
enum dest_result dest_answer(struct dest_answer *a, enum dest_result r,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * Reads a secret from the file that KEY_file names, or from the environment
 * variable that KEY_env names. The file must be ours or root's, with mode 0600 or
 * less. A name without '/' is in $CREDENTIALS_DIRECTORY, if that is set. *out is
 * NULL if neither key is there; free it by dest_forget().
 */
int dest_secret(const struct doc *doc, const struct doc_section *s,
    const char *key, char **out, struct why *why);
void dest_forget(char *secret);
/* The path of a KEY_file, to be freed. */
char *dest_secret_path(const char *file);

#endif
