/* SPDX-License-Identifier: ISC */
#include "timeline.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "text.h"

const char *const timeline_kind_names[] = {
    "start", "pause", "resume", "stop", "new-segment", "discard", NULL};

const char *const timeline_bar_names[TIMELINE_BARS] = {
    [TIMELINE_UNANSWERED] = "not-answered",
    [TIMELINE_DECLINED] = "consent-declined",
    [TIMELINE_ENDED] = "ended",
    [TIMELINE_REFUSED] = "number-not-recorded",
    [TIMELINE_QUEUE] = "queue-not-recorded",
    [TIMELINE_AGENT] = "agent-not-recorded",
    [TIMELINE_SHARE] = "not-in-share",
    [TIMELINE_HOURS] = "not-in-hours",
    [TIMELINE_UNKNOWN] = "not-told-who",
    [TIMELINE_NO_MESSAGE] = "message-missing",
    [TIMELINE_FAILED] = "message-failed",
    [TIMELINE_UNHEARD] = "messages-not-heard",
    [TIMELINE_CONSENT] = "no-consent",
    [TIMELINE_THIRD_UNHEARD] = "third-party-not-told",
    [TIMELINE_THIRD_CONSENT] = "third-party-no-consent",
    [TIMELINE_ALONE] = "one-party-alone",
    [TIMELINE_CUSTOMER] = "customer-left",
    [TIMELINE_THIRD] = "agent-left",
    [TIMELINE_EMERGENCY] = "agent-left",
};

enum { CUT_PAUSE = 1, CUT_PAYMENT = 2 };

static void
set_holder(struct timeline *t, const struct timeline_holder *holder)
{
	char *queue = text_dup(holder->queue);
	char *agent = text_dup(holder->agent);

	free(t->queue);
	free(t->agent);
	t->holder = *holder;
	t->holder.queue = t->queue = queue;
	t->holder.agent = t->agent = agent;
}

void
timeline_begin(struct timeline *t, const struct timeline_setup *setup,
    const struct timeline_holder *holder)
{
	*t = (struct timeline){.setup = *setup,
	    .customer = !setup->no_customer,
	    .third = setup->no_customer,
	    .third_heard = true,
	    .third_granted = true,
	    .agent_there = true,
	    .bar = TIMELINE_UNANSWERED};
	set_holder(t, holder);
}

void
timeline_free(struct timeline *t)
{
	plan_free(&t->result);
	free(t->action);
	free(t->gap);
	free(t->failed_file);
	free(t->queue);
	free(t->agent);
	*t = (struct timeline){0};
}

static void
add_timeline_action(struct timeline *t, enum timeline_kind kind, int line)
{
	if ((t->actions & (t->actions - 1)) == 0)
		t->action = mem_resize(t->action,
		    t->actions ? t->actions * 2 : 1, sizeof *t->action);
	t->action[t->actions++] =
	    (struct timeline_action){t->now_us, kind, t->bar, line};
}

/* There must be someone to talk to, and those who have left may be missing. */
static enum timeline_bar
company_bar(const struct timeline *t)
{
	const struct timeline_setup *s = &t->setup;

	if (t->customer + t->agent_there + t->third + t->emergency < 2)
		return TIMELINE_ALONE;
	if (t->customer_left && !s->after_customer)
		return TIMELINE_CUSTOMER;
	if (t->agent_there)
		return TIMELINE_NO_BAR;
	if (t->third > 0 && !s->with_third)
		return TIMELINE_THIRD;
	if (t->emergency > 0 && !s->with_emergency)
		return TIMELINE_EMERGENCY;
	return TIMELINE_NO_BAR;
}

/* What a message or a question prevents. */
static enum timeline_bar
message_bar(const struct timeline *t, enum timeline_message message, bool heard,
    enum timeline_bar bar)
{
	const struct timeline_holder *h = &t->holder;
	bool question =
	    message == TIMELINE_ASK_MESSAGE || message == TIMELINE_ASK_THIRD;

	if (heard || (t->failed[message] && h->record_anyway && !question))
		return TIMELINE_NO_BAR;
	return t->failed[message] ? TIMELINE_FAILED : bar;
}

