/* SPDX-License-Identifier: ISC */
#ifndef POLICY_H
#define POLICY_H

/*
 * The recording policy: rec-policy(5). Made from a document, which must live
 * as long. Every value comes with the line that decided it.
 */

#include "call.h"

enum policy_key {
	/* [recording] */
	POLICY_ENABLED,
	POLICY_DUAL_CHANNEL,
	POLICY_SEPARATION, /* 0 none, 1 per-segment */
	POLICY_SEQUENCE,   /* 0 permission-first, 1 recording-first */
	POLICY_AFTER_CUSTOMER,
	POLICY_WITH_THIRD,
	POLICY_WITH_EMERGENCY,
	POLICY_STYLE, /* enum plan_style */
	/* [leaving] */
	POLICY_AGENT_LEAVES,
	POLICY_CUSTOMER_LEAVES,
	/* [inbound], [callback], [outbound], [queue PATH CLASS] */
	POLICY_RECORD,
	POLICY_REDACTION,
	POLICY_PLAY,
	POLICY_ASK,
	POLICY_KEYS
};

struct policy_value {
	int value; /* yes is 1 */
	int line;  /* 0: no line says so, it is built in */
	const char *section, *key;
};

/* Texts for a person, one each, "file:line: ..."; {0} to begin. */
struct policy_notes {
	char **text;
	size_t count;
};
void policy_notes_free(struct policy_notes *notes);
struct policy;
void policy_note(struct policy_notes *notes, const struct policy *p, int line,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

struct policy_queue {
	char *path; /* "ivr/Billing" */
	enum call_class class;
	const struct doc_section *section;
};

struct policy {
	const struct doc *doc;
	struct policy_queue *queue;
	size_t queues;
};

/* 0, or -1 with every fault that was found in `faults`. */
int policy_from_doc(
    struct policy *p, const struct doc *doc, struct policy_notes *faults);
void policy_free(struct policy *p);

/* "ivr", or "ivr/Billing" for a queue. The caller frees it. */
char *policy_path(const char *channel, const char *queue);

/*
 * All that is said about one setting for a path, nearest first and the built-in
 * value last: chain[0] decides, the others are overridden. Returns how many
 * there are, of which at most `max` are filled in.
 */
size_t policy_chain(const struct policy *p, enum call_class class,
    const char *path, enum policy_key key, struct policy_value *chain,
    size_t max);
struct policy_value policy_get(const struct policy *p, enum call_class class,
    const char *path, enum policy_key key);

const char *policy_key_name(enum policy_key key);
const char *policy_value_text(enum policy_key key, int value);

/*
 * The audio file for record_inbound, record_outbound, record_callback or
 * ask_permission in a language (NULL: none told), or NULL. "es-MX" looks into
 * [messages es-MX], [messages es] and [messages]; record_callback that no one
 * sets is record_outbound.
 */
const struct doc_key *policy_message(
    const struct policy *p, const char *name, const char *language);

#endif
