/* SPDX-License-Identifier: ISC */
#include "timeline.h"

#include <stdlib.h>

#include "mem.h"
#include "text.h"

const char *const timeline_kind_names[] = {
    "start", "pause", "resume", "stop", "new-segment", "discard", NULL};

enum { CUT_PAUSE = 1, CUT_PAYMENT = 2 };

static void
hold(struct timeline *t, const struct timeline_holder *holder)
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
	    .customer = true,
	    .agent_there = true,
	    .bar = TIMELINE_UNANSWERED};
	hold(t, holder);
}

void
timeline_free(struct timeline *t)
{
	plan_free(&t->result);
	free(t->action);
	free(t->queue);
	free(t->agent);
	*t = (struct timeline){0};
}

static void
act(struct timeline *t, enum timeline_kind kind, int line)
{
	if ((t->actions & (t->actions - 1)) == 0)
		t->action = mem_resize(t->action,
		    t->actions ? t->actions * 2 : 1, sizeof *t->action);
	t->action[t->actions++] =
	    (struct timeline_action){t->now_us, kind, t->bar, line};
}

/* Someone to talk to, and each who is missing is allowed to be. */
static enum timeline_bar
company_bar(const struct timeline *t)
{
	const struct timeline_setup *s = &t->setup;

	if (t->customer + t->agent_there + t->third + t->emergency < 2)
		return TIMELINE_ALONE;
	if (!t->customer && !s->after_customer)
		return TIMELINE_CUSTOMER;
	if (t->agent_there)
		return TIMELINE_NO_BAR;
	if (t->third > 0 && !s->with_third)
		return TIMELINE_THIRD;
	if (t->emergency > 0 && !s->with_emergency)
		return TIMELINE_EMERGENCY;
	return TIMELINE_NO_BAR;
}

static enum timeline_bar
find_bar(const struct timeline *t)
{
	const struct timeline_holder *h = &t->holder;

	if (!t->answered)
		return TIMELINE_UNANSWERED;
	if (t->declined)
		return TIMELINE_DECLINED;
	if (t->ended)
		return TIMELINE_ENDED;
	if (!h->record)
		return TIMELINE_QUEUE;
	if (h->play && t->setup.wait_announced && !t->announced)
		return TIMELINE_MESSAGES;
	if (h->ask && !t->granted)
		return TIMELINE_CONSENT;
	return company_bar(t);
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

static void
open_recording(struct timeline *t)
{
	struct plan_recording *r =
	    plan_add_recording(&t->result, t->now_us, t->now_us);

	r->queue = text_dup(t->queue);
	r->agent = text_dup(t->agent);
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
	kept = r->end_us - r->start_us;
	for (size_t i = 0; i < r->cuts && t->setup.drop_empty; i++)
		kept -= r->cut[i].end_us - r->cut[i].start_us;
	if (kept <= 0)
		drop_last(&t->result);
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
		act(t, TIMELINE_PAUSE, line);
	} else if (why) {
		t->cut_why |= why;
	} else if (t->cutting) {
		close_cut(t);
		act(t, TIMELINE_RESUME, line);
	}
}

/* Brings what is recorded into line with the state after an event. */
static void
settle(struct timeline *t, bool transferred, int line)
{
	bool wanted;

	t->bar = find_bar(t);
	wanted = t->bar == TIMELINE_NO_BAR;
	if (t->recording_on && !wanted) {
		close_recording(t);
		act(t, TIMELINE_STOP, line);
	} else if (!t->recording_on && wanted) {
		open_recording(t);
		act(t, TIMELINE_START, line);
	} else if (wanted && transferred && t->setup.per_segment) {
		bool cutting = t->cutting;
		close_recording(t);
		open_recording(t);
		act(t, TIMELINE_NEW_SEGMENT, line);
		/* The recorder stays paused; only the file is a new one. */
		t->cutting = cutting;
		t->cut_start_us = t->now_us;
		t->cut_why = (t->paused ? CUT_PAUSE : 0u) |
			     (t->paying ? CUT_PAYMENT : 0u);
	}
	if (t->recording_on)
		redact(t, line);
}

static void
consent(struct timeline *t, const struct call_event *e)
{
	if (e->consent == CALL_GRANTED) {
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

	if (e->party == CALL_PARTY_CUSTOMER)
		t->customer = false;
	else if (e->party == CALL_PARTY_AGENT)
		t->agent_there = false;
	else if (e->kind == CALL_JOIN)
		++*count;
	else if (*count > 0)
		--*count;
}

static void
take_event(struct timeline *t, const struct call_event *e)
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
		t->announced = true;
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
	bool had_declined = t->declined;

	/* A no counts even where the log has it behind the end. */
	if (t->ended &&
	    (e->kind != CALL_CONSENT || e->consent != CALL_DECLINED))
		return;
	if (e->at_us > t->now_us)
		t->now_us = e->at_us;
	if (holder)
		hold(t, holder);
	take_event(t, e);
	settle(t, e->kind == CALL_TRANSFER, e->line);
	if (t->declined && !had_declined) {
		while (t->result.recordings > 0)
			drop_last(&t->result);
		if (t->actions > 0)
			act(t, TIMELINE_DISCARD, e->line);
	}
}

void
timeline_end(struct timeline *t, int64_t at_us)
{
	struct call_event e = {.at_us = at_us, .kind = CALL_END};

	timeline_feed(t, &e, NULL);
}
