/* SPDX-License-Identifier: ISC */
#include "explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chart.h"
#include "heard.h"
#include "json.h"
#include "num.h"
#include "text.h"

enum { CHAIN_MAX = 100 };

/* "policy.ini:41 [queue ivr/Billing inbound]" */
static char *
value_place(const struct decision *d, const struct policy_value *v)
{
	const struct who_match *by = &v->by;

	if (v->line == 0)
		return text_dup("built in");
	if (by->list)
		return text_format("%s:%d [%s] (%s:%d)", d->policy->doc->file,
		    v->line, v->section, by->list, by->line);
	return text_format("%s:%d [%s]%s", d->policy->doc->file, v->line,
	    v->section, by->withheld ? " (number withheld)" : "");
}

static void
explain_setting(const struct decision *d, const struct decide_segment *s,
    enum policy_key key, struct buf *out)
{
	struct policy_value chain[CHAIN_MAX];
	size_t n = policy_chain_for(
	    d->policy, d->call->class, s->path, &s->who, key, chain, CHAIN_MAX);

	for (size_t i = 0; i < n && i < CHAIN_MAX; i++) {
		const char *value = chain[i].text;
		char *place = value_place(d, &chain[i]);
		char *setting = i == 0 ? text_format("%s = %s",
					     policy_settings[key].name, value)
				       : text_format("    overrides %s", value);

		/* The default is only printed if it decides. */
		if (i == 0 || chain[i].line > 0)
			buf_format(out, "  %-36s %s\n", setting, place);
		free(setting);
		free(place);
	}
}

static const char *
seconds_text(int64_t us, char buf[NUM_SECONDS_SIZE])
{
	return num_seconds_text(us, buf);
}

static const struct call_event *
event_of(const struct decision *d, int line)
{
	for (size_t i = 0; i < d->call->events && line > 0; i++)
		if (d->call->event[i].line == line)
			return &d->call->event[i];
	return NULL;
}

/* The segment that had the call at this line of the log. */
static const struct decide_segment *
holder_at(const struct decision *d, int64_t at_us, int line)
{
	const struct decide_segment *s = &d->segment[0];

	for (size_t i = 1; i < d->segments; i++)
		if (d->segment[i].at_us < at_us ||
		    (d->segment[i].at_us == at_us &&
			d->segment[i].line <= line))
			s = &d->segment[i];
	return s;
}

/* The line of the policy for an action, or NULL if it needs none. */
static char *
rule_of(const struct decision *d, const struct timeline_action *a,
    const struct call_event *e)
{
	const struct decide_segment *s = holder_at(d, a->at_us, a->line);
	enum policy_key key = POLICY_RECORD;

	if (a->kind == TIMELINE_STOP)
		return a->bar == TIMELINE_ENDED || a->bar == TIMELINE_DECLINED
			   ? NULL
			   : decide_bar(d, s, a->bar);
	if (a->kind == TIMELINE_NEW_SEGMENT)
		key = POLICY_SEPARATION;
	else if (a->kind == TIMELINE_PAUSE && e && e->kind == CALL_PAUSE)
		key = POLICY_REDACTION;
	else if (a->kind != TIMELINE_START)
		return NULL;
	return decide_line(d->policy, &s->value[key]);
}

static void
add_action(const struct decision *d, int64_t at_us, const char *what,
    const struct call_event *e, char *rule, struct buf *out)
{
	static const char *const answers[] = {[CALL_GRANTED] = " granted",
	    [CALL_DECLINED] = " declined",
	    [CALL_NO_ANSWER] = " none"};
	char at[NUM_SECONDS_SIZE];

	buf_format(out, "  %12s  %-12s ", seconds_text(at_us, at), what);
	if (e)
		buf_format(out, "%s:%d %s%s\n", d->call->doc->file, e->line,
		    call_event_names[e->kind],
		    e->kind == CALL_CONSENT          ? answers[e->consent]
		    : e->kind == CALL_MESSAGE_FAILED ? " failed"
						     : "");
	else
		buf_format(out, "the call's end\n");
	if (rule)
		buf_format(out, "%29s%s\n", "", rule);
	free(rule);
}

