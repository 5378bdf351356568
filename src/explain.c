/* SPDX-License-Identifier: ISC */
#include "explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHAIN_MAX = 100, COLUMNS = 60 };

static void
explain_setting(const struct decision *d, const struct decide_segment *s,
    enum policy_key key, struct buf *out)
{
	struct policy_value chain[CHAIN_MAX];
	size_t n = policy_chain(
	    d->policy, d->call->class, s->path, key, chain, CHAIN_MAX);

	for (size_t i = 0; i < n && i < CHAIN_MAX; i++) {
		char *line = decide_line(d->policy, &chain[i]);
		char *setting = util_format("%s = %s", policy_key_name(key),
		    policy_value_text(key, chain[i].value));

		/* The built-in value is worth a line only where it decides. */
		if (i == 0)
			buf_format(out, "  %-32s %s\n", setting, line);
		else if (chain[i].line > 0)
			buf_format(out, "    overrides %-22s %s\n",
			    policy_value_text(key, chain[i].value), line);
		free(setting);
		free(line);
	}
}

static const char *
span(int64_t us, char buf[UTIL_SECONDS_SIZE])
{
	return util_seconds_text(us, buf);
}

static const char *
why_of(const struct decision *d, int line, char *buf, size_t size)
{
	const struct call *c = d->call;

	for (size_t i = 0; i < c->events && line > 0; i++)
		if (c->event[i].line == line) {
			(void)snprintf(buf, size, "%.120s:%d %s", c->doc->file,
			    line, call_event_names[c->event[i].kind]);
			return buf;
		}
	return "the call's end";
}

static void
explain_actions(const struct decision *d, struct buf *out)
{
	char at[UTIL_SECONDS_SIZE], text[200];

	for (size_t i = 0; i < d->timeline.actions; i++) {
		const struct timeline_action *a = &d->timeline.action[i];
		buf_format(out, "  %12s  %-12s %s\n", span(a->at_us, at),
		    timeline_kind_names[a->kind],
		    why_of(d, a->line, text, sizeof text));
	}
}

static int
column(int64_t us, int64_t end_us)
{
	return end_us > 0 ? (int)(us * COLUMNS / end_us) : 0;
}

/* Fills [from, to) of a row, at least one cell, so that nothing vanishes. */
static void
paint(char *row, int from, int to, char with)
{
	if (to <= from)
		to = from + 1;
	for (int i = from; i < to && i < COLUMNS; i++)
		row[i] = with;
}

static void
add_row(struct buf *out, const char *label, const char *row)
{
	buf_format(out, "  %-11.11s |%s|\n", label, row);
}

static void
blank(char row[COLUMNS + 1])
{
	memset(row, ' ', COLUMNS);
	row[COLUMNS] = '\0';
}

/* Who is on the line from the answer on. */
static void
draw_party(const struct decision *d, enum call_party party, int64_t end,
    struct buf *out)
{
	const struct call *c = d->call;
	char row[COLUMNS + 1];
	int64_t since = -1;
	bool any = false;

	blank(row);
	for (size_t i = 0; i < c->events; i++) {
		const struct call_event *e = &c->event[i];
		bool in =
		    (e->kind == CALL_ANSWER && party < CALL_PARTY_THIRD) ||
		    (e->kind == CALL_JOIN && e->party == party) ||
		    (e->kind == CALL_TRANSFER && e->agent &&
			party == CALL_PARTY_AGENT);
		bool gone = e->kind == CALL_END ||
			    (e->kind == CALL_LEAVE && e->party == party);

		if (in && since < 0)
			since = e->at_us;
		if (!gone || since < 0)
			continue;
		paint(row, column(since, end), column(e->at_us, end), '-');
		any = true;
		since = -1;
	}
	if (since >= 0)
		paint(row, column(since, end), COLUMNS, '-');
	if (any || since >= 0)
		add_row(out, call_party_names[party], row);
}

