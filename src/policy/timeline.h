/* SPDX-License-Identifier: ISC */
#ifndef TIMELINE_H
#define TIMELINE_H

/*
 * What of a call is recorded, second by second: a machine that is fed with the
 * events of a call in the order of time, while the call goes on or afterwards.
 * The rules are in rec-policy(5), "From events to recordings".
 *
 *	timeline_begin(&t, &setup, &holder);
 *	timeline_feed(&t, &event, NULL) ...	a transfer brings a new holder
 *	timeline_end(&t, at_us);		if there was no `end`
 *	... t.recording, t.action ...
 *	timeline_free(&t);
 */

#include "call.h"
#include "plan.h"

/* Who holds the call: a queue, judged by the policy, and an agent. */
struct timeline_holder {
	const char *queue, *agent; /* copied; NULL: none */
	bool record, redaction;
	bool play; /* there are messages to be heard before */
	bool ask;  /* permission is asked */
};

struct timeline_setup {
	bool per_segment;
	bool wait_announced; /* an `announced` is to come where messages play */
	bool after_customer, with_third, with_emergency; /* on and allowed */
	bool drop_empty; /* a recording of which all is cut */
};

enum timeline_kind {
	TIMELINE_START,
	TIMELINE_PAUSE,
	TIMELINE_RESUME,
	TIMELINE_STOP,
	TIMELINE_NEW_SEGMENT,
	TIMELINE_DISCARD, /* what was recorded of this call must go */
	TIMELINE_KINDS
};
extern const char *const timeline_kind_names[TIMELINE_KINDS + 1];

/* What keeps a call from being recorded, in the order in which it is asked. */
enum timeline_bar {
	TIMELINE_NO_BAR,
	TIMELINE_UNANSWERED,
	TIMELINE_DECLINED,
	TIMELINE_ENDED,
	TIMELINE_QUEUE,    /* which does not record */
	TIMELINE_MESSAGES, /* have not been heard */
	TIMELINE_CONSENT,  /* has not been given */
	TIMELINE_ALONE,    /* fewer than two are on the line */
	TIMELINE_CUSTOMER, /* has left */
	TIMELINE_THIRD,    /* the agent has left them with a third party */
	TIMELINE_EMERGENCY /* or with an emergency number */
};

struct timeline_action {
	int64_t at_us;
	enum timeline_kind kind;
	enum timeline_bar bar; /* that made a TIMELINE_STOP */
	int line;              /* of the event that brought it; 0: none */
};

struct timeline {
	struct timeline_setup setup;
	struct timeline_holder holder;
	char *queue, *agent;    /* the holder's, own copies */
	int64_t now_us, end_us; /* end_us: once it has ended */
	bool answered, announced, granted, unanswered, declined, ended;
	bool customer, agent_there;
	unsigned third, emergency;
	bool paused, paying;
	bool recording_on, cutting;
	int declined_line;
	int64_t cut_start_us;
	unsigned cut_why;
	struct plan result; /* only its recordings */
	struct timeline_action *action;
	size_t actions;
	enum timeline_bar bar, before_end; /* as it is now, and was then */
};

void timeline_begin(struct timeline *t, const struct timeline_setup *setup,
    const struct timeline_holder *holder);
/* An event that lies before the one fed last counts as at its time. */
void timeline_feed(struct timeline *t, const struct call_event *e,
    const struct timeline_holder *holder);
void timeline_end(struct timeline *t, int64_t at_us);
void timeline_free(struct timeline *t);

#endif