/* What the customer has not heard or not granted. */
static enum timeline_bar
customer_bar(const struct timeline *t)
{
	const struct timeline_holder *h = &t->holder;
	enum timeline_bar heard = TIMELINE_NO_BAR, asked = TIMELINE_NO_BAR;

	if (h->play && t->setup.wait_announced)
		heard = message_bar(
		    t, TIMELINE_RECORD_MESSAGE, t->announced, TIMELINE_UNHEARD);
	if (h->ask)
		asked = message_bar(
		    t, TIMELINE_ASK_MESSAGE, t->granted, TIMELINE_CONSENT);
	/* A failure is a better reason than what did not happen after it. */
	if (heard == TIMELINE_NO_BAR || asked == TIMELINE_FAILED)
		return asked;
	return heard;
}

bool
timeline_has_failed(const struct timeline *t)
{
	return customer_bar(t) == TIMELINE_FAILED;
}

/* The third parties on the line. */
static enum timeline_bar
third_bar(const struct timeline *t)
{
	const struct timeline_holder *h = &t->holder;
	enum timeline_bar bar = TIMELINE_NO_BAR;

	if (t->third == 0)
		return bar;
	if (h->third_play)
		bar = message_bar(t, TIMELINE_THIRD_MESSAGE, t->third_heard,
		    TIMELINE_THIRD_UNHEARD);
	if (bar == TIMELINE_NO_BAR && h->third_ask)
		bar = message_bar(t, TIMELINE_ASK_THIRD, t->third_granted,
		    TIMELINE_THIRD_CONSENT);
	return bar;
}

static enum timeline_bar
find_bar(const struct timeline *t)
{
	const struct timeline_holder *h = &t->holder;
	enum timeline_bar bar;

	if (!t->answered)
		return TIMELINE_UNANSWERED;
	if (t->declined)
		return TIMELINE_DECLINED;
	if (t->refused)
		return TIMELINE_REFUSED;
	if (t->ended)
		return TIMELINE_ENDED;
	if (!h->record)
		return h->bar == TIMELINE_NO_BAR ? TIMELINE_QUEUE : h->bar;
	if (t->doubtful)
		return TIMELINE_UNKNOWN;
	if (h->missing)
		return TIMELINE_NO_MESSAGE;
	bar = customer_bar(t);
	if (bar == TIMELINE_NO_BAR)
		bar = third_bar(t);
	return bar == TIMELINE_NO_BAR ? company_bar(t) : bar;
}

static struct plan_recording *
current(struct timeline *t)
{
	return &t->result.recording[t->result.recordings - 1];
}

static void
close_cut(struct timeline *t)
{
	static const char *const reasons[] = {
	    "cut", "pause", "payment", "pause+payment"};

	if (t->cutting && t->now_us > t->cut_start_us)
		plan_add_cut(current(t), t->cut_start_us, t->now_us,
		    reasons[t->cut_why]);
	t->cutting = false;
}

/* Not recorded from here on, for the present reason. */
static void
mark_gap(struct timeline *t)
{
	if (t->gaps > 0 && t->gap[t->gaps - 1].bar == t->bar)
		return;
	t->gap = mem_resize(t->gap, t->gaps + 1, sizeof *t->gap);
	t->gap[t->gaps++] = (struct timeline_gap){t->now_us, t->bar};
}

/* One file for the call: the time between is cut out of it. */
static void
reopen_recording(struct timeline *t)
{
	struct plan_recording *r = current(t);
	const struct timeline_gap *last = NULL;

	for (size_t i = 0; i < t->gaps; i++) {
		const struct timeline_gap *g = &t->gap[i];
		int64_t to_us = i + 1 < t->gaps ? g[1].from_us : t->now_us;

		if (to_us <= g->from_us)
			continue;
		if (last && last->bar == g->bar)
			r->cut[r->cuts - 1].end_us = to_us;
		else
			plan_add_cut(
			    r, g->from_us, to_us, timeline_bar_names[g->bar]);
		last = g;
	}
	t->recording_on = true;
}

/* A party that is alone does not talk to anyone. */
static bool
is_talk(enum timeline_bar bar)
{
	return bar != TIMELINE_NO_BAR && bar != TIMELINE_UNANSWERED &&
	       bar != TIMELINE_ENDED && bar != TIMELINE_ALONE;
}

static void
open_recording(struct timeline *t)
{
	struct plan_recording *r;

	if (!t->setup.per_segment && t->result.recordings > 0) {
		reopen_recording(t);
		return;
	}
	r = plan_add_recording(&t->result, t->now_us, t->now_us);
	r->queue = text_dup(t->queue);
	r->agent = text_dup(t->agent);
	r->talk_before = t->talk && t->talk_us < t->now_us;
	t->recording_on = true;
}

