/* SPDX-License-Identifier: ISC */
#include "chart.h"

#include <stdio.h>
#include <string.h>

#include "text.h"

enum { CELLS = 60, TICKS_MAX = 6 };

struct chart {
	const struct decision *d;
	struct buf *out;
	int64_t end_us;
};

static int
cell(const struct chart *c, int64_t us)
{
	return c->end_us > 0 ? (int)((double)us * CELLS / (double)c->end_us)
			     : 0;
}

static void
blank(char row[CELLS + 1])
{
	memset(row, ' ', CELLS);
	row[CELLS] = '\0';
}

/* Fills [from_us, to_us) of a row, at least one cell. */
static void
paint(
    const struct chart *c, char *row, int64_t from_us, int64_t to_us, char with)
{
	int from = cell(c, from_us), to = cell(c, to_us);

	if (from >= CELLS)
		from = CELLS - 1;
	if (to <= from)
		to = from + 1;
	for (int i = from; i < to && i < CELLS; i++)
		row[i] = with;
}

static void
add_row(const struct chart *c, const char *label, const char *row)
{
	buf_format(c->out, "  %-11.11s |%s|\n", label, row);
}

static const char *
clock_text(int64_t us, bool hours, char *buf, size_t size)
{
	long long s = us / 1000000;

	if (hours)
		(void)snprintf(buf, size, "%lld:%02lld:%02lld", s / 3600,
		    s / 60 % 60, s % 60);
	else
		(void)snprintf(buf, size, "%lld:%02lld", s / 60, s % 60);
	return buf;
}

/* Draws at most TICKS_MAX round times, each above its cell. */
static void
draw_axis(const struct chart *c)
{
	static const int steps[] = {1, 2, 5, 10, 20, 30, 60, 120, 300, 600,
	    1200, 1800, 3600, 7200, 14400, 21600, 43200, 86400};
	bool hours = c->end_us >= (int64_t)3600 * 1000000;
	int64_t step = 0;
	char row[CELLS + 1], text[32];
	size_t n = 0, free_from = 0;

	while (n < sizeof steps / sizeof *steps && step * TICKS_MAX < c->end_us)
		step = (int64_t)steps[n++] * 1000000;
	if (step * TICKS_MAX < c->end_us)
		step = c->end_us / TICKS_MAX + 1;
	blank(row);
	for (int64_t at = 0; at < c->end_us || at == 0; at += step) {
		size_t from = (size_t)cell(c, at);
		(void)clock_text(at, hours, text, sizeof text);
		if (from >= free_from && from + strlen(text) <= CELLS) {
			memcpy(row + from, text, strlen(text));
			free_from = from + strlen(text) + 1;
		}
		if (step == 0)
			break;
	}
	for (n = CELLS; n > 0 && row[n - 1] == ' ';)
		row[--n] = '\0';
	buf_format(c->out, "  %-11s  %s\n", "time", row);
}

static void
draw_holders(const struct chart *c)
{
	char row[CELLS + 1];

	blank(row);
	for (size_t i = 0; i < c->d->segments; i++)
		if (c->d->segment[i].at_us < c->end_us || i == 0)
			paint(c, row, c->d->segment[i].at_us, c->end_us,
			    (char)('A' + (int)(i % 26)));
	add_row(c, "held by", row);
}

struct present {
	unsigned count[CALL_PARTIES];
	bool answered;
};

static void
count_present(struct present *p, const struct call_event *e)
{
	if (e->kind == CALL_ANSWER) {
		if (!p->answered)
			p->count[CALL_PARTY_CUSTOMER] = 1;
		p->answered = true;
		p->count[CALL_PARTY_AGENT] = 1;
	} else if (e->kind == CALL_TRANSFER && e->agent && p->answered) {
		p->count[CALL_PARTY_AGENT] = 1;
	} else if (e->kind == CALL_JOIN) {
		p->count[e->party]++;
	} else if (e->kind == CALL_LEAVE && p->count[e->party] > 0) {
		p->count[e->party]--;
	}
}

