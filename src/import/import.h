/* SPDX-License-Identifier: ISC */
#ifndef IMPORT_H
#define IMPORT_H

/*
 * Makes call files (rec-call(5)) of the files that recorders leave. Each format
 * is a module that adds calls, events and legs (formats.c lists them). It
 * reports what its format does not record with import_untold(), which becomes
 * `not_told` of [call].
 *
 *	struct import im = {.o = &options};
 *	cel_add(&im, path, &why);
 *	for (i = 0; i < im.calls; i++)
 *		import_finish(&im, &im.call[i], &text, &why);
 *	import_free(&im);
 *
 * Times are microseconds since 1970 until a call is finished.
 */

#include <stdint.h>
#include <stdio.h>

#include "doc.h"

#include "text.h"

struct import_rule {
	char *name, *event; /* "RECPAUSE" is "pause" */
};

/* The facts of a call that rules of types (--type) can match. */
enum import_about {
	IMPORT_CONTEXT, /* of the dialplan, in which the call began */
	IMPORT_CHANNEL, /* that began it: "PJSIP/trunk-00000001" */
	IMPORT_DID,     /* the number that was dialled from outside */
	IMPORT_TRUNK,   /* or gateway, over which it came or went */
	IMPORT_CALLER,
	IMPORT_CALLEE,
	IMPORT_QUEUE, /* filled by import_set_queue() */
	IMPORT_ABOUTS
};
extern const char *const import_about_names[IMPORT_ABOUTS + 1];

/* "context:from-internal=dialpad": a pattern of the shell, and a call type. */
struct import_type_rule {
	enum import_about about;
	char *pattern, *type; /* type "none": it is not a call */
};

struct import_options {
	const char *type; /* of calls without a type in the log; or NULL */
	struct import_type_rule *type_rule; /* the first that matches counts */
	size_t type_rules;
	const char *legs;      /* the directory of the recordings, or NULL */
	const char *zone;      /* utc, local, +01:00; NULL: missing */
	const char *queue_log; /* Asterisk's, or NULL */
	const char *streams;   /* rtpengine's recording_streams, or NULL */
	const char *columns;   /* of a CSV file, or NULL: as usual */
	bool answered;         /* a recorder that starts at the answer */
	bool numbers;          /* put caller and callee into call files */
	int64_t torn_after_us; /* a call that goes on longer is torn; 0: none */
	struct import_rule *rule;
	size_t rules;
};

struct import_event {
	int64_t at_us;
	size_t number;
	char *text; /* "transfer queue=Sales" */
};

/* The sound from file_us on was heard from call_us on. */
struct import_anchor {
	int64_t file_us, call_us;
};

/* As in rec-call(5); until a call is finished, times are since 1970. */
struct import_leg {
	char *name; /* "customer", "agent 2" */
	char *file;
	int64_t start_us, end_us;     /* -1: unknown */
	int64_t within_us;            /* 0: exact */
	const char *fits;             /* "start", "end", "none"; NULL: both */
	struct import_anchor *anchor; /* import_leg_anchor() */
	size_t anchors;
	int channel;              /* 0: none named */
	const char *format;       /* of a file without a header, or NULL */
	int channels;             /* of such a file; 0: one */
	char *streams, *payloads; /* of a capture; NULL: by the channel */
};

/*
 * A log may begin or end in the middle of a call: the rest is in an older log, or
 * not written yet. A call without an end is torn after o->torn_after_us.
 */
enum import_part {
	IMPORT_WHOLE,
	IMPORT_GOES_ON,
	IMPORT_NO_BEGINNING,
	IMPORT_TORN
};

struct import_call {
	char *key; /* the recorder's name of the call */
	char *id;  /* the call id, made from the key */
	char *type, *queue, *agent, *language;
	int64_t started_us;          /* 0: unknown */
	int64_t answer_us, end_us;   /* if no event has it; 0: unknown */
	char *queue_now, *agent_now; /* after the transfers so far */
	bool has_queue;              /* known without the queue_log */
	bool queued, connected;      /* by the queue_log */
	bool by_agent;               /* an agent of other calls began it */
	struct doc_section facts;
	struct import_event *event;
	size_t events;
	struct import_leg *leg;
	size_t legs;
	char *untold;
	/* The recorder's files of this call alone, without its legs. */
	char **file;
	size_t files;
	char *about[IMPORT_ABOUTS]; /* NULL: unknown */
	bool hidden;                /* the caller's number is empty */
	char *dropped;              /* why it is not a call, or NULL */
	enum import_part part;      /* which part of it the log has */
};

