/* SPDX-License-Identifier: ISC */
#include "decide.h"

#include <stdlib.h>
#include <string.h>

#include "heard.h"
#include "mem.h"
#include "naming.h"
#include "path.h"
#include "plan_facts.h"
#include "rules.h"
#include "text.h"

/* The longest reason in a line of a plan. */
#define REASON_MAX 180

char *
decide_line(const struct policy *p, const struct policy_value *v)
{
	const struct who_match *by = &v->by;

	if (v->line == 0)
		return text_format("built in: %s", v->key);
	if (by->list)
		return text_format("%s:%d [%s] %s (%s:%d)", p->doc->file,
		    v->line, v->section, v->key, by->list, by->line);
	return text_format("%s:%d [%s] %s%s", p->doc->file, v->line, v->section,
	    v->key, by->withheld ? " (number withheld)" : "");
}

char *
decide_path(const char *beside, const char *name)
{
	return path_beside(beside, name);
}

/* A message without a file cannot be played: the first one is the fault. */
static void
note_unplayable(
    struct decision *d, const struct policy_value *v, const char *name)
{
	const char *language = d->call->language;
	char *place;

	if (d->fault)
		return;
	place = v->line > 0 ? decide_line(d->policy, v)
			    : text_format("%s: %s (built in)",
				  d->policy->doc->file, v->key);
	d->fault = text_format("%s = yes, but [messages] has no %s%s%.40s",
	    place, name, language ? " for language " : "",
	    language ? language : "");
	free(place);
}

/* Adds a message to those that play, once per call. */
static void
add_wanted_message(struct decision *d, struct timeline_holder *h,
    const struct policy_value *v, const char *name, enum timeline_message kind)
{
	const struct doc_key *k =
	    policy_message(d->policy, name, d->call->language);

	if (!k) {
		note_unplayable(d, v, name);
		h->missing = true;
		return;
	}
	h->message[kind] = k->value;
	for (size_t i = 0; i < d->messages; i++)
		if (d->message[i].key == k)
			return;
	d->message =
	    mem_resize(d->message, d->messages + 1, sizeof *d->message);
	d->message[d->messages++] = (struct decide_message){k, kind};
}

static void
add_question(
    struct decision *d, struct timeline_holder *h, const struct policy_value *v)
{
	/* A PBX that plays its own message may also ask its own question. */
	if (v[POLICY_PLAY].value == POLICY_PLAYED ||
	    policy_message(d->policy, POLICY_ASK_MESSAGE, d->call->language))
		add_wanted_message(d, h, &v[POLICY_ASK], POLICY_ASK_MESSAGE,
		    TIMELINE_ASK_MESSAGE);
}

/* Adds the messages that the caller must hear, in their order. */
static void
add_wanted_messages(
    struct decision *d, struct timeline_holder *h, const struct policy_value *v)
{
	enum call_class class = d->call->class;
	bool ask_first = class == CALL_OUTBOUND &&
			 v[POLICY_SEQUENCE].value == POLICY_PERMISSION_FIRST;

	if (h->ask && ask_first)
		add_question(d, h, v);
	if (h->play)
		add_wanted_message(d, h, &v[POLICY_PLAY],
		    policy_class_messages[class], TIMELINE_RECORD_MESSAGE);
	if (h->ask && !ask_first)
		add_question(d, h, v);
	if (h->third_play)
		add_wanted_message(d, h, &v[POLICY_THIRD_MESSAGE],
		    policy_settings[POLICY_THIRD_MESSAGE].message,
		    TIMELINE_THIRD_MESSAGE);
	if (h->third_ask)
		add_wanted_message(d, h, &v[POLICY_ASK_THIRD],
		    policy_settings[POLICY_ASK_THIRD].message,
		    TIMELINE_ASK_THIRD);
}

bool
decide_asks(const struct decision *d, const struct policy_value *v)
{
	return v[POLICY_PLAY].value != POLICY_NOT_PLAYED &&
	       v[POLICY_ASK].value && d->call->class != CALL_CALLBACK;
}

