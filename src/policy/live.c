/* SPDX-License-Identifier: ISC */
#include "live.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "num.h"
#include "text.h"

static void
answer_message(struct buf *out, const struct decision *d, const char *word,
    const char *file)
{
	char *path = file ? decide_path(d->policy->doc->file, file) : NULL;

	buf_format(out, "%s%s%s\n", word, path ? " " : "", path ? path : "");
	free(path);
}

/* Adds a line of the policy after the word. */
static void
add_rule(struct buf *out, const struct decision *d, const char *word,
    enum policy_key key)
{
	char *line =
	    decide_line(d->policy, &d->segment[d->segments - 1].value[key]);

	buf_format(out, "%s %s\n", word, line);
	free(line);
}

/* Adds what the customer must hear, up to a question: the rest depends on the
 * answer. A message that failed ends it. */
static void
answer_messages(struct live *l, struct buf *out)
{
	const struct decision *d = &l->decision;
	const struct timeline *t = &d->timeline;

	for (; l->messages < d->messages; l->messages++) {
		const struct decide_message *m = &d->message[l->messages];
		bool question = m->kind == TIMELINE_ASK_MESSAGE;

		if (timeline_is_over(t) || timeline_has_failed(t) ||
		    (l->asked && !t->granted))
			return;
		if (question || m->kind == TIMELINE_RECORD_MESSAGE)
			answer_message(
			    out, d, question ? "ask" : "play", m->key->value);
		l->asked = l->asked || question;
	}
	if (t->holder.ask && !l->asked && !timeline_is_over(t) &&
	    !timeline_has_failed(t)) {
		answer_message(out, d, "ask", NULL);
		l->asked = true;
	}
}

/*
 * Adds what a third party that joined must hear, unless something prevents it.
 */
static void
answer_third(struct live *l, struct buf *out)
{
	const struct timeline *t = &l->decision.timeline;
	const struct timeline_holder *h = &t->holder;

	bool joined = l->joins != t->joins;

	if ((!joined && !l->ask_third) || (t->bar != TIMELINE_THIRD_UNHEARD &&
					      t->bar != TIMELINE_THIRD_CONSENT))
		return;
	l->joins = t->joins;
	l->ask_third = false;
	if (joined && h->third_play)
		answer_message(out, &l->decision, "play-third-party",
		    h->message[TIMELINE_THIRD_MESSAGE]);
	if (h->third_ask)
		answer_message(out, &l->decision, "ask-third-party",
		    h->message[TIMELINE_ASK_THIRD]);
}

static void
answer_button(struct live *l, struct buf *out)
{
	int button = l->decision.timeline.holder.redaction;

	if (l->button == button || l->decision.timeline.ended)
		return;
	add_rule(out, &l->decision, button ? "button on" : "button off",
	    POLICY_REDACTION);
	l->button = button;
}

/* Adds what is new since the last answer. */
static void
answer_change(struct live *l, struct buf *out)
{
	const struct decision *d = &l->decision;
	/* A caller hears messages while waiting, a called party after the
	 * answer. */
	bool there = d->call->class == CALL_INBOUND || d->timeline.answered;

	/* Stopping comes first, because messages take time. */
	while (there && l->actions < d->timeline.actions)
		buf_format(out, "%s\n",
		    timeline_kind_names[d->timeline.action[l->actions++].kind]);
	answer_button(l, out);
	if (there) {
		answer_messages(l, out);
		answer_third(l, out);
	}
}

/* Messages that the script skipped after a failed one are sent again. */
static void
take_failure(struct live *l)
{
	const struct decision *d = &l->decision;
	enum timeline_message kind = d->timeline.failed_last;

	l->ask_third = kind == TIMELINE_THIRD_MESSAGE &&
		       d->timeline.holder.record_anyway &&
		       l->joins == d->timeline.joins;
	for (size_t i = 0; i < l->messages; i++) {
		if (d->message[i].kind != kind)
			continue;
		l->messages = i + 1;
		l->asked = false;
		for (size_t k = 0; k <= i; k++)
			l->asked = l->asked ||
				   d->message[k].kind == TIMELINE_ASK_MESSAGE;
	}
}

void
live_begin(struct live *l, const struct policy *policy, const struct call *call,
    int64_t started_us, struct buf *out)
{
	*l = (struct live){.started_us = started_us, .button = -1};
	decide_begin(&l->decision, policy, call, true);
	answer_change(l, out);
	/* So that the recording waits for `announced` afterwards as well. */
	buf_format(out, "ok 0.000 = %s\n", call_event_names[CALL_ANNOUNCING]);
}