struct import {
	const struct import_options *o;
	/*
	 * Called for each call as soon as it has ended, and must not keep it, so
	 * that only other calls need memory. If it is NULL, or a format does not
	 * show when a call ends, all calls stay in call[].
	 */
	void (*done)(struct import *im, struct import_call *c, void *arg);
	void *done_arg;
	struct import_call *call; /* in the order in which they began */
	size_t calls;
	/* Called for each record that cannot be used; may be NULL. */
	void (*skip)(const char *why, void *arg);
	void *skip_arg;
	/* private: the calls by their keys, and the files in --legs */
	size_t *slot;
	size_t slots;
	struct found *found;
};

/* Adds an argument of --event, "NAME=EVENT". 0, or -1 with why. */
int import_add_rule(
    struct import_options *o, const char *text, struct why *why);
/*
 * An argument of --type: "TYPE", or "FACT:PATTERN=TYPE". 0, or -1 with why. The
 * text must live as long as the options.
 */
int import_add_type(
    struct import_options *o, const char *text, struct why *why);
void import_options_free(struct import_options *o);
/* The event that a name stands for, or NULL. */
const char *import_rule(const struct import_options *o, const char *name);
/*
 * A message for which a rule says "announced" was played between these times.
 * It was heard, or has failed if that is less than half a second or less than
 * its length (0: unknown).
 */
bool import_is_heard(int64_t from_us, int64_t to_us, int64_t length_us);
void import_played(struct import_call *c, int64_t from_us, int64_t to_us,
    const char *file, int64_t length_us);
/*
 * The length of a message, if its file is on this machine and not newer than
 * the call; else 0. The name must come from the administrator, not from a log.
 */
int64_t import_message_us(const char *file, int64_t at_us);
/* A message that plays on a leg since from_us; {0}: none. */
struct import_playing {
	int64_t from_us;
	char *line;
};
/* An application of the PBX begins or ends, such as "Playback record-a-call"; a
 * rule may name it. */
void import_app(const struct import_options *o, struct import_call *c,
    struct import_playing *p, const char *app, const char *data, int64_t at_us,
    bool begins);

/* The call of that name, or NULL; import_call() makes it if it is new. */
struct import_call *import_find(const struct import *im, const char *key);
struct import_call *import_call(struct import *im, const char *key);
/* A call that is in no list; import_pass() hands it on and clears it. */
void import_call_init(struct import_call *c, const char *key);
void import_call_clear(struct import_call *c);
void import_pass(struct import *im, struct import_call *c);
void import_free(struct import *im);

/*
 * Opens a log, or another file that is not a leg, as guard.h does: beneath
 * --legs where it lies there. "-" is standard input. NULL with why.
 */
FILE *import_open(const struct import *im, const char *path, int64_t max_bytes,
    struct why *why);
/* Reports a record that cannot be used; it is ignored, the others are used. */
void import_skip(struct import *im, const char *why);
/* Parses JSON of a recorder; bytes that are not UTF-8 are taken as Latin-1. */
struct json *import_json(const char *s, size_t n);

