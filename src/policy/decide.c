/* SPDX-License-Identifier: ISC */
#include "decide.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "path.h"
#include "text.h"

/* Longest reason that a plan's line has room for. */
#define REASON_MAX 180

char *
decide_line(const struct policy *p, const struct policy_value *v)
{
	if (v->line == 0)
		return text_format("built in: %s", v->key);
	return text_format(
	    "%s:%d [%s] %s", p->doc->file, v->line, v->section, v->key);
}

char *
decide_path(const char *beside, const char *name)
{
	return path_beside(beside, name);
}

static void
add_message(struct decision *d, const char *name)
{
	const struct doc_key *k =
	    policy_message(d->policy, name, d->call->language);

	for (size_t i = 0; i < d->messages; i++)
		if (d->message[i].key == k)
			return;
	if (!k)
		return;
	d->message =
	    mem_resize(d->message, d->messages + 1, sizeof *d->message);
	d->message[d->messages++].key = k;
}

/* What the caller must hear, each message once in a call. */
static void
add_messages(
    struct decision *d, const struct policy_value *v, bool play, bool ask)
{
	static const char *const names[] = {
	    "record_inbound", "record_callback", "record_outbound"};
	bool ask_first =
	    d->call->class == CALL_OUTBOUND && v[POLICY_SEQUENCE].value == 0;

	if (ask && ask_first)
		add_message(d, "ask_permission");
	if (play)
		add_message(d, names[d->call->class]);
	if (ask && !ask_first)
		add_message(d, "ask_permission");
}

/* Judges the queue that holds the call from now on. */
static struct timeline_holder
judge(struct decision *d, int64_t at_us, int line, const char *queue,
    const char *agent)
{
	struct decide_segment *s;
	struct timeline_holder h = {.agent = agent};
	struct policy_value *v;

	d->segment =
	    mem_resize(d->segment, d->segments + 1, sizeof *d->segment);
	s = &d->segment[d->segments++];
	*s = (struct decide_segment){.at_us = at_us,
	    .line = line,
	    .path = policy_path(d->call->channel, queue),
	    .agent = text_dup(agent)};
	v = s->value;
	for (int i = 0; i < POLICY_KEYS; i++)
		v[i] = policy_get(
		    d->policy, d->call->class, s->path, (enum policy_key)i);
	h.queue = queue ? s->path : NULL;
	h.record = v[POLICY_ENABLED].value && v[POLICY_RECORD].value;
	h.redaction = v[POLICY_REDACTION].value;
	h.ask = h.record && v[POLICY_PLAY].value && v[POLICY_ASK].value &&
		d->call->class != CALL_CALLBACK;
	if (h.record)
		add_messages(d, v, v[POLICY_PLAY].value, h.ask);
	h.play = h.record && v[POLICY_PLAY].value && d->messages > 0;
	return h;
}

static bool
has_event(const struct call *call, enum call_event_kind kind)
{
	for (size_t i = 0; i < call->events; i++)
		if (call->event[i].kind == kind)
			return true;
	return false;
}

bool
decide_has_end(const struct call *call)
{
	return has_event(call, CALL_END);
}

void
decide_begin(struct decision *d, const struct policy *policy,
    const struct call *call, bool live)
{
	struct timeline_setup setup = {0};
	struct timeline_holder holder;
	const struct policy_value *v;

	*d = (struct decision){.policy = policy, .call = call};
	holder = judge(d, 0, 0, call->queue, call->agent);
	v = d->segment[0].value;
	setup.per_segment = v[POLICY_SEPARATION].value;
	setup.wait_announced = live || has_event(call, CALL_ANNOUNCING) ||
			       has_event(call, CALL_ANNOUNCED);
	setup.after_customer =
	    v[POLICY_AFTER_CUSTOMER].value && v[POLICY_CUSTOMER_LEAVES].value;
	setup.with_third =
	    v[POLICY_WITH_THIRD].value && v[POLICY_AGENT_LEAVES].value;
	setup.with_emergency =
	    v[POLICY_WITH_EMERGENCY].value && v[POLICY_AGENT_LEAVES].value;
	setup.drop_empty = v[POLICY_STYLE].value == PLAN_CUT;
	timeline_begin(&d->timeline, &setup, &holder);
}

void
decide_event(struct decision *d, const struct call_event *e)
{
	const struct decide_segment *last = &d->segment[d->segments - 1];
	const char *slash = strchr(last->path, '/');
	struct timeline_holder holder;
	char *queue, *agent;

	if (e->kind != CALL_TRANSFER || d->timeline.ended) {
		timeline_feed(&d->timeline, e, NULL);
		return;
	}
	queue = text_dup(e->queue ? e->queue : slash ? slash + 1 : NULL);
	agent = text_dup(e->agent ? e->agent : last->agent);
	holder = judge(d, e->at_us, e->line, queue, agent);
	timeline_feed(&d->timeline, e, &holder);
	free(queue);
	free(agent);
}

/* A continue_ setting that is off, or on but not allowed. */
static char *
leaving_line(const struct decision *d, const struct policy_value *v,
    enum policy_key on, enum policy_key allowed)
{
	const struct policy_value *off = v[on].value ? &v[allowed] : &v[on];
	char *line = decide_line(d->policy, off);
	char *text = text_format("%s = no", line);

	free(line);
	return text;
}