/* Why this segment is not recorded; TIMELINE_NO_BAR: it is. */
static enum timeline_bar
segment_bar(struct decision *d, const struct decide_segment *s)
{
	const struct policy_value *v = s->value;
	enum timeline_bar bar;
	char *text = NULL;

	if (!v[POLICY_ENABLED].value)
		return TIMELINE_QUEUE;
	if (!v[POLICY_RECORD].value)
		return v[POLICY_RECORD].by.section &&
			       v[POLICY_RECORD].kind == WHO_AGENT
			   ? TIMELINE_AGENT
			   : TIMELINE_QUEUE;
	bar = rules_bar(d->policy, d->call, &s->who, v, &text);
	if (bar == TIMELINE_UNKNOWN && !d->unknown)
		d->unknown = text;
	else
		free(text);
	return bar;
}

/* Applies the settings of the queue that has the call from now on. */
static struct timeline_holder
judge_moment(struct decision *d, int64_t at_us, int line, const char *queue,
    const char *agent)
{
	struct decide_segment *s;
	struct timeline_holder h = {.agent = agent};
	struct policy_value *v;
	char *path = naming_path(d->call->channel, queue);

	d->segment =
	    mem_resize(d->segment, d->segments + 1, sizeof *d->segment);
	s = &d->segment[d->segments++];
	*s = (struct decide_segment){.at_us = at_us,
	    .line = line,
	    .path = policy_spelling(d->policy, d->call->class, path),
	    .agent = text_dup(agent),
	    .who = d->who};
	free(path);
	rules_for_agent(d->policy, agent, &s->who);
	v = s->value;
	for (int i = 0; i < POLICY_KEYS; i++)
		v[i] = policy_get_for(d->policy, d->call->class, s->path,
		    &s->who, (enum policy_key)i);
	h.queue = queue ? s->path : NULL;
	h.redaction = v[POLICY_REDACTION].value;
	h.bar = s->bar = segment_bar(d, s);
	h.record = s->record = s->bar == TIMELINE_NO_BAR;
	/* If the agent is unknown, messages play, because the call may be
	 * recorded. */
	if (!h.record && h.bar != TIMELINE_UNKNOWN)
		return h;
	h.play = v[POLICY_PLAY].value == POLICY_PLAYED;
	h.ask = decide_asks(d, v);
	h.third_play = v[POLICY_THIRD_MESSAGE].value == POLICY_PLAYED;
	h.third_ask = v[POLICY_ASK_THIRD].value;
	h.record_anyway = v[POLICY_IF_FAILS].value == POLICY_RECORD_ANYWAY;
	add_wanted_messages(d, &h, v);
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

/* True if the log records when the customer had heard the messages. */
static bool
call_tells_heard(const struct call *call)
{
	if (heard_is_told(call, CALL_PARTY_CUSTOMER))
		return true;
	return has_event(call, CALL_ANNOUNCING) ||
	       has_event(call, CALL_MESSAGE_FAILED);
}

/* True for an agent's call to a third party while the customer is in another
 * call. */
static bool
lacks_customer(const struct call *call)
{
	if (strcmp(call->type, "third-party-add") != 0 || call->legs == 0)
		return false;
	for (size_t i = 0; i < call->legs; i++)
		if (strcmp(call->leg[i].role,
			call_party_names[CALL_PARTY_CUSTOMER]) == 0)
			return false;
	return true;
}

bool
decide_has_end(const struct call *call)
{
	return has_event(call, CALL_END);
}

static enum plan_style
style_of(const struct policy_value *v)
{
	return plan_style_of(
	    policy_value_text(POLICY_STYLE, v[POLICY_STYLE].value));
}

void
decide_begin(struct decision *d, const struct policy *policy,
    const struct call *call, bool live)
{
	struct timeline_setup setup = {0};
	struct timeline_holder holder;
	const struct policy_value *v;

	*d = (struct decision){.policy = policy, .call = call};
	rules_for_call(policy, call, &d->who);
	holder = judge_moment(d, 0, 0, call->queue, call->agent);
	v = d->segment[0].value;
	setup.per_segment = v[POLICY_SEPARATION].value == POLICY_PER_SEGMENT;
	setup.wait_announced = live || call_tells_heard(call);
	setup.no_customer = lacks_customer(call);
	setup.after_customer =
	    v[POLICY_AFTER_CUSTOMER].value && v[POLICY_CUSTOMER_LEAVES].value;
	setup.with_third =
	    v[POLICY_WITH_THIRD].value && v[POLICY_AGENT_LEAVES].value;
	setup.with_emergency =
	    v[POLICY_WITH_EMERGENCY].value && v[POLICY_AGENT_LEAVES].value;
	setup.drop_empty = style_of(v) == PLAN_CUT;
	timeline_begin(&d->timeline, &setup, &holder);
}

/* A rule for a number also applies to one that joins, or to which the call is
 * transferred, and then to the whole call. */
static void
judge_number(struct decision *d, const struct call_event *e, const char *number)
{
	struct policy_value v;
	struct who who = {0};

	who_find_joined(&d->policy->who, number, &who.match[WHO_NUMBER]);
	if (who.match[WHO_NUMBER].untold) {
		if (!d->unknown)
			d->unknown = text_format(
			    "%s:%d [%s] record = no, and %s:%d does not name "
			    "the number: [number unknown] decides",
			    d->policy->doc->file,
			    who.match[WHO_NUMBER].section->line,
			    who.match[WHO_NUMBER].section->name,
			    d->call->doc->file, e->line);
		d->timeline.doubtful = true;
		return;
	}
	if (!who_refuses(who.match[WHO_NUMBER].section))
		return;
	v = policy_get_for(d->policy, d->call->class, "", &who, POLICY_RECORD);
	if (!d->refused)
		d->refused = decide_line(d->policy, &v);
	timeline_refuse(&d->timeline, e->line);
}

void
decide_event(struct decision *d, const struct call_event *e)
{
	const struct decide_segment *last = &d->segment[d->segments - 1];
	const char *slash = strchr(last->path, '/');
	struct timeline_holder holder;
	struct number to;
	char *queue, *agent;

	if (e->kind == CALL_JOIN && !d->timeline.ended)
		judge_number(d, e, e->number);
	if (e->kind != CALL_TRANSFER || d->timeline.ended) {
		timeline_feed(&d->timeline, e, NULL);
		return;
	}
	number_read(&to, e->agent, &d->policy->who.plan);
	if (to.kind == NUMBER_DIGITS)
		judge_number(d, e, e->agent);
	queue = text_dup(e->queue ? e->queue : slash ? slash + 1 : NULL);
	agent = text_dup(e->agent ? e->agent : last->agent);
	holder = judge_moment(d, e->at_us, e->line, queue, agent);
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

/* What bars a recording by the call alone. */
static const char *
call_bar(enum timeline_bar bar)
{
	switch (bar) {
	case TIMELINE_UNANSWERED:
		return "not answered";
	case TIMELINE_ENDED:
		return "the call's end";
	case TIMELINE_UNHEARD:
		return "messages not heard";
	case TIMELINE_ALONE:
		return "fewer than two on the line";
	default:
		return "nothing is left to record";
	}
}

char *
decide_bar(const struct decision *d, const struct decide_segment *s,
    enum timeline_bar bar)
{
	const struct policy_value *v = s->value;
	const char *file = d->call->doc->file;
	char *text;

	switch (bar) {
	case TIMELINE_DECLINED:
		return text_format(
		    "%s:%d consent declined", file, d->timeline.declined_line);
	case TIMELINE_QUEUE:
	case TIMELINE_AGENT:
		return decide_line(
		    d->policy, &v[v[POLICY_ENABLED].value ? POLICY_RECORD
							  : POLICY_ENABLED]);
	case TIMELINE_REFUSED:
		return text_format(
		    "%s: by %s:%d", d->refused, file, d->timeline.refused_line);
	case TIMELINE_SHARE:
	case TIMELINE_HOURS:
		(void)rules_bar(d->policy, d->call, &s->who, v, &text);
		return text;
	case TIMELINE_UNKNOWN:
		return text_dup(d->unknown);
	case TIMELINE_NO_MESSAGE:
		return text_dup(d->fault);
	case TIMELINE_FAILED:
		return text_format("%s:%d message failed %s", file,
		    d->timeline.failed_line, d->timeline.failed_file);
	case TIMELINE_CONSENT:
		return decide_line(d->policy, &v[POLICY_ASK]);
	case TIMELINE_THIRD_UNHEARD:
		return decide_line(d->policy, &v[POLICY_THIRD_MESSAGE]);
	case TIMELINE_THIRD_CONSENT:
		return decide_line(d->policy, &v[POLICY_ASK_THIRD]);
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
		return text_format("%s: %s", file, call_bar(bar));
	}
}

/* The line because of which nothing was recorded. */
static char *
refusal(const struct decision *d)
{
	const struct timeline *t = &d->timeline;
	const struct decide_segment *s = NULL;
	const struct decide_segment *first = &d->segment[0];
	char *line, *text;

	if (t->declined)
		return decide_bar(d, first, TIMELINE_DECLINED);
	if (t->refused)
		return decide_bar(d, first, TIMELINE_REFUSED);
	for (size_t i = 0; i < d->segments && !s; i++)
		if (d->segment[i].record ||
		    d->segment[i].bar == TIMELINE_UNKNOWN)
			s = &d->segment[i];
	if (!s)
		return decide_bar(d, first, first->bar);
	if (!t->answered)
		return decide_bar(d, first, TIMELINE_UNANSWERED);
	if (d->fault)
		return text_dup(d->fault);
	if (t->before_end != TIMELINE_FAILED && !t->granted &&
	    decide_asks(d, s->value)) {
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

	/* The last segment that began by the time of its start. */
	for (size_t i = 0; i < d->segments; i++)
		if (d->segment[i].at_us <= r->start_us && d->segment[i].record)
			s = &d->segment[i];
	return decide_line(d->policy, &s->value[POLICY_RECORD]);
}

/* A reason is in a line of an INI file, where " ;" begins a comment. */
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

/* Everyone is on one channel: with two, one would seem to be silent. */
static bool
has_mixed_leg(const struct call *call)
{
	const char *mixed = doc_value(call->facts, "mixed");

	return mixed && strcmp(mixed, "yes") == 0;
}

void
decide_end(struct decision *d, int64_t end_us)
{
	const struct policy_value *v = d->segment[0].value;
	struct plan *p = &d->plan;

	timeline_end(&d->timeline, end_us);
	if (d->timeline.undecided && !d->timeline.discarded && !d->fault)
		d->fault = text_dup(d->unknown);
	p->record = d->timeline.result.recordings > 0;
	p->reason = in_one_line(p->record ? permission(d) : refusal(d));
	p->channels =
	    v[POLICY_DUAL_CHANNEL].value && !has_mixed_leg(d->call) ? 2 : 1;
	p->style = style_of(v);
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
	free(d->fault);
	free(d->unknown);
	free(d->refused);
	timeline_free(&d->timeline);
	plan_free(&d->plan);
	*d = (struct decision){0};
}

/* If the recording may have begun during a message. */
static void
add_untold_facts(const struct decision *d, struct doc_section *call)
{
	static const char untold[] = "when the messages had been heard";
	const char *before = doc_value(call, "not_told");
	char *text;

	if (!d->plan.record || heard_by_customer(d) != HEARD_NOT_TOLD)
		return;
	text =
	    before ? text_format("%s, %s", before, untold) : text_dup(untold);
	if (strlen(text) + sizeof "not_told = " <= DOC_LINE_MAX)
		doc_set(call, "not_told", text);
	free(text);
}

/* Absolute, so that the plan is valid in any directory; unchanged if that is
 * too long for a line. */
static char *
decided_leg_path(const struct call *call, const struct call_leg *leg)
{
	char *path = decide_path(call->doc->file, leg->file);
	char *here = *path == '/' ? NULL : realpath(".", NULL);
	char *whole = here ? text_format("%s/%s", here, path) : NULL;

	free(here);
	if (!whole || strlen(whole) + strlen("file = ") > DOC_LINE_MAX) {
		free(whole);
		return path;
	}
	free(path);
	return whole;
}

void
decide_to_doc(const struct decision *d, struct doc *doc)
{
	const struct call *call = d->call;

	add_untold_facts(d, doc_copy_section(doc, call->facts));
	for (size_t i = 0; i < call->legs; i++) {
		struct doc_section *s =
		    doc_copy_section(doc, call->leg[i].section);
		char *path = decided_leg_path(call, &call->leg[i]);

		doc_set(s, "file", path);
		free(path);
	}
	plan_to_doc(&d->plan, doc);
	plan_facts_add(d, doc);
}