static void
drop_last(struct plan *p)
{
	struct plan one = {0};

	one.recording = mem_alloc(sizeof *one.recording);
	one.recording[0] = p->recording[--p->recordings];
	one.recordings = 1;
	plan_free(&one);
}

static void
close_recording(struct timeline *t)
{
	struct plan_recording *r = current(t);
	int64_t kept;

	close_cut(t);
	t->recording_on = false;
	r->end_us = t->now_us;
	r->talk_after = is_talk(t->bar);
	kept = r->end_us - r->start_us;
	for (size_t i = 0; i < r->cuts && t->setup.drop_empty; i++)
		kept -= r->cut[i].end_us - r->cut[i].start_us;
	if (kept <= 0)
		drop_last(&t->result);
	t->gaps = 0;
}

static void
redact(struct timeline *t, int line)
{
	unsigned why =
	    (t->paused ? CUT_PAUSE : 0u) | (t->paying ? CUT_PAYMENT : 0u);

	if (why && !t->cutting) {
		t->cutting = true;
		t->cut_start_us = t->now_us;
		t->cut_why = why;
		add_timeline_action(t, TIMELINE_PAUSE, line);
	} else if (why) {
		t->cut_why |= why;
	} else if (t->cutting) {
		close_cut(t);
		add_timeline_action(t, TIMELINE_RESUME, line);
	}
}

/* Starts, stops or pauses the recording by the state after an event. */
static void
settle_segment(struct timeline *t, bool transferred, int line)
{
	bool wanted;

	t->bar = find_bar(t);
	wanted = t->bar == TIMELINE_NO_BAR;
	if (!t->talk && is_talk(t->bar)) {
		t->talk = true;
		t->talk_us = t->now_us;
	}
	if (t->recording_on && !wanted) {
		close_recording(t);
		add_timeline_action(t, TIMELINE_STOP, line);
		mark_gap(t);
	} else if (!t->recording_on && !wanted && t->gaps > 0) {
		mark_gap(t);
	} else if (!t->recording_on && wanted) {
		open_recording(t);
		add_timeline_action(t, TIMELINE_START, line);
	} else if (wanted && transferred && t->setup.per_segment) {
		bool cutting = t->cutting;
		close_recording(t);
		open_recording(t);
		add_timeline_action(t, TIMELINE_NEW_SEGMENT, line);
		/* The recorder stays paused; only the file changes. */
		t->cutting = cutting;
		t->cut_start_us = t->now_us;
		t->cut_why = (t->paused ? CUT_PAUSE : 0u) |
			     (t->paying ? CUT_PAYMENT : 0u);
	}
	if (t->recording_on) {
		t->talk = false;
		redact(t, line);
	}
}

static void
consent(struct timeline *t, const struct call_event *e)
{
	/* A third party that declined prevents recording while it is on the
	 * line. */
	if (e->party == CALL_PARTY_THIRD)
		t->third_granted = e->consent == CALL_GRANTED;
	else if (e->consent == CALL_GRANTED) {
		t->granted = true;
	} else if (e->consent == CALL_NO_ANSWER) {
		t->unanswered = true;
	} else if (!t->declined) {
		t->declined = true;
		t->declined_line = e->line;
	}
}

static void
come_and_go(struct timeline *t, const struct call_event *e)
{
	unsigned *count =
	    e->party == CALL_PARTY_THIRD ? &t->third : &t->emergency;

	if (e->party == CALL_PARTY_CUSTOMER) {
		t->customer_left = t->customer_left || t->customer;
		t->customer = false;
	} else if (e->party == CALL_PARTY_AGENT) {
		t->agent_there = false;
	} else if (e->kind == CALL_JOIN) {
		++*count;
	} else if (*count > 0) {
		--*count;
	}
	if (e->kind == CALL_JOIN && e->party == CALL_PARTY_THIRD) {
		t->joins++;
		t->third_heard = t->third_granted = false;
		t->failed[TIMELINE_THIRD_MESSAGE] = false;
		t->failed[TIMELINE_ASK_THIRD] = false;
	}
}

/* "messages/in.wav" is the end of "/etc/rectools/messages/in.wav". */
static bool
is_end_of(const char *end, const char *path)
{
	size_t n = strlen(end), whole = strlen(path);

	return n > 0 && n <= whole && strcmp(path + whole - n, end) == 0 &&
	       (n == whole || path[whole - n - 1] == '/' || end[0] == '/');
}