char *
decide_bar(const struct decision *d, const struct decide_segment *s,
    enum timeline_bar bar)
{
	const struct policy_value *v = s->value;
	const char *file = d->call->doc->file;

	switch (bar) {
	case TIMELINE_UNANSWERED:
		return text_format("%s: not answered", file);
	case TIMELINE_DECLINED:
		return text_format(
		    "%s:%d consent declined", file, d->timeline.declined_line);
	case TIMELINE_ENDED:
		return text_format("%s: the call's end", file);
	case TIMELINE_QUEUE:
		return decide_line(
		    d->policy, &v[v[POLICY_ENABLED].value ? POLICY_RECORD
							  : POLICY_ENABLED]);
	case TIMELINE_MESSAGES:
		return text_format("%s: messages not heard", file);
	case TIMELINE_CONSENT:
		return decide_line(d->policy, &v[POLICY_ASK]);
	case TIMELINE_ALONE:
		return text_format("%s: fewer than two on the line", file);
	case TIMELINE_CUSTOMER:
		return leaving_line(
		    d, v, POLICY_AFTER_CUSTOMER, POLICY_CUSTOMER_LEAVES);
	case TIMELINE_THIRD:
		return leaving_line(
		    d, v, POLICY_WITH_THIRD, POLICY_AGENT_LEAVES);
	case TIMELINE_EMERGENCY:
		return leaving_line(
		    d, v, POLICY_WITH_EMERGENCY, POLICY_AGENT_LEAVES);
	default:
		return text_format("%s: nothing is left to record", file);
	}
}

/* The line that says why nothing at all was recorded. */
static char *
refusal(const struct decision *d)
{
	const struct timeline *t = &d->timeline;
	const struct decide_segment *s = NULL;
	const struct decide_segment *first = &d->segment[0];
	char *line, *text;

	if (t->declined)
		return decide_bar(d, first, TIMELINE_DECLINED);
	for (size_t i = 0; i < d->segments && !s; i++)
		if (d->segment[i].value[POLICY_ENABLED].value &&
		    d->segment[i].value[POLICY_RECORD].value)
			s = &d->segment[i];
	if (!s)
		return decide_bar(d, first, TIMELINE_QUEUE);
	if (!t->answered)
		return decide_bar(d, first, TIMELINE_UNANSWERED);
	if (!t->granted && s->value[POLICY_PLAY].value &&
	    s->value[POLICY_ASK].value && d->call->class != CALL_CALLBACK) {
		line = decide_bar(d, s, TIMELINE_CONSENT);
		text = text_format("%s: %s", line,
		    t->unanswered ? "no answer" : "no consent in the call");
		free(line);
		return text;
	}
	return decide_bar(d, &d->segment[d->segments - 1], t->before_end);
}

static char *
permission(const struct decision *d)
{
	const struct plan_recording *r = &d->timeline.result.recording[0];
	const struct decide_segment *s = &d->segment[0];

	/* The last of those that hold the call by the time that it starts. */
	for (size_t i = 0; i < d->segments; i++)
		if (d->segment[i].at_us <= r->start_us &&
		    d->segment[i].value[POLICY_RECORD].value)
			s = &d->segment[i];
	return decide_line(d->policy, &s->value[POLICY_RECORD]);
}

/* A reason stands in an INI line, where " ;" begins a comment. */
static char *
in_one_line(char *text)
{
	char *cut = text_ndup(text, REASON_MAX);

	free(text);
	for (char *c = cut; *c; c++)
		if (*c == ';' || (unsigned char)*c < ' ')
			*c = ',';
	return cut;
}

void
decide_end(struct decision *d, int64_t end_us)
{
	const struct policy_value *v = d->segment[0].value;
	struct plan *p = &d->plan;

	timeline_end(&d->timeline, end_us);
	p->record = d->timeline.result.recordings > 0;
	p->reason = in_one_line(p->record ? permission(d) : refusal(d));
	p->channels = v[POLICY_DUAL_CHANNEL].value ? 2 : 1;
	p->style = (enum plan_style)v[POLICY_STYLE].value;
	for (size_t i = 0; i < d->messages; i++) {
		char *path =
		    decide_path(d->policy->doc->file, d->message[i].key->value);
		plan_add_message(p, path);
		free(path);
	}
	p->recording = d->timeline.result.recording;
	p->recordings = d->timeline.result.recordings;
	d->timeline.result = (struct plan){0};
}

void
decide_call(struct decision *d, const struct policy *policy,
    const struct call *call, int64_t end_us)
{
	decide_begin(d, policy, call, false);
	for (size_t i = 0; i < call->events; i++)
		decide_event(d, &call->event[i]);
	decide_end(d, end_us);
}

void
decide_free(struct decision *d)
{
	for (size_t i = 0; i < d->segments; i++) {
		free(d->segment[i].path);
		free(d->segment[i].agent);
	}
	free(d->segment);
	free(d->message);
	timeline_free(&d->timeline);
	plan_free(&d->plan);
	*d = (struct decision){0};
}

void
decide_to_doc(const struct decision *d, struct doc *doc)
{
	const struct call *call = d->call;

	(void)doc_copy_section(doc, call->facts);
	for (size_t i = 0; i < call->legs; i++) {
		struct doc_section *s =
		    doc_copy_section(doc, call->leg[i].section);
		char *path = decide_path(call->doc->file, call->leg[i].file);
		doc_set(s, "file", path);
		free(path);
	}
	plan_to_doc(&d->plan, doc);
}