static void
trim_end(char *text)
{
	size_t n = strlen(text);

	while (n > 0 && strchr(" \t\r\n", text[n - 1]))
		text[--n] = '\0';
}

/* As in an INI file: ';' begins a comment at the beginning or after a blank. */
static void
drop_comment(char *text)
{
	for (char *c = text; (c = strchr(c, ';')); c++)
		if (c == text || strchr(" \t", c[-1])) {
			*c = '\0';
			return;
		}
}

/* False for a line that could not be read back from a call file. */
static bool
is_text_line(const char *line, size_t length)
{
	size_t n = strlen(line);

	for (size_t i = 0; i < n; i++)
		if ((unsigned char)line[i] < ' ' && line[i] != '\t' &&
		    (line[i] != '\r' || i + 1 < n))
			return false;
	return n == length;
}

static int64_t
since_start(const struct live *l, int64_t now_us)
{
	return now_us > l->started_us ? now_us - l->started_us : 0;
}

/* "3.250 = answer", or "answer" for an event that happens now. */
static int
parse_event(struct live *l, char *line, int64_t now_us, struct call_event *e,
    char **text, struct why *why)
{
	char now[NUM_SECONDS_SIZE];
	char *equals = strchr(line, '=');
	const char *at = now;
	int64_t ahead_us;

	*text = line;
	/* The queue= of a transfer is not a time. */
	l->by_clock = !equals ||
		      strspn(line, "0123456789. \t") != (size_t)(equals - line);
	if (!l->by_clock) {
		*equals++ = '\0';
		trim_end(line);
		at = line;
		*text = equals + strspn(equals, " \t");
	} else {
		(void)num_seconds_text(since_start(l, now_us), now);
	}
	if (strlen(*text) + NUM_SECONDS_SIZE > DOC_LINE_MAX)
		return why_set(why, "the line is too long for a call file");
	if (call_event_parse(e, at, *text, why) != 0)
		return -1;
	ahead_us = e->at_us - since_start(l, now_us);
	if (ahead_us <= LIVE_AHEAD_US)
		return 0;
	call_event_free(e);
	return why_set(why,
	    "%.60s is %" PRId64 " s ahead of the clock: times are seconds "
	    "after the call's beginning, not milliseconds",
	    at, ahead_us / 1000000);
}

static bool
is_button_without_effect(const struct timeline *t, const struct call_event *e)
{
	return e->kind == CALL_PAUSE && !t->holder.redaction && !t->ended;
}

int
live_line(struct live *l, char *line, size_t length, int64_t now_us,
    struct buf *out, struct why *why)
{
	bool text_only = is_text_line(line, length);
	struct timeline *t = &l->decision.timeline;
	char at[NUM_SECONDS_SIZE], *text;
	struct call_event e = {.kind = CALL_EVENTS};
	struct why fault;

	l->lines++;
	line += strspn(line, " \t");
	drop_comment(line);
	trim_end(line);
	if (text_only && (!*line || *line == '#'))
		return 0;
	if (!text_only) {
		why_set(&fault, "too long, or not a line of text");
	} else if (l->events >= LIVE_EVENTS_MAX) {
		why_set(&fault, "more than %d events", LIVE_EVENTS_MAX);
	} else if (parse_event(l, line, now_us, &e, &text, &fault) == 0) {
		l->events++;
		e.line = l->lines;
		/* Times do not decrease, here or in the answers. */
		if (e.at_us < t->now_us)
			e.at_us = t->now_us;
		decide_event(&l->decision, &e);
		if (e.kind == CALL_MESSAGE_FAILED)
			take_failure(l);
		answer_change(l, out);
		if (is_button_without_effect(t, &e))
			add_rule(
			    out, &l->decision, "no-pause", POLICY_REDACTION);
		call_event_free(&e);
		buf_format(
		    out, "ok %s = %s\n", num_seconds_text(t->now_us, at), text);
		l->ended = t->ended;
		return 0;
	}
	buf_format(out, "error %s\n", fault.text);
	return why_set(why, "%s", fault.text);
}

void
live_end(struct live *l, int64_t now_us, struct buf *out)
{
	const struct timeline *t = &l->decision.timeline;
	int64_t end_us = t->now_us;
	char at[NUM_SECONDS_SIZE];

	if (l->by_clock && since_start(l, now_us) > end_us)
		end_us = since_start(l, now_us);
	decide_end(&l->decision, end_us);
	answer_change(l, out);
	if (!l->ended)
		buf_format(
		    out, "ok %s = end\n", num_seconds_text(t->now_us, at));
	l->ended = true;
}

void
live_free(struct live *l)
{
	decide_free(&l->decision);
}