static bool
is_awaited(const struct timeline *t, enum timeline_message message)
{
	if (t->failed[message])
		return false;
	switch (message) {
	case TIMELINE_RECORD_MESSAGE:
		return !t->announced;
	case TIMELINE_ASK_MESSAGE:
		return !t->granted;
	case TIMELINE_THIRD_MESSAGE:
		return t->third > 0 && !t->third_heard;
	default:
		return t->third > 0 && !t->third_granted;
	}
}

/* The holder's message that `message failed` names, by the end of its path. If
 * several have that file, the first that is awaited. */
static enum timeline_message
message_of(const struct timeline *t, const char *file)
{
	int found = -1;

	for (int i = 0; i < TIMELINE_MESSAGES; i++) {
		const char *name = t->holder.message[i];

		if (!name || (!is_end_of(name, file) && !is_end_of(file, name)))
			continue;
		if (is_awaited(t, (enum timeline_message)i))
			return (enum timeline_message)i;
		if (found < 0)
			found = i;
	}
	return found < 0 ? TIMELINE_RECORD_MESSAGE
			 : (enum timeline_message)found;
}

static void
message_failed(struct timeline *t, const struct call_event *e)
{
	t->failed_last = message_of(t, e->file);
	t->failed[t->failed_last] = true;
	t->failed_line = e->line;
	free(t->failed_file);
	t->failed_file = text_dup(e->file);
}

static void
announced(struct timeline *t, const struct call_event *e)
{
	if (e->party == CALL_PARTY_THIRD)
		t->third_heard = true;
	else
		t->announced = true;
}

static void
take_timeline_event(struct timeline *t, const struct call_event *e)
{
	switch (e->kind) {
	case CALL_ANSWER:
		t->answered = t->agent_there = true;
		break;
	case CALL_ANNOUNCING: /* known from the setup */
	case CALL_HOLD:
	case CALL_UNHOLD:
		break;
	case CALL_ANNOUNCED:
		announced(t, e);
		break;
	case CALL_MESSAGE_FAILED:
		message_failed(t, e);
		break;
	case CALL_CONSENT:
		consent(t, e);
		break;
	case CALL_PAUSE:
		t->paused = t->paused || t->holder.redaction;
		break;
	case CALL_RESUME:
		t->paused = false;
		break;
	case CALL_PAYMENT_START:
	case CALL_PAYMENT_END:
		t->paying = e->kind == CALL_PAYMENT_START;
		break;
	case CALL_TRANSFER:
		t->paused = t->paused && t->holder.redaction;
		t->agent_there = t->agent_there || e->agent;
		break;
	case CALL_JOIN:
	case CALL_LEAVE:
		come_and_go(t, e);
		break;
	case CALL_END:
	case CALL_EVENTS:
		t->ended = true;
		t->before_end = t->bar;
		t->end_us = t->now_us;
		break;
	}
}

void
timeline_feed(struct timeline *t, const struct call_event *e,
    const struct timeline_holder *holder)
{
	/* `consent declined` counts even after the end. */
	if (t->ended &&
	    (e->kind != CALL_CONSENT || e->consent != CALL_DECLINED ||
		e->party == CALL_PARTY_THIRD))
		return;
	if (e->at_us > t->now_us) {
		t->undecided = t->undecided || t->bar == TIMELINE_UNKNOWN;
		t->now_us = e->at_us;
	}
	if (holder)
		set_holder(t, holder);
	take_timeline_event(t, e);
	settle_segment(t, e->kind == CALL_TRANSFER, e->line);
	if ((t->declined || t->refused) && !t->discarded) {
		t->discarded = true;
		while (t->result.recordings > 0)
			drop_last(&t->result);
		if (t->actions > 0)
			add_timeline_action(t, TIMELINE_DISCARD, e->line);
	}
}

void
timeline_refuse(struct timeline *t, int line)
{
	if (!t->refused)
		t->refused_line = line;
	t->refused = true;
}

bool
timeline_is_over(const struct timeline *t)
{
	return t->ended || t->declined || t->refused;
}

void
timeline_end(struct timeline *t, int64_t at_us)
{
	struct call_event e = {.at_us = at_us, .kind = CALL_END};

	timeline_feed(t, &e, NULL);
}
