/* SPDX-License-Identifier: ISC */
#ifndef POLICY_H
#define POLICY_H

/*
 * The recording policy: rec-policy(5). policy_read.h makes it from a document,
 * which must live as long as the policy. Every value comes with the line that
 * decided it.
 *
 * A setting is one row of the table in policy.c: its section, its values, and
 * what it needs to have an effect. recpolicy -e and -t use that table.
 */

#include "call.h"
#include "hash.h"
#include "who.h"

enum policy_key {
	POLICY_ENABLED,
	POLICY_DUAL_CHANNEL,
	POLICY_SEPARATION, /* enum policy_separation */
	POLICY_SEQUENCE,   /* enum policy_sequence */
	POLICY_AFTER_CUSTOMER,
	POLICY_WITH_THIRD,
	POLICY_WITH_EMERGENCY,
	POLICY_STYLE, /* by plan_style_of() */
	POLICY_PBX,   /* enum policy_pbx */
	POLICY_AGENT_LEAVES,
	POLICY_CUSTOMER_LEAVES,
	POLICY_RECORD,
	POLICY_REDACTION,
	POLICY_PLAY, /* enum policy_play */
	POLICY_ASK,
	POLICY_IF_FAILS, /* enum policy_if_fails */
	POLICY_THIRD_MESSAGE,
	POLICY_ASK_THIRD,
	POLICY_SHARE, /* of calls, in hundredths of a percent */
	POLICY_HOURS, /* 1: only those of hours.h; 0: always */
	POLICY_ZONE,  /* its text is for zone_open() */
	POLICY_KEYS
};

enum policy_separation { POLICY_ONE_FILE, POLICY_PER_SEGMENT };
enum policy_sequence { POLICY_PERMISSION_FIRST, POLICY_RECORDING_FIRST };
enum policy_pbx { POLICY_ANY_PBX, POLICY_ASTERISK, POLICY_FREESWITCH };
enum policy_play { POLICY_NOT_PLAYED, POLICY_PLAYED, POLICY_EXTERNAL };
enum policy_if_fails { POLICY_STOP, POLICY_RECORD_ANYWAY };

enum policy_place {
	POLICY_IN_RECORDING, /* [recording] */
	POLICY_IN_LEAVING,
	/* [inbound] ..., [queue PATH CLASS] and the rules of who.h */
	POLICY_IN_CLASS
};

/* What a setting needs to have an effect anywhere. */
enum policy_need {
	POLICY_NEEDS_NOTHING,
	POLICY_NEEDS_RECORD,
	POLICY_NEEDS_PLAY,     /* record and play_message = yes */
	POLICY_NEEDS_ANY_PLAY, /* record and play_message = yes or external */
	POLICY_NEEDS_OUTBOUND_ASK,
	POLICY_NEEDS_HOURS /* record and only_between */
};

struct policy_setting {
	const char *name;
	enum policy_place place;
	int built_in;
	const char *const *words; /* NULL: yes or no */
	enum policy_need need;
	const char *with[2]; /* needs one of these settings to be on, too */
	const char *message; /* the message that it plays, or NULL */
	/* Where its value is no word: how it is read, as policy_value_of(), what
	   it may be, and the default as text. recpolicy -e shows such a setting
	   only where it is set. */
	int (*value_of)(const char *text);
	const char *form, *unset;
};
extern const struct policy_setting policy_settings[POLICY_KEYS];

struct policy_value {
	int value; /* yes is 1 */
	int line;  /* 0: the default, no line says so */
	const char *section, *key;
	const char *text; /* the value, for people */
	/* The rule that it comes from; its section is NULL if it is no rule. */
	struct who_match by;
	enum who_kind kind;
};
enum { POLICY_ALL = 10000 }; /* 100% */

struct policy_queue {
	char *path; /* "ivr/Billing" */
	char *name; /* of it, by naming_key() */
	enum call_class class;
	const struct doc_section *section;
};

struct policy {
	const struct doc *doc;
	struct policy_queue *queue; /* by class and name */
	size_t queues;
	struct who_rules who;
	/* Of its file; "": not known. Set by who reads that. */
	char sha256[HASH_HEX_SIZE];
};

void policy_free(struct policy *p);

/*
 * All values of one setting for a path, the nearest first and the default last:
 * chain[0] decides, it overrides the others. Returns their number; at most
 * `max` are filled in.
 */
size_t policy_chain(const struct policy *p, enum call_class class,
    const char *path, enum policy_key key, struct policy_value *chain,
    size_t max);
struct policy_value policy_get(const struct policy *p, enum call_class class,
    const char *path, enum policy_key key);
/*
 * The same with the rules that match (who.h; NULL: none). They come before the
 * queue, in the order number, agent, internal. For `record`, a no of any of
 * these or of the queue decides.
 */
size_t policy_chain_for(const struct policy *p, enum call_class class,
    const char *path, const struct who *who, enum policy_key key,
    struct policy_value *chain, size_t max);
struct policy_value policy_get_for(const struct policy *p,
    enum call_class class, const char *path, const struct who *who,
    enum policy_key key);

const char *policy_value_text(enum policy_key key, int value);
/* The value that the text stands for, or -1. */
int policy_value_of(enum policy_key key, const char *text);

/*
 * The path in the policy's spelling, if it has a section for the queue or for a
 * menu above it. The caller frees it.
 */
char *policy_spelling(
    const struct policy *p, enum call_class class, const char *path);

/* The keys of [messages]. */
extern const char *const policy_message_names[];
/* "record_inbound" ...: what plays before a call of a class is recorded. */
extern const char *const policy_class_messages[CALL_CLASSES];
#define POLICY_ASK_MESSAGE "ask_permission"
/*
 * The key with the audio file of a message in a language (NULL: no language),
 * or NULL. For es_mx it is looked up in [messages es-MX], then [messages es],
 * then [messages]. record_outbound replaces a record_callback that is missing.
 */
const struct doc_key *policy_message(
    const struct policy *p, const char *name, const char *language);

/* False if no call can be recorded by this policy. */
bool policy_records(const struct policy *p);

#endif