/* A press of a button that the queue does not allow. */
static void
add_ignored(const struct decision *d, size_t *next, int64_t upto_us, int line,
    struct buf *out)
{
	for (; *next < d->call->events; ++*next) {
		const struct call_event *e = &d->call->event[*next];
		const struct decide_segment *s;

		if (e->at_us > upto_us ||
		    (e->at_us == upto_us && line > 0 && e->line >= line))
			return;
		s = holder_at(d, e->at_us, e->line);
		if (e->kind == CALL_PAUSE && e->at_us < d->timeline.end_us &&
		    !s->value[POLICY_REDACTION].value)
			add_action(d, e->at_us, "(no pause)", e,
			    decide_line(d->policy, &s->value[POLICY_REDACTION]),
			    out);
	}
}

static void
explain_actions(const struct decision *d, struct buf *out)
{
	size_t next = 0;

	for (size_t i = 0; i < d->timeline.actions; i++) {
		const struct timeline_action *a = &d->timeline.action[i];
		const struct call_event *e = event_of(d, a->line);

		add_ignored(d, &next, a->at_us, a->line, out);
		add_action(d, a->at_us, timeline_kind_names[a->kind], e,
		    rule_of(d, a, e), out);
	}
	add_ignored(d, &next, INT64_MAX, 0, out);
}

static void
explain_summary(const struct decision *d, struct buf *out)
{
	char a[NUM_SECONDS_SIZE], b[NUM_SECONDS_SIZE];
	int64_t kept = 0, cut = 0;

	buf_format(out, "%s: %s\n  because  %s\n", d->call->id,
	    d->fault         ? "not decided"
	    : d->plan.record ? "record"
			     : "do not record",
	    d->fault ? d->fault : d->plan.reason);
	if (!d->plan.record || d->fault)
		return;
	for (size_t i = 0; i < d->plan.recordings; i++) {
		const struct plan_recording *r = &d->plan.recording[i];

		kept += r->end_us - r->start_us;
		for (size_t k = 0; k < r->cuts; k++)
			cut += r->cut[k].end_us - r->cut[k].start_us;
	}
	buf_format(out, "  %zu file%s of %d channel%s: %s s of the call",
	    d->plan.recordings, d->plan.recordings == 1 ? "" : "s",
	    d->plan.channels, d->plan.channels == 1 ? "" : "s",
	    seconds_text(kept, a));
	if (cut > 0)
		buf_format(out, ", %s s of it %s", seconds_text(cut, b),
		    d->plan.style == PLAN_CUT       ? "cut out"
		    : d->plan.style == PLAN_SILENCE ? "silent"
						    : "under a tone");
	buf_format(out, "\n");
}

/* When the recording starts, if that depends on the messages. */
static void
explain_heard(const struct decision *d, struct buf *out)
{
	static const char *const texts[] = {
	    [HEARD_NOT] = "not heard: nothing is recorded before",
	    [HEARD_NOT_TOLD] =
		"the log does not record when they had been heard:\n"
		"  recorded from the answer on",
	    [HEARD_EXTERNAL] =
		"the PBX plays its own (play_message = external):\n"
		"  recorded from the answer on",
	    [HEARD_NOTHING_PLAYS] = NULL};
	enum heard heard = heard_by_customer(d);

	if (heard != HEARD_YES && texts[heard])
		buf_format(out, "  %s\n", texts[heard]);
}

static void
explain_messages(const struct decision *d, struct buf *out)
{
	if (d->messages > 0)
		buf_format(out, "messages, in this order\n");
	for (size_t i = 0; i < d->messages; i++)
		buf_format(out, "  %s\n      %s:%d %s\n", d->plan.message[i],
		    d->policy->doc->file, d->message[i].key->line,
		    d->message[i].key->name);
	explain_heard(d, out);
	if (heard_not_by_third(d))
		buf_format(out,
		    "  the log does not record that a third party heard its "
		    "message:\n  not recorded while it is there "
		    "(third_party_message = external, if the PBX plays its "
		    "own)\n");
}

