/* SPDX-License-Identifier: ISC */
#ifndef TIMELINE_H
#define TIMELINE_H

/*
 * Which seconds of a call are recorded: a state machine that takes the events
 * of a call in the order of time, during the call or after it. The rules are in
 * rec-policy(5), "From events to recordings".
 *
 *	timeline_begin(&t, &setup, &holder);
 *	timeline_feed(&t, &event, NULL) ...	a transfer brings a new holder
 *	timeline_end(&t, at_us);		if there was no `end`
 *	... t.recording, t.action ...
 *	timeline_free(&t);
 */

#include "call.h"
#include "plan.h"

/* The messages that can play. */
enum timeline_message {
	TIMELINE_RECORD_MESSAGE,
	TIMELINE_ASK_MESSAGE,
	TIMELINE_THIRD_MESSAGE, /* for a third party that joins */
	TIMELINE_ASK_THIRD,
	TIMELINE_MESSAGES
};

/*
 * Reasons not to record at this moment, in the order in which they are tested.
 */
enum timeline_bar {
	TIMELINE_NO_BAR,
	TIMELINE_UNANSWERED,
	TIMELINE_DECLINED,
	TIMELINE_ENDED,
	TIMELINE_REFUSED,    /* a number that joined must not be recorded */
	TIMELINE_QUEUE,      /* the policy does not record in this queue */
	TIMELINE_AGENT,      /* or while this agent has the call */
	TIMELINE_SHARE,      /* the call is not in the share to record */
	TIMELINE_HOURS,      /* the call began outside of the hours to record */
	TIMELINE_UNKNOWN,    /* a rule with `record = no` may match this call */
	TIMELINE_NO_MESSAGE, /* the policy lacks a message that must play */
	TIMELINE_FAILED,     /* a message could not be played */
	TIMELINE_UNHEARD,    /* messages have not been heard */
	TIMELINE_CONSENT,    /* consent has not been given */
	TIMELINE_THIRD_UNHEARD,
	TIMELINE_THIRD_CONSENT,
	TIMELINE_ALONE,     /* fewer than two are on the line */
	TIMELINE_CUSTOMER,  /* the customer has left */
	TIMELINE_THIRD,     /* the agent has left; a third party is there */
	TIMELINE_EMERGENCY, /* the agent has left; an emergency number is */
	TIMELINE_BARS
};
/* The reason in a cut: "no-consent" ... */
extern const char *const timeline_bar_names[TIMELINE_BARS];

/* The queue and the agent that have the call, and what the policy says. */
struct timeline_holder {
	const char *queue, *agent; /* copied; NULL: none */
	bool record, redaction;
	enum timeline_bar bar; /* why not to record; NO_BAR: the queue */
	bool play;             /* a message must be heard first */
	bool ask;              /* permission is asked */
	bool third_play, third_ask;
	bool missing;       /* the policy lacks one of these messages */
	bool record_anyway; /* if a message failed */
	/* Files that `message failed` can name; NULL: none. Borrowed. */
	const char *message[TIMELINE_MESSAGES];
};

struct timeline_setup {
	bool per_segment;
	bool wait_announced; /* if messages play, wait for `announced` */
	bool no_customer;    /* only agent and third party are on the line */
	bool after_customer, with_third, with_emergency; /* on and allowed */
	bool drop_empty; /* leave out a recording that is cut completely */
};

enum timeline_kind {
	TIMELINE_START,
	TIMELINE_PAUSE,
	TIMELINE_RESUME,
	TIMELINE_STOP,
	TIMELINE_NEW_SEGMENT,
	TIMELINE_DISCARD, /* delete what was recorded of this call */
	TIMELINE_KINDS
};
extern const char *const timeline_kind_names[TIMELINE_KINDS + 1];

struct timeline_action {
	int64_t at_us;
	enum timeline_kind kind;
	enum timeline_bar bar; /* the reason of a TIMELINE_STOP */
	int line;              /* of the event that caused it; 0: none */
};

/* From when on a recording is stopped, and why. */
struct timeline_gap {
	int64_t from_us;
	enum timeline_bar bar;
};

struct timeline {
	struct timeline_setup setup;
	struct timeline_holder holder;
	char *queue, *agent;    /* the holder's, own copies */
	int64_t now_us, end_us; /* end_us is set when it has ended */
	bool answered, announced, granted, unanswered, declined, ended;
	bool refused;   /* a number joined that must not be recorded */
	bool doubtful;  /* a party joined whose number is missing */
	bool undecided; /* only TIMELINE_UNKNOWN prevented a recording */
	bool discarded;
	bool customer, customer_left, agent_there;
	unsigned third, emergency;
	unsigned joins;                  /* of third parties, ever */
	bool third_heard, third_granted; /* by all third parties there */
	bool failed[TIMELINE_MESSAGES];
	enum timeline_message failed_last;
	int failed_line;
	char *failed_file;
	bool paused, paying;
	bool recording_on, cutting;
	bool talk;       /* that must not be heard */
	int64_t talk_us; /* since then */
	int declined_line, refused_line;
	int64_t cut_start_us;
	unsigned cut_why;
	struct plan result;       /* only its recordings */
	struct timeline_gap *gap; /* since the last one stopped */
	size_t gaps;
	struct timeline_action *action;
	size_t actions;
	enum timeline_bar bar, before_end; /* now, and before the end */
};

void timeline_begin(struct timeline *t, const struct timeline_setup *setup,
    const struct timeline_holder *holder);
/*
 * An event with an earlier time than the last one gets the time of the last
 * one. holder: who has the call from this event on; NULL: no change.
 */
void timeline_feed(struct timeline *t, const struct call_event *e,
    const struct timeline_holder *holder);
void timeline_end(struct timeline *t, int64_t at_us);
/* The party that joins with the next event must not be recorded. */
void timeline_refuse(struct timeline *t, int line);
/* True if the call has ended, or nothing more of it may be recorded. */
bool timeline_is_over(const struct timeline *t);
/* True if a message has failed, and nothing is recorded without it. */
bool timeline_has_failed(const struct timeline *t);
void timeline_free(struct timeline *t);

#endif
