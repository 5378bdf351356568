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

/* What is played to whom. */
enum timeline_message {
	TIMELINE_RECORD_MESSAGE,
	TIMELINE_ASK_MESSAGE,
	TIMELINE_THIRD_MESSAGE, /* for a third party that joins */
	TIMELINE_ASK_THIRD,
	TIMELINE_MESSAGES
};

/* What keeps a call from being recorded, in the order in which it is asked. */
enum timeline_bar {
	TIMELINE_NO_BAR,
	TIMELINE_UNANSWERED,
	TIMELINE_DECLINED,
	TIMELINE_ENDED,
	TIMELINE_REFUSED,    /* a number that has joined is not recorded */
	TIMELINE_QUEUE,      /* which does not record */
	TIMELINE_AGENT,      /* likewise */
	TIMELINE_SHARE,      /* of the calls that are recorded */
	TIMELINE_UNKNOWN,    /* who it is whom a rule may refuse */
	TIMELINE_NO_MESSAGE, /* in the policy, where one must play */
	TIMELINE_FAILED,     /* a message could not be played */
	TIMELINE_UNHEARD,    /* messages */
	TIMELINE_CONSENT,    /* has not been given */
	TIMELINE_THIRD_UNHEARD,
	TIMELINE_THIRD_CONSENT,
	TIMELINE_ALONE,     /* fewer than two are on the line */
	TIMELINE_CUSTOMER,  /* has left */
	TIMELINE_THIRD,     /* the agent has left them with a third party */
	TIMELINE_EMERGENCY, /* or with an emergency number */
	TIMELINE_BARS
};
/* Of a stretch that was not recorded in the midst of a recording. */
extern const char *const timeline_bar_names[TIMELINE_BARS];

/* Who holds the call: a queue, judged by the policy, and an agent. */
struct timeline_holder {
	const char *queue, *agent; /* copied; NULL: none */
	bool record, redaction;
	enum timeline_bar bar; /* why not to record, if it is not the queue */
	bool play;             /* a message is to be heard before */
	bool ask;              /* permission is asked */
	bool third_play, third_ask;
	bool missing; /* a message of these that the policy does not have */
	bool record_anyway; /* where a message failed */
	/* Files that a failure can name; NULL: none. Borrowed. */
	const char *message[TIMELINE_MESSAGES];
};

struct timeline_setup {
	bool per_segment;
	bool wait_announced; /* an `announced` is to come where messages play */
	bool wait_third;     /* likewise for third parties */
	bool no_customer;    /* agent and third party alone, from the answer */
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

struct timeline_action {
	int64_t at_us;
	enum timeline_kind kind;
	enum timeline_bar bar; /* that made a TIMELINE_STOP */
	int line;              /* of the event that brought it; 0: none */
};

/* Since when a recording that has stopped is held back, and by what. */
struct timeline_gap {
	int64_t from_us;
	enum timeline_bar bar;
};

struct timeline {
	struct timeline_setup setup;
	struct timeline_holder holder;
	char *queue, *agent;    /* the holder's, own copies */
	int64_t now_us, end_us; /* end_us: once it has ended */
	bool answered, announced, granted, unanswered, declined, ended;
	bool refused;   /* by the number of one who joined */
	bool doubtful;  /* likewise, and the number is not told */
	bool undecided; /* it would have been recorded but for a doubt */
	bool discarded;
	bool customer, customer_left, agent_there;
	unsigned third, emergency;
	unsigned joins;                  /* of third parties, ever */
	bool third_heard, third_granted; /* by all that are there */
	bool failed[TIMELINE_MESSAGES];
	int failed_line;
	char *failed_file;
	bool paused, paying;
	bool recording_on, cutting;
	bool talk; /* that nobody is to hear, since then */
	int64_t talk_us;
	int declined_line, refused_line;
	int64_t cut_start_us;
	unsigned cut_why;
	struct plan result;       /* only its recordings */
	struct timeline_gap *gap; /* since the last one stopped */
	size_t gaps;
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
/* The event that is fed next brings someone who must not be recorded. */
void timeline_refuse(struct timeline *t, int line);
/* It has ended, or nothing of it is recorded. */
bool timeline_is_over(const struct timeline *t);
/* A message has failed without which nothing is recorded. */
bool timeline_has_failed(const struct timeline *t);
/* Which of the holder's messages a failure names, by the end of its path. */
enum timeline_message timeline_message_of(
    const struct timeline_holder *h, const char *file);
void timeline_free(struct timeline *t);

#endif
