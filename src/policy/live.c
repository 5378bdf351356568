/* SPDX-License-Identifier: ISC */
#include "live.h"

#include <stdlib.h>
#include <string.h>

#include "num.h"
#include "text.h"

/* Adds what is new since the last answer. */
static void
answer(struct live *l, struct buf *out)
{
	const struct decision *d = &l->decision;

	/* A caller hears them while waiting; who is called, when there. */
	if (d->call->class != CALL_INBOUND && !d->timeline.answered)
		return;
	/* What must not be recorded first. */
	while (l->actions < d->timeline.actions)
		buf_format(out, "%s\n",
		    timeline_kind_names[d->timeline.action[l->actions++].kind]);
	while (l->messages < d->messages) {
		const struct doc_key *k = d->message[l->messages++].key;
		char *path = decide_path(d->policy->doc->file, k->value);
		bool ask = strcmp(k->name, "ask_permission") == 0;
		buf_format(out, "%s %s\n", ask ? "ask" : "play", path);
		l->asked = l->asked || ask;
		free(path);
	}
	if (d->timeline.holder.ask && !l->asked) {
		buf_format(out, "ask\n");
		l->asked = true;
	}
}

void
live_begin(struct live *l, const struct policy *policy, const struct call *call,
    int64_t started_us, struct buf *out)
{
	*l = (struct live){.started_us = started_us};
	decide_begin(&l->decision, policy, call, true);
	answer(l, out);
	/* So that afterwards, too, the recording waits for `announced`. */
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

/* What would not read back from a call file as it is. */
static bool
is_text(const char *line, size_t length)
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

/* "3.250 = answer", or "answer" for one that happens now. */
static int
parse(struct live *l, char *line, int64_t now_us, struct call_event *e,
    char **text, struct why *why)
{
	char now[NUM_SECONDS_SIZE];
	char *equals = strchr(line, '=');
	const char *at = now;

	*text = line;
	/* A transfer's queue= is no time. */
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
	return call_event_parse(e, at, *text, why);
}

int
live_line(struct live *l, char *line, size_t length, int64_t now_us,
    struct buf *out, struct why *why)
{
	bool text_only = is_text(line, length);
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
	} else if (parse(l, line, now_us, &e, &text, &fault) == 0) {
		l->events++;
		e.line = l->lines;
		/* Time does not run backwards, here nor in what is told. */
		if (e.at_us < t->now_us)
			e.at_us = t->now_us;
		decide_event(&l->decision, &e);
		call_event_free(&e);
		answer(l, out);
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
	answer(l, out);
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