static void
draw_recorded(const struct decision *d, int64_t end, struct buf *out)
{
	char row[COLUMNS + 1], segments[COLUMNS + 1];

	blank(row);
	blank(segments);
	for (size_t i = 0; i < d->plan.recordings; i++) {
		const struct plan_recording *r = &d->plan.recording[i];
		paint(
		    row, column(r->start_us, end), column(r->end_us, end), '#');
		for (size_t k = 0; k < r->cuts; k++)
			paint(row, column(r->cut[k].start_us, end),
			    column(r->cut[k].end_us, end), 'x');
		paint(segments, column(r->start_us, end),
		    column(r->end_us, end), (char)('1' + (int)(i % 9)));
	}
	add_row(out, "recorded", row);
	add_row(out, "file", segments);
}

static void
explain_timeline(const struct decision *d, struct buf *out)
{
	int64_t end = d->timeline.now_us;
	char at[UTIL_SECONDS_SIZE], row[COLUMNS + 1];

	buf_format(out, "timeline of %s s, # recorded, x cut\n", span(end, at));
	blank(row);
	for (size_t i = 0; i < d->segments; i++)
		paint(row, column(d->segment[i].at_us, end), COLUMNS,
		    (char)('A' + (int)(i % 26)));
	add_row(out, "held by", row);
	for (int p = 0; p < CALL_PARTIES; p++)
		draw_party(d, (enum call_party)p, end, out);
	draw_recorded(d, end, out);
}

void
explain_text(const struct decision *d, struct buf *out)
{
	char at[UTIL_SECONDS_SIZE];

	buf_format(out, "%s: %s\n  because %s\n", d->call->id,
	    d->plan.record ? "record" : "do not record", d->plan.reason);
	for (size_t i = 0; i < d->segments; i++) {
		const struct decide_segment *s = &d->segment[i];
		buf_format(out, "%c: %s%s%s from %s s, %s\n",
		    (char)('A' + (int)(i % 26)), s->path, s->agent ? ", " : "",
		    s->agent ? s->agent : "", span(s->at_us, at),
		    call_class_names[d->call->class]);
		for (int k = i ? POLICY_RECORD : 0; k < POLICY_KEYS; k++)
			explain_setting(d, s, (enum policy_key)k, out);
	}
	buf_format(out, "messages\n");
	for (size_t i = 0; i < d->messages; i++)
		buf_format(out, "  %-32s %s:%d\n", d->plan.message[i],
		    d->policy->doc->file, d->message[i].key->line);
	buf_format(out, "actions\n");
	explain_actions(d, out);
	explain_timeline(d, out);
}

static void
json_text(struct buf *out, const char *s)
{
	if (!s) {
		buf_format(out, "null");
		return;
	}
	buf_add(out, "\"", 1);
	for (; *s; s++)
		if (*s == '"' || *s == '\\')
			buf_format(out, "\\%c", *s);
		else if ((unsigned char)*s < ' ')
			buf_format(out, "\\u%04x", (unsigned)*s);
		else
			buf_add(out, s, 1);
	buf_add(out, "\"", 1);
}

static void
json_pair(struct buf *out, const char *name, const char *value)
{
	json_text(out, name);
	buf_add(out, ":", 1);
	json_text(out, value);
	buf_add(out, ",", 1);
}

static void
json_seconds(struct buf *out, const char *name, int64_t us)
{
	char at[UTIL_SECONDS_SIZE];

	buf_format(out, "\"%s\":%s", name, span(us, at));
}

/* The comma after the last one of a list gives way to its end. */
static void
json_close(struct buf *out, const char *end)
{
	if (out->s[out->len - 1] == ',')
		out->s[--out->len] = '\0';
	buf_add(out, end, strlen(end));
}

