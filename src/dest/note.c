/* SPDX-License-Identifier: ISC */
#include "note.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "num.h"
#include "text.h"
#include "when.h"

struct note {
	struct buf text;
	size_t room; /* for lines, behind which the marker still fits */
};

char *
note_marker(const char *key, const char *name, uint64_t bytes)
{
	return text_format("[rectools %s %s %" PRIu64 "]", key, name, bytes);
}

/* Takes the line over; false: no room for it. */
static bool
add(struct note *n, char *line)
{
	bool fits = n->text.len + strlen(line) + 1 <= n->room;

	for (unsigned char *c = (unsigned char *)line; *c; c++)
		if (*c < ' ' || *c == 127)
			*c = ' ';
	if (fits)
		buf_format(&n->text, "%s\n", line);
	free(line);
	return fits;
}

/* When the call began, or -1. */
static int64_t
started(const struct ticket *t)
{
	const char *text = ticket_fact(t, "started");
	int64_t us;

	return text && when_parse(text, &us) == 0 ? us : -1;
}

static void
add_head(struct note *n, const struct ticket *t, const struct ticket_file *f)
{
	const char *id = ticket_fact(t, "id");
	int64_t us = started(t), s = f->rate ? f->samples / f->rate : 0;
	struct buf b = {0};
	char time[WHEN_SIZE];

	buf_format(&b, "Call recording %s", id ? id : "");
	if (f->recordings > 0)
		buf_format(
		    &b, ", recording %d of %d", f->recording, f->recordings);
	if (f->parts > 0)
		buf_format(&b, ", part %d of %d", f->part, f->parts);
	(void)add(n, b.s);
	b = (struct buf){0};
	if (us >= 0)
		buf_format(&b, "Begins %s", when_text(us + f->start_us, time));
	if (s > 0)
		buf_format(&b, "%s%" PRId64 ":%02d:%02d long",
		    us >= 0 ? ", " : "", s / 3600, (int)(s / 60 % 60),
		    (int)(s % 60));
	if (b.s)
		(void)add(n, b.s);
}

static bool
add_pause(struct note *n, const struct ticket_cut *cut, int64_t us)
{
	char from[NUM_SECONDS_SIZE], to[NUM_SECONDS_SIZE];
	char start[WHEN_SIZE], end[WHEN_SIZE];
	struct buf b = {0};

	buf_format(&b, "Paused from %s s to %s s",
	    num_seconds_text(cut->start_us, from),
	    num_seconds_text(cut->end_us, to));
	if (us >= 0)
		buf_format(&b, " (%s to %s)",
		    when_text(us + cut->start_us, start),
		    when_text(us + cut->end_us, end));
	buf_format(&b, ": %s", cut->reason);
	return add(n, b.s);
}

static void
add_pauses(struct note *n, const struct ticket *t, const struct ticket_file *f)
{
	enum { COUNT = 40 }; /* "and 4294967296 more pauses" */
	int64_t us = started(t);
	size_t done = 0;

	if (f->cuts == 0 || n->room < COUNT)
		return;
	n->room -= COUNT;
	while (done < f->cuts && add_pause(n, &f->cut[done], us))
		done++;
	n->room += COUNT;
	if (done < f->cuts)
		(void)add(
		    n, text_format("and %zu more pauses", f->cuts - done));
}

static void
add_facts(struct note *n, const struct ticket *t, const struct ticket_file *f)
{
	const struct doc_section *call = doc_find(&t->call, "call");

	/* Of this recording; the call's own may be those of its beginning. */
	if (f->queue)
		(void)add(n, text_format("queue: %s", f->queue));
	if (f->agent)
		(void)add(n, text_format("agent: %s", f->agent));
	for (size_t i = 0; call && i < call->keys; i++) {
		const struct doc_key *k = &call->key[i];

		if (strcmp(k->name, "id") == 0 ||
		    strcmp(k->name, "started") == 0 ||
		    (f->queue && strcmp(k->name, "queue") == 0) ||
		    (f->agent && strcmp(k->name, "agent") == 0))
			continue;
		(void)add(n, text_format("%s: %s", k->name, k->value));
	}
}

char *
note_text(const struct ticket *t, const struct ticket_file *f,
    const char *marker, size_t most)
{
	struct note n = {{0}, 0};

	if (most > strlen(marker))
		n.room = most - strlen(marker);
	add_head(&n, t, f);
	add_pauses(&n, t, f);
	add_facts(&n, t, f);
	buf_format(&n.text, "%s", marker);
	return n.text.s;
}