/* Copies; NULL and "" leave what is there. */
void import_set(char **to, const char *value);
/* A fact of [call]; a later one of that name replaces it. */
void import_fact(struct import_call *c, const char *key, const char *value);
void import_event(struct import_call *c, int64_t at_us, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The first queue and agent of a call; later ones are transfers. */
void import_set_queue(struct import_call *c, int64_t at_us, const char *queue);
void import_set_agent(struct import_call *c, int64_t at_us, const char *agent);
/*
 * Sets a fact that rules of types can match. The first value stays, because a
 * call has the type with which it began. Set it before import_is_outbound().
 */
void import_about(
    struct import_call *c, enum import_about about, const char *value);
/* The record has a place for the caller's number, and it is empty. */
void import_hidden(struct import_call *c);
/*
 * The type of a call: that of its record (c->type), else that of the first rule
 * that matches, else "queue" if it was in one, else o->type; NULL: unknown.
 */
const char *import_type(
    const struct import_options *o, const struct import_call *c);
/* True if the call has o->type because nothing else gives its type. */
bool import_type_is_general(
    const struct import_options *o, const struct import_call *c);
/* True if an agent began it: the channel that began the call is the agent's. */
bool import_is_outbound(
    const struct import_options *o, const struct import_call *c);
/*
 * Marks a record that is not a call of a customer: a consultation, an
 * announcer, an optimised Local channel, a rule of the type "none". It stays in
 * the list, because later records may name it, but gets no call file. The first
 * reason stays, such as "a consultation of 1764496800.1".
 */
void import_drop(struct import_call *c, const char *reason);
/* If a rule says "announced", a message that the log does not have was not
 * heard: adds `announcing`. */
void import_await(const struct import_options *o, struct import_call *c);
/* Why it is not a call, also by a rule; or NULL. */
const char *import_dropped(
    const struct import_options *o, const struct import_call *c);
bool import_has_event(const struct import_call *c, const char *word);
/*
 * Adds a leg. role: "customer"; it gets a number if the call has one already.
 * The pointer is valid until the next leg is added. NULL: the call has this
 * leg.
 */
struct import_leg *import_leg(struct import_call *c, const char *role,
    const char *file, int64_t start_us, int channel);
/* The same for some streams of a capture. */
struct import_leg *import_leg_streams(struct import_call *c, const char *role,
    const char *file, const char *streams);
void import_file(struct import_call *c, const char *path);
void import_legs_free(struct import_leg *leg, size_t legs);
void import_leg_anchor(
    struct import_leg *leg, int64_t file_us, int64_t call_us);
void import_untold(struct import_call *c, const char *what);
/*
 * The same if it is whose a leg is, and neither the recorder nor the
 * administrator (--type) says it: "sides = guessed" marks the recording.
 */
void import_guess(struct import_call *c, const char *what);
/* Everyone is on the one channel of the recorder's file: "mixed = yes". */
void import_one_channel(struct import_call *c);
/* The length of an audio file in microseconds, and its channels, 0 if it cannot
 * be read; then -1. */
int64_t import_sound_length(const char *path, int *channels);

/* Parses "2026-11-22 10:00:00" in o->zone, or with its own zone. 0 or -1. */
int import_time(const struct import_options *o, const char *text, int64_t *us);
/*
 * The same in a file whose records are in order. If the clock was put back, so
 * that this time occurs twice: the first one not before the previous record.
 */
int import_time_after(const struct import_options *o, const char *text,
    int64_t after_us, int64_t *us);
/* Both times, the earlier first. Returns their number; 0: it is not a time. */
int import_times(
    const struct import_options *o, const char *text, int64_t us[2]);
/* "1763805600.250"; 0 or -1. */
int import_epoch(const char *text, int64_t *us);

/*
 * Adds the recordings in --legs that are named after the call: X-in (of the
 * channel that began it) and X-out with any suffix, else X itself, else files with
 * X anywhere in their names, as in .../in-100-555-20261130-1.2.wav. Does nothing
 * if the call has legs. (found.c)
 */
void import_find_legs(
    struct import *im, struct import_call *c, const char *base);
/*
 * The path of a leg that a log names, with single slashes. With --legs it is the
 * longest tail of the name that is a file in that directory ("2026/11/x.wav" of
 * "/rec/2026/11/x.wav"), else a file with that name, or with another suffix, in
 * any folder below, else the last component in the directory. The caller frees
 * it.
 */
char *import_leg_path(struct import *im, const char *written);
/* The file with exactly that name in any folder below --legs; NULL: none. */
char *import_found(struct import *im, const char *name);
/* A sound file with that name and any suffix. */
char *import_found_stem(struct import *im, const char *stem);

/*
 * The call file as text. 0, or -1 with why: the type of the call is unknown, or
 * a name does not fit into an INI line.
 */
int import_finish(const struct import *im, struct import_call *c,
    struct buf *text, struct why *why);

/*
 * Parses that text. The document is called "FILE(ID)" in messages. 0, or -1 with
 * why.
 */
int import_doc(const struct buf *text, const char *path, const char *id,
    struct doc *doc, struct why *why);

#endif
