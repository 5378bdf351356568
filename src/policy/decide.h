/* SPDX-License-Identifier: ISC */
#ifndef DECIDE_H
#define DECIDE_H

/*
 * Decides a call by a policy: which queue and agent have it when, which
 * messages play, what is recorded, and which lines of the policy say so.
 *
 *	decide_begin(&d, &policy, &call, false);
 *	decide_event(&d, &e) ...
 *	decide_end(&d, end_us);		d.plan is filled from here on
 *	decide_free(&d);
 *
 * decide_call() does all of it for an ended call. Policy and call are borrowed.
 */

#include "plan.h"
#include "policy.h"
#include "timeline.h"

struct decide_segment {
	int64_t at_us;
	int line;   /* of the transfer; 0 for the first */
	char *path; /* "ivr/Billing", or the channel alone */
	char *agent;
	struct who who; /* the rules that match */
	struct policy_value value[POLICY_KEYS];
	bool record;
	enum timeline_bar bar; /* why not, if it is not recorded */
};

struct decide_message {
	const struct doc_key *key; /* of the policy's [messages] */
	enum timeline_message kind;
};

struct decision {
	const struct policy *policy;
	const struct call *call;
	struct timeline timeline;
	struct decide_segment *segment; /* who held the call, at least one */
	size_t segments;
	struct decide_message *message; /* in the order in which they play */
	size_t messages;
	/*
	 * "policy.ini:2: ...": the policy lacks a message that must play. This
	 * is an error of the policy: the call is not decided. NULL: none.
	 */
	char *fault;
	/* The same: a rule says record = no, and who takes part is missing. */
	char *unknown;
	char *refused;    /* the line that says no to somebody who joined */
	struct who who;   /* the rules that match the call, whoever has it */
	struct plan plan; /* after decide_end */
};

/* live: the PBX will report with `announced` that the messages were played. */
void decide_begin(struct decision *d, const struct policy *policy,
    const struct call *call, bool live);
void decide_event(struct decision *d, const struct call_event *e);
/* end_us: where the call ends if it had no `end` event. */
void decide_end(struct decision *d, int64_t end_us);
void decide_call(struct decision *d, const struct policy *policy,
    const struct call *call, int64_t end_us);
bool decide_has_end(const struct call *call);
void decide_free(struct decision *d);

/* "policy.ini:14 [inbound] record". The caller frees it. */
char *decide_line(const struct policy *p, const struct policy_value *v);
/* Why the call is not recorded, as a line like that. The caller frees it. */
char *decide_bar(const struct decision *d, const struct decide_segment *s,
    enum timeline_bar bar);
/* True if permission is asked while this segment has the call. */
bool decide_asks(const struct decision *d, const struct policy_value *v);
/* name, joined with the directory of the file that names it. */
char *decide_path(const char *beside, const char *name);

/*
 * Adds the plan to a document: the call's sections, unchanged except for the
 * paths of legs; the decision; the facts that are passed on (plan_facts.h). If the
 * log does not record when the messages were heard, not_told says so.
 */
void decide_to_doc(const struct decision *d, struct doc *doc);

#endif