static void
json_segments(const struct decision *d, struct buf *out)
{
	buf_format(out, "\"segments\":[");
	for (size_t i = 0; i < d->segments; i++) {
		const struct decide_segment *s = &d->segment[i];
		buf_format(out, "{");
		json_pair(out, "queue", s->path);
		json_pair(out, "agent", s->agent);
		json_seconds(out, "at", s->at_us);
		buf_format(out, ",\"settings\":{");
		for (int k = 0; k < POLICY_KEYS; k++) {
			const struct policy_value *v = &s->value[k];
			json_text(out, policy_key_name((enum policy_key)k));
			buf_format(out, ":{");
			json_pair(out, "value",
			    policy_value_text((enum policy_key)k, v->value));
			json_pair(out, "section", v->section);
			buf_format(out, "\"line\":%d},", v->line);
		}
		json_close(out, "}},");
	}
	json_close(out, "],");
}

static void
json_recordings(const struct decision *d, struct buf *out)
{
	buf_format(out, "\"recordings\":[");
	for (size_t i = 0; i < d->plan.recordings; i++) {
		const struct plan_recording *r = &d->plan.recording[i];
		buf_format(out, "{");
		json_seconds(out, "start", r->start_us);
		buf_format(out, ",");
		json_seconds(out, "end", r->end_us);
		buf_format(out, ",");
		json_pair(out, "queue", r->queue);
		json_pair(out, "agent", r->agent);
		buf_format(out, "\"cuts\":[");
		for (size_t k = 0; k < r->cuts; k++) {
			buf_format(out, "{");
			json_seconds(out, "start", r->cut[k].start_us);
			buf_format(out, ",");
			json_seconds(out, "end", r->cut[k].end_us);
			buf_format(out, ",");
			json_pair(out, "reason", r->cut[k].reason);
			json_close(out, "},");
		}
		json_close(out, "]},");
	}
	json_close(out, "],");
}

void
explain_json(const struct decision *d, struct buf *out)
{
	buf_format(out, "{");
	json_pair(out, "id", d->call->id);
	json_pair(out, "type", d->call->type);
	json_pair(out, "class", call_class_names[d->call->class]);
	buf_format(out, "\"record\":%s,\"channels\":%d,",
	    d->plan.record ? "true" : "false", d->plan.channels);
	json_pair(out, "reason", d->plan.reason);
	json_pair(out, "policy", d->policy->doc->file);
	json_pair(out, "redaction_style", plan_style_names[d->plan.style]);
	buf_format(out, "\"messages\":[");
	for (size_t i = 0; i < d->plan.messages; i++) {
		json_text(out, d->plan.message[i]);
		buf_format(out, ",");
	}
	json_close(out, "],");
	json_segments(d, out);
	json_recordings(d, out);
	buf_format(out, "\"actions\":[");
	for (size_t i = 0; i < d->timeline.actions; i++) {
		const struct timeline_action *a = &d->timeline.action[i];
		buf_format(out, "{");
		json_seconds(out, "at", a->at_us);
		buf_format(out, ",");
		json_pair(out, "action", timeline_kind_names[a->kind]);
		buf_format(out, "\"line\":%d},", a->line);
	}
	json_close(out, "]}\n");
}

/* What is made of a call, in a few words. */
static void
sum_up(const struct decision *d, struct buf *out)
{
	const struct plan *p = &d->plan;
	char a[UTIL_SECONDS_SIZE], b[UTIL_SECONDS_SIZE];

	buf_format(out, p->record ? "record" : "do not record");
	if (p->record)
		buf_format(out, " %d channel%s %s", p->channels,
		    p->channels == 1 ? "" : "s", plan_style_names[p->style]);
	for (size_t i = 0; i < p->recordings; i++) {
		const struct plan_recording *r = &p->recording[i];
		buf_format(
		    out, ", %s-%s", span(r->start_us, a), span(r->end_us, b));
		for (size_t k = 0; k < r->cuts; k++)
			buf_format(out, " without %s-%s",
			    span(r->cut[k].start_us, a),
			    span(r->cut[k].end_us, b));
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
		    new->call->id, was.s, old->plan.reason, is.s,
		    new->plan.reason);
	buf_free(&was);
	buf_free(&is);
}
