/* SPDX-License-Identifier: ISC */
#ifndef CEL_CALL_H
#define CEL_CALL_H

/*
 * One call in the CEL of Asterisk: who was with the customer and when, the
 * recorders, and the events of the dialplan. cel_board.h fills it row by row. At
 * its end it becomes an import_call.
 *
 *	struct cel_call *k = cel_call_new("1796001655.2");
 *	cel_call_company(k, present, n, at_us);		whenever that changes
 *	cel_call_finish(k, im);
 *	... k->call ...
 *	cel_call_free(k);
 */

#include "import.h"
#include "mixmonitor.h"
#include "queue_log.h"

/* A channel, from its first row to the end of its call. */
struct cel_chan {
	char *uniqueid;
	char *name;          /* "IAX2/agent1-1046" */
	char *number;        /* "" if missing */
	struct cel_call *of; /* changes if two calls become one */
	struct cel_chan *next;
	struct cel_chan *half; /* the other end of a Local channel, or NULL */
	struct cel_bridge *in; /* NULL: none */
	int64_t answered_us;   /* 0: not yet */
	bool real, hung_up, over;
	struct import_playing playing;
};

/* The time during which a channel was with the customer; to_us 0: still. */
struct cel_span {
	char *uniqueid, *name, *number;
	int64_t from_us, to_us;
};

struct cel_call {
	struct import_call call;
	struct cel_chan *chan;     /* those that belong to it now */
	struct cel_chan *customer; /* NULL: not known yet, or gone */
	char *left;                /* the customer's last bridge */
	int64_t left_us;
	struct cel_span *span;
	size_t spans;
	struct recorder *recorder;
	size_t recorders;
	int64_t *key_us; /* when someone pressed a key of the phone */
	size_t keys;
	int64_t last_us; /* of its last row */
	char *senior;    /* another call that it is a part of, or NULL */
	bool begun, gone, held;
};

struct cel_call *cel_call_new(const char *key);
void cel_call_free(struct cel_call *k); /* not its channels */

/* The member's name in a channel's: IAX2/agent1 in "IAX2/agent1-1046", a/b in
 * "a/b/c". */
char *cel_member(const char *channel);
/* Sets who is together now; without the customer, the others talk alone. */
void cel_call_company(struct cel_call *k, struct cel_chan *const *present,
    size_t n, int64_t at_us);
/* MixMonitor or Monitor begins on a channel, enters or leaves a bridge, stops. */
void cel_call_record(struct cel_call *k, const struct cel_chan *chan,
    const char *app, const char *data, int64_t at_us);
void cel_call_bridged(struct cel_call *k, const struct cel_chan *chan,
    int64_t at_us, bool enters);
void cel_call_stop(struct cel_call *k, const char *uniqueid, int64_t at_us);
/* Makes events of the spans: answer, join, transfer, leave. */
void cel_call_parties(struct cel_call *k);
/*
 * Completes k->call. log: the entries of the queue_log, or NULL. They give the
 * names of the agents, the queue if the CEL has no applications, and user-defined
 * events.
 */
void cel_call_finish(
    struct cel_call *k, struct import *im, const struct queue_entry *log);

#endif
