/* SPDX-License-Identifier: ISC */
#include "cel.h"

#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "cel_board.h"
#include "cel_table.h"
#include "mem.h"
#include "queue_log.h"
#include "text.h"

struct cel_reader {
	struct cel_board board;
	const char *path;
	int64_t last_us; /* of the previous record */
};

static int
read_time(struct import *im, const struct table *t, struct cel_reader *r,
    int64_t *us, struct why *why)
{
	if (import_time_after(im->o, t->value[CEL_TIME], r->last_us, us) == 0)
		return 0;
	return why_set(why, "%s:%d: %s: '%.40s'", r->path, t->line,
	    im->o->zone ? "not a time" : "a time without a zone; use --zone",
	    t->value[CEL_TIME]);
}

static int
take_cel_row(
    struct import *im, const struct table *t, void *arg, struct why *why)
{
	struct cel_reader *r = arg;
	struct cel_row row = {.type = t->value[CEL_TYPE],
	    .user_type = t->value[CEL_USER_TYPE],
	    .number = t->value[CEL_NUMBER],
	    .dnid = t->value[CEL_DNID],
	    .exten = t->value[CEL_EXTEN],
	    .context = t->value[CEL_CONTEXT],
	    .channel = t->value[CEL_CHANNEL],
	    .app = t->value[CEL_APP],
	    .data = t->value[CEL_DATA],
	    .uniqueid = t->value[CEL_UNIQUEID],
	    .linkedid = t->value[CEL_LINKEDID],
	    .extra = t->value[CEL_EXTRA],
	    .hidden = !t->json && t->column[CEL_NUMBER] >= 0 &&
		      !*t->value[CEL_NUMBER]};

	if (!*row.type || !*row.linkedid || !*row.uniqueid)
		return why_set(why,
		    "%s:%d: no eventtype, uniqueid or linkedid: not a record "
		    "of a CEL",
		    r->path, t->line);
	if (read_time(im, t, r, &row.at_us, why) != 0)
		return -1;
	r->last_us = row.at_us;
	cel_board_take(&r->board, &row);
	return 0;
}

/* One of several logs, with the time of its first record. */
struct cel_log {
	const char *path;
	int64_t first_us;
	size_t number;
};

static int
by_first(const void *a, const void *b)
{
	const struct cel_log *x = a, *y = b;

	if (x->first_us != y->first_us)
		return x->first_us < y->first_us ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

/* A log without a record that has a time comes last, and the fault is reported
 * there. */
static int64_t
first_time(struct import *im, const char *path)
{
	struct table t;
	int64_t us = INT64_MAX;
	int got = 1;

	if (cel_table_open(&t, im, path, NULL) == 0)
		for (int i = 0; i < 100 && got != 0 && us == INT64_MAX; i++) {
			got = table_next(&t, NULL);
			if (got == CSV_UNREADABLE)
				break;
			if (got > 0 &&
			    import_time(im->o, t.value[CEL_TIME], &us) != 0)
				us = INT64_MAX;
		}
	table_close(&t);
	return us;
}

static struct cel_log *
order_logs(struct import *im, const char *const *path, size_t paths)
{
	struct cel_log *log = mem_alloc((paths + 1) * sizeof *log);

	for (size_t i = 0; i < paths; i++)
		log[i] = (struct cel_log){path[i],
		    paths > 1 && strcmp(path[i], "-") != 0
			? first_time(im, path[i])
			: INT64_MAX,
		    i};
	if (paths > 1)
		qsort(log, paths, sizeof *log, by_first);
	return log;
}

/* A call is handed on when it has ended, but a later one may show that a
 * channel is an agent's. Invalid records are not reported here. */
static void
find_members(struct import *im, struct cel_members *m, const char *path)
{
	struct table t;
	int got = cel_table_open(&t, im, path, NULL) == 0 ? 1 : 0;

	while (got != 0 && got != CSV_UNREADABLE) {
		got = table_next(&t, NULL);
		if (got > 0 && strcmp(t.value[CEL_TYPE], "ANSWER") == 0)
			cel_members_answer(
			    m, t.value[CEL_APP], t.value[CEL_CHANNEL]);
	}
	table_close(&t);
}

/* True if a type for all calls could make an agent the customer. */
static bool
needs_members(const struct import_options *o)
{
	return o->type && call_class_of(o->type) != CALL_OUTBOUND;
}

static int
read_cel_log(
    struct import *im, struct cel_reader *r, const char *path, struct why *why)
{
	struct table t;
	int bad = cel_table_open(&t, im, path, why);

	r->path = path;
	if (bad == 0)
		bad = table_each(&t, im, take_cel_row, r, why);
	table_close(&t);
	return bad;
}

int
cel_add(
    struct import *im, const char *const *path, size_t paths, struct why *why)
{
	struct cel_reader r = {.board.im = im};
	struct cel_log *log = order_logs(im, path, paths);
	int bad = im->o->queue_log
		      ? queue_log_open(&r.board.log, im, im->o->queue_log, why)
		      : 0;

	for (size_t i = 0; i < paths && bad == 0; i++)
		if (needs_members(im->o) && strcmp(path[i], "-") != 0)
			find_members(im, &r.board.members, path[i]);
	for (size_t i = 0; i < paths && bad == 0; i++)
		bad = read_cel_log(im, &r, log[i].path, why);
	free(log);
	cel_board_end(&r.board);
	queue_log_free(r.board.log);
	return bad;
}