/* The rules that match, and why. */
static void
explain_who(
    const struct decision *d, const struct decide_segment *s, struct buf *out)
{
	for (int k = 0; k < WHO_KINDS; k++) {
		const struct who_match *m = &s->who.match[k];

		if (!m->section)
			continue;
		buf_format(out, "  %s:%d [%s] ", d->policy->doc->file,
		    m->section->line, m->section->name);
		if (m->list)
			buf_format(out, "matches by %s:%d\n", m->list, m->line);
		else
			buf_format(out, "%s\n",
			    m->untold ? "could match: it is unknown"
			    : m->withheld
				? "could match: the number is withheld"
				: "matches");
	}
}

/* Settings for the whole call are explained once; those whose default means that
 * nothing is set, such as a share, only if they are set. */
static bool
is_explained(const struct decision *d, enum policy_key key, bool first)
{
	if (policy_settings[key].place != POLICY_IN_CLASS)
		return first;
	if (!policy_settings[key].unset)
		return true;
	for (size_t i = 0; i < d->segments; i++)
		if (d->segment[i].value[key].line > 0)
			return true;
	return false;
}

void
explain_text(const struct decision *d, struct buf *out)
{
	char at[NUM_SECONDS_SIZE];

	explain_summary(d, out);
	for (size_t i = 0; i < d->segments; i++) {
		const struct decide_segment *s = &d->segment[i];
		buf_format(out, "%c: %s%s%s from %s s, %s\n",
		    (char)('A' + (int)(i % 26)), s->path, s->agent ? ", " : "",
		    s->agent ? s->agent : "", seconds_text(s->at_us, at),
		    call_class_names[d->call->class]);
		explain_who(d, s, out);
		for (int k = 0; k < POLICY_KEYS; k++)
			if (is_explained(d, (enum policy_key)k, i == 0))
				explain_setting(d, s, (enum policy_key)k, out);
	}
	explain_messages(d, out);
	if (d->timeline.actions > 0)
		buf_format(out, "actions\n");
	explain_actions(d, out);
	chart_add(d, out);
}

/* Appends a value, which it owns, to the list called name. */
static void
append_json(struct json *j, const char *name, struct json *value)
{
	char path[64];

	(void)snprintf(path, sizeof path, "%s.%zu", name, json_count(j, name));
	json_put(j, path, value);
}

static struct json *
rule_json(const struct who_match *m, enum who_kind kind)
{
	struct json *j = json_new();

	json_set_text(j, "by", who_kind_names[kind]);
	json_set_text(j, "section", m->section->name);
	json_set_number(j, "line", m->section->line);
	json_set_text(j, "list", m->list);
	if (m->list)
		json_set_number(j, "list_line", m->line);
	json_set_yes(j, "known", !m->untold && !m->withheld);
	return j;
}

static struct json *
segment_json(const struct decide_segment *s)
{
	struct json *j = json_new();

	json_set_text(j, "queue", s->path);
	json_set_text(j, "agent", s->agent);
	json_set_seconds(j, "at", s->at_us);
	json_set_list(j, "rules");
	for (int k = 0; k < WHO_KINDS; k++)
		if (s->who.match[k].section)
			append_json(j, "rules",
			    rule_json(&s->who.match[k], (enum who_kind)k));
	for (int k = 0; k < POLICY_KEYS; k++) {
		const struct policy_value *v = &s->value[k];
		struct json *setting = json_new();
		char path[64];

		json_set_text(setting, "value", v->text);
		json_set_text(setting, "section", v->section);
		json_set_number(setting, "line", v->line);
		(void)snprintf(
		    path, sizeof path, "settings.%s", policy_settings[k].name);
		json_put(j, path, setting);
	}
	return j;
}

