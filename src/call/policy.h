/* SPDX-License-Identifier: ISC */
#ifndef POLICY_H
#define POLICY_H

/*
 * The recording policy: rec-policy(5). Made from a document, which must live
 * as long (policy_read.h). Every value comes with the line that decided it.
 *
 * A setting is one row of the table in policy.c, which says where it stands,
 * what it may be, and what it needs to have an effect; recpolicy -e and -t go
 * by that table.
 */

#include "call.h"
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

/* Without which a setting has no effect anywhere. */
enum policy_need {
	POLICY_NEEDS_NOTHING,
	POLICY_NEEDS_RECORD,
	POLICY_NEEDS_PLAY,     /* and a message that rectools tells of */
	POLICY_NEEDS_ANY_PLAY, /* or one of the PBX's own */
	POLICY_NEEDS_OUTBOUND_ASK
};

struct policy_setting {
	const char *name;
	enum policy_place place;
	int built_in;
	const char *const *words; /* NULL: yes or no */
	enum policy_need need;
	const char *with[2]; /* needs one of these settings to be on, too */
	const char *message; /* a message that it plays, or NULL */
	bool percent;        /* it is 0% to 100%, and no word */
};
extern const struct policy_setting policy_settings[POLICY_KEYS];

struct policy_value {
	int value; /* yes is 1 */
	int line;  /* 0: no line says so, it is built in */
	const char *section, *key;
	const char *text; /* the value, as it is shown */
	/* The rule that it comes from; section NULL: another section. */
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
};

void policy_free(struct policy *p);

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
/*
 * The same with the rules that match (who.h; NULL: none does). They come before
 * the queue: number, agent, internal. Of `record` a no of any of these or of the
 * queue decides, whatever the others say.
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
 * The path as the policy spells it, where it has a section for the queue or for
 * a menu above it. The caller frees it.
 */
char *policy_spelling(
    const struct policy *p, enum call_class class, const char *path);

/* The names of messages that may stand in [messages]. */
extern const char *const policy_message_names[];
/* "record_inbound" ...: what plays before a call of a class is recorded. */
extern const char *const policy_class_messages[CALL_CLASSES];
#define POLICY_ASK_MESSAGE "ask_permission"
/*
 * The audio file of a message in a language (NULL: none told), or NULL. es_mx
 * looks into [messages es-MX], [messages es] and [messages]; record_callback
 * that no one sets is record_outbound.
 */
const struct doc_key *policy_message(
    const struct policy *p, const char *name, const char *language);

/* Is there any call that it lets be recorded? */
bool policy_records(const struct policy *p);

#endif
