/* SPDX-License-Identifier: ISC */
#include "queue_log.h"

#include <stdlib.h>
#include <string.h>

#include "guard.h"
#include "io.h"
#include "map.h"
#include "mem.h"
#include "text.h"

enum { TIME, ID, QUEUE, AGENT, EVENT, DATA, FIELDS };
static const int64_t second_us = 1000000;

/* The entries of one call. */
struct entries {
	char *key;
	struct queue_entry *first, *last;
};

struct queue_log {
	FILE *file;
	const char *path;
	int line;
	int64_t read_us; /* the time of the last line */
	struct map call;
};

int
queue_log_open(
    struct queue_log **q, struct import *im, const char *path, struct why *why)
{
	FILE *file = import_open(im, path, GUARD_LOG_MAX, why);

	if (!file)
		return -1;
	*q = mem_alloc(sizeof **q);
	(*q)->file = file;
	(*q)->path = path;
	return 0;
}

/* Splits a line at '|'; the last field has the rest. */
static size_t
split_fields(char *line, char *field[FIELDS])
{
	size_t n = 0;

	while (n < FIELDS) {
		char *bar = strchr(line, '|');

		field[n++] = line;
		if (!bar || n == FIELDS)
			return n;
		*bar = '\0';
		line = bar + 1;
	}
	return n;
}

/* The second field of a CONNECT's data: "holdtime|uniqueid|ringtime". */
static char *
connected(const char *event, const char *data)
{
	const char *bar = strchr(data, '|');

	if (strcmp(event, "CONNECT") != 0 || !bar)
		return text_dup("");
	return text_ndup(bar + 1, strcspn(bar + 1, "|"));
}

static void
add_queue_entry(struct queue_log *q, char *field[FIELDS], int64_t at_us)
{
	struct entries *e = map_get(&q->call, field[ID]);
	struct queue_entry *one = mem_alloc(sizeof *one);

	*one = (struct queue_entry){.at_us = at_us,
	    .queue = text_dup(field[QUEUE]),
	    .agent = text_dup(field[AGENT]),
	    .event = text_dup(field[EVENT]),
	    .channel = connected(field[EVENT], field[DATA])};
	if (!e) {
		e = mem_alloc(sizeof *e);
		e->key = text_dup(field[ID]);
		map_put(&q->call, e->key, e);
	}
	if (e->last)
		e->last->next = one;
	else
		e->first = one;
	e->last = one;
}

static bool
is_of_no_call(char *field[FIELDS])
{
	return strcmp(field[ID], "NONE") == 0 || !*field[ID];
}

void
queue_log_read(struct queue_log *q, struct import *im, int64_t until_us)
{
	char line[2048], none[] = "", *field[FIELDS];
	int64_t us;
	ssize_t n;

	while (q && q->read_us <= until_us + second_us &&
	       (n = io_line(q->file, line, sizeof line)) >= 0) {
		q->line++;
		field[DATA] = none;
		/* A line without these fields is some other text. */
		if (n >= (ssize_t)sizeof line ||
		    split_fields(line, field) < DATA || is_of_no_call(field))
			continue;
		if (import_epoch(field[TIME], &us) != 0) {
			char *why = text_format("%s:%d: not a time: '%.60s'",
			    q->path, q->line, field[TIME]);
			import_skip(im, why);
			free(why);
			continue;
		}
		q->read_us = us;
		add_queue_entry(q, field, us);
	}
}

const struct queue_entry *
queue_log_of(const struct queue_log *q, const char *key)
{
	const struct entries *e = q ? map_get(&q->call, key) : NULL;

	return e ? e->first : NULL;
}

static void
free_queue_entries(struct entries *e)
{
	struct queue_entry *next;

	for (struct queue_entry *one = e->first; one; one = next) {
		next = one->next;
		free(one->queue);
		free(one->agent);
		free(one->event);
		free(one->channel);
		free(one);
	}
	free(e->key);
	free(e);
}

void
queue_log_forget(struct queue_log *q, const char *key)
{
	struct entries *e = q ? map_get(&q->call, key) : NULL;

	if (!e)
		return;
	map_drop(&q->call, key);
	free_queue_entries(e);
}

void
queue_log_free(struct queue_log *q)
{
	struct entries **all;

	if (!q)
		return;
	all = mem_alloc((q->call.count + 1) * sizeof *all);
	map_each(&q->call, (void **)all);
	for (size_t i = 0; i < q->call.count; i++)
		free_queue_entries(all[i]);
	free(all);
	map_free(&q->call);
	(void)fclose(q->file);
	free(q);
}

void
queue_log_rules(const struct import *im, struct import_call *c,
    const struct queue_entry *first)
{
	for (const struct queue_entry *e = first; e; e = e->next) {
		const char *rule = import_rule(im->o, e->event);
		bool ends = rule && (strcmp(rule, "resume") == 0 ||
					strcmp(rule, "payment-end") == 0);

		if (rule)
			import_event(c,
			    e->at_us + (ends && e->at_us % second_us == 0
					       ? second_us
					       : 0),
			    "%s", rule);
	}
}