static struct json *
recording_json(const struct plan_recording *r)
{
	struct json *j = json_new();

	json_set_seconds(j, "start", r->start_us);
	json_set_seconds(j, "end", r->end_us);
	json_set_text(j, "queue", r->queue);
	json_set_text(j, "agent", r->agent);
	json_set_list(j, "cuts");
	for (size_t k = 0; k < r->cuts; k++) {
		struct json *cut = json_new();

		json_set_seconds(cut, "start", r->cut[k].start_us);
		json_set_seconds(cut, "end", r->cut[k].end_us);
		json_set_text(cut, "reason", r->cut[k].reason);
		append_json(j, "cuts", cut);
	}
	return j;
}

static struct json *
action_json(const struct timeline_action *a)
{
	struct json *j = json_new();

	json_set_seconds(j, "at", a->at_us);
	json_set_text(j, "action", timeline_kind_names[a->kind]);
	json_set_number(j, "line", a->line);
	return j;
}

static void
set_facts(struct json *j, const struct decision *d)
{
	json_set_text(j, "id", d->call->id);
	json_set_text(j, "type", d->call->type);
	json_set_text(j, "class", call_class_names[d->call->class]);
	json_set_yes(j, "record", d->plan.record);
	json_set_number(j, "channels", d->plan.channels);
	json_set_text(j, "reason", d->plan.reason);
	json_set_text(j, "policy", d->policy->doc->file);
	json_set_text(j, "redaction_style", plan_style_names[d->plan.style]);
	json_set_text(j, "messages_heard", heard_names[heard_by_customer(d)]);
	json_set_text(j, "fault", d->fault);
}

void
explain_json(const struct decision *d, struct buf *out)
{
	struct json *j = json_new();
	char path[32], *text;

	set_facts(j, d);
	json_set_list(j, "messages");
	for (size_t i = 0; i < d->plan.messages; i++) {
		(void)snprintf(path, sizeof path, "messages.%zu", i);
		json_set_text(j, path, d->plan.message[i]);
	}
	json_set_list(j, "segments");
	for (size_t i = 0; i < d->segments; i++)
		append_json(j, "segments", segment_json(&d->segment[i]));
	json_set_list(j, "recordings");
	for (size_t i = 0; i < d->plan.recordings; i++)
		append_json(
		    j, "recordings", recording_json(&d->plan.recording[i]));
	json_set_list(j, "actions");
	for (size_t i = 0; i < d->timeline.actions; i++)
		append_json(j, "actions", action_json(&d->timeline.action[i]));
	text = json_write(j);
	buf_format(out, "%s\n", text);
	free(text);
	json_free(j);
}

/* The decision in a few words. */
static void
sum_up(const struct decision *d, struct buf *out)
{
	const struct plan *p = &d->plan;
	char a[NUM_SECONDS_SIZE], b[NUM_SECONDS_SIZE];

	if (d->fault) {
		buf_format(out, "not decided");
		return;
	}
	buf_format(out, p->record ? "record" : "do not record");
	if (p->record)
		buf_format(out, " %d channel%s %s", p->channels,
		    p->channels == 1 ? "" : "s", plan_style_names[p->style]);
	for (size_t i = 0; i < p->recordings; i++) {
		const struct plan_recording *r = &p->recording[i];
		buf_format(out, ", %s-%s", seconds_text(r->start_us, a),
		    seconds_text(r->end_us, b));
		for (size_t k = 0; k < r->cuts; k++)
			buf_format(out, " without %s-%s",
			    seconds_text(r->cut[k].start_us, a),
			    seconds_text(r->cut[k].end_us, b));
	}
	for (size_t i = 0; i < p->messages; i++)
		buf_format(out, "%s%s", i ? " " : ", plays ", p->message[i]);
}

void
explain_difference(
    const struct decision *old, const struct decision *new, struct buf *out)
{
	struct buf was = {0}, is = {0};

	sum_up(old, &was);
	sum_up(new, &is);
	buf_add(out, "", 0);
	if (strcmp(was.s, is.s) != 0)
		buf_format(out,
		    "%s\n  was: %s\n       %s\n  is:  %s\n       %s\n",
		    new->call->id, was.s,
		    old->fault ? old->fault : old->plan.reason, is.s,
		    new->fault ? new->fault : new->plan.reason);
	buf_free(&was);
	buf_free(&is);
}