/* '-' for one, digits for several; the caller of an inbound call waits. */
static void
draw_party(const struct chart *c, enum call_party party)
{
	const struct call *call = c->d->call;
	struct present p = {{0}, false};
	char row[CELLS + 1];
	bool any = false;
	int64_t before = 0;

	blank(row);
	for (size_t i = 0; i <= call->events; i++) {
		const struct call_event *e =
		    i < call->events ? &call->event[i] : NULL;
		int64_t at = e && e->at_us < c->end_us ? e->at_us : c->end_us;
		unsigned n = p.count[party];

		if (n > 0 && at > before)
			paint(c, row, before, at,
			    n == 1 ? '-' : (char)('0' + (n < 10 ? n : 9)));
		else if (!p.answered && party == CALL_PARTY_CUSTOMER &&
			 call->class == CALL_INBOUND && at > before)
			paint(c, row, before, at, '.');
		any = any || n > 0;
		if (!e || e->kind == CALL_END)
			break;
		count_present(&p, e);
		before = at;
	}
	if (any)
		add_row(c, call_party_names[party], row);
}

/* If the log records when they were played. */
static void
draw_messages(const struct chart *c)
{
	const struct call *call = c->d->call;
	int64_t from = call->class == CALL_INBOUND ? 0 : -1;
	char row[CELLS + 1];

	blank(row);
	for (size_t i = 0; i < call->events && c->d->messages > 0; i++) {
		const struct call_event *e = &call->event[i];

		if (e->kind == CALL_ANSWER && from < 0)
			from = e->at_us;
		if (e->kind != CALL_ANNOUNCED || e->at_us > c->end_us)
			continue;
		paint(c, row, from < 0 || from > e->at_us ? e->at_us : from,
		    e->at_us, 'm');
		add_row(c, "messages", row);
		return;
	}
}

static void
draw_consent(const struct chart *c)
{
	static const char marks[] = {[CALL_GRANTED] = 'y',
	    [CALL_DECLINED] = 'n',
	    [CALL_NO_ANSWER] = '?'};
	const struct call *call = c->d->call;
	char row[CELLS + 1];
	bool any = false;

	blank(row);
	for (size_t i = 0; i < call->events; i++) {
		const struct call_event *e = &call->event[i];

		if (e->kind != CALL_CONSENT)
			continue;
		paint(c, row, e->at_us, e->at_us, marks[e->consent]);
		any = true;
	}
	if (any)
		add_row(c, "consent", row);
}

static char
cut_mark(const char *reason)
{
	if (!plan_is_redaction(reason))
		return '_';
	return strcmp(reason, "payment") == 0 ? '$' : 'x';
}

static void
draw_recorded(const struct chart *c)
{
	static const char digits[] = "123456789abcdefghijklmnopqrstuvwxyz";
	const struct plan *p = &c->d->plan;
	char row[CELLS + 1], files[CELLS + 1];

	blank(row);
	blank(files);
	for (size_t i = 0; i < p->recordings; i++) {
		const struct plan_recording *r = &p->recording[i];

		paint(c, row, r->start_us, r->end_us, '#');
		for (size_t k = 0; k < r->cuts; k++)
			paint(c, row, r->cut[k].start_us, r->cut[k].end_us,
			    cut_mark(r->cut[k].reason));
		paint(c, files, r->start_us, r->end_us,
		    digits[i % (sizeof digits - 1)]);
	}
	add_row(c, "recorded", row);
	if (p->recordings > 0)
		add_row(c, "file", files);
}

void
chart_add(const struct decision *d, struct buf *out)
{
	struct chart c = {d, out, d->timeline.end_us};
	char text[32];

	buf_format(out, "timeline, %s in all: # recorded  x pause  $ payment",
	    clock_text(c.end_us, c.end_us >= (int64_t)3600 * 1000000, text,
		sizeof text));
	buf_format(out, "  _ cut%s\n",
	    d->call->class == CALL_INBOUND ? "  . waits" : "");
	draw_axis(&c);
	draw_holders(&c);
	for (int p = 0; p < CALL_PARTIES; p++)
		draw_party(&c, (enum call_party)p);
	draw_messages(&c);
	draw_consent(&c);
	draw_recorded(&c);
}
