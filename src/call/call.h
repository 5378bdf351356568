/* SPDX-License-Identifier: ISC */
#ifndef CALL_H
#define CALL_H

/*
 * A call, as rec-call(5) describes it. It is made from a document and borrows
 * the document's text, so the document must live as long as the call.
 */

#include <stdint.h>

#include "doc.h"

#include "text.h"

extern const char *const call_channel_names[]; /* ivr, mobile, web */

enum call_class { CALL_INBOUND, CALL_CALLBACK, CALL_OUTBOUND, CALL_CLASSES };
extern const char *const call_class_names[CALL_CLASSES + 1];
/* The class of a call type ("dialpad"); CALL_CLASSES: there is no such type. */
enum call_class call_class_of(const char *type);

/* Which of a leg's two times is certain: `fits` of rec-call(5). */
enum call_fits {
	CALL_FITS_UNTOLD, /* no `fits`: start, and end if it is given */
	CALL_FITS_START,
	CALL_FITS_END,
	CALL_FITS_NONE
};
extern const char *const call_fits_names[]; /* "start", "end", "none" */

/* `at`: the sound from file_us on was heard from call_us on. */
struct call_anchor {
	int64_t file_us, call_us;
};

struct call_leg {
	const char *role;  /* first word: customer, agent, third-party ... */
	const char *label; /* the rest, or "" */
	const char *file;
	int64_t start_us; /* after `started`; 0 if missing */
	int64_t end_us;   /* -1: missing */
	bool start_told;
	enum call_fits fits;
	int64_t within_us;          /* how exact these times are; 0: exact */
	struct call_anchor *anchor; /* rising in both; owned by the call */
	size_t anchors;
	int channel; /* of the file, from 1; 0: all mixed */
	/* Of a packet capture; NULL: missing. Owned by the call. */
	char *streams;  /* the leg's packets, instead of a channel */
	char *payloads; /* the payload types of the capture */
	const char
	    *format;   /* of a file without a header; NULL: by its suffix */
	unsigned rate; /* of such a file; 0: that of its format */
	int channels;  /* of such a file; 0: one */
	const struct doc_section *section;
};

/* Sets a key of a [leg], except file and format. Not 0: the value is invalid. */
int call_leg_take(struct call_leg *leg, const char *name, const char *value);

enum call_event_kind {
	CALL_ANSWER,
	CALL_ANNOUNCING,
	CALL_ANNOUNCED,
	CALL_MESSAGE_FAILED,
	CALL_CONSENT,
	CALL_PAUSE,
	CALL_RESUME,
	CALL_PAYMENT_START,
	CALL_PAYMENT_END,
	CALL_TRANSFER,
	CALL_JOIN,
	CALL_LEAVE,
	CALL_HOLD, /* for people: it changes nothing */
	CALL_UNHOLD,
	CALL_END,
	CALL_EVENTS
};
extern const char *const call_event_names[CALL_EVENTS + 1];

enum call_consent { CALL_GRANTED, CALL_DECLINED, CALL_NO_ANSWER };

/* Who can join or leave: CALL_PARTY_AGENT ... */
enum call_party {
	CALL_PARTY_CUSTOMER,
	CALL_PARTY_AGENT,
	CALL_PARTY_THIRD,
	CALL_PARTY_EMERGENCY,
	CALL_PARTIES
};
extern const char *const call_party_names[CALL_PARTIES + 1];
/* True for those who join a call that goes on. */
bool call_party_joins(enum call_party party);

struct call_event {
	int64_t at_us; /* after `started` */
	enum call_event_kind kind;
	enum call_consent consent; /* CALL_CONSENT */
	/* Who joins or leaves, gives consent, or has heard the messages:
	 * CALL_JOIN, CALL_LEAVE, CALL_CONSENT, CALL_ANNOUNCED */
	enum call_party party;
	char *queue, *agent; /* CALL_TRANSFER; NULL: as before */
	char *number;        /* CALL_JOIN; NULL: missing */
	char *file;          /* CALL_MESSAGE_FAILED */
	int line;
};

struct call {
	const struct doc *doc;
	const struct doc_section *facts; /* [call], unknown keys included */
	const char *id, *type, *channel, *queue, *language, *agent;
	enum call_class class;
	int64_t started_us; /* since 1970; 0: missing */
	struct call_leg *leg;
	size_t legs;
	struct call_event *event; /* in order of time, equal times as written */
	size_t events;
};

/*
 * 0, or -1 with why = "file:line: ...". Checks everything: the id, the type,
 * channel, times, roles, events, unknown sections and repeated keys. Unknown
 * keys of [call] are facts and are kept. `channel` is ivr if it is missing,
 * `queue` is NULL for calls without one.
 */
int call_from_doc(struct call *call, const struct doc *doc, struct why *why);
void call_free(struct call *call);

/* Only [call] and the [leg]s, as in a plan; other sections are ignored. */
int call_facts_from_doc(
    struct call *call, const struct doc *doc, struct why *why);

/* When the call ended, also if only a plan's [events] say it; -1: unknown. */
int64_t call_end_us(const struct call *call);

/* One event: "45.0" and "pause". line is for messages. 0 or -1 with why. */
int call_event_parse(
    struct call_event *e, const char *at, const char *text, struct why *why);
void call_event_free(struct call_event *e);

#endif
