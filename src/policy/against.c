/* SPDX-License-Identifier: ISC */
#include "against.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "formats.h"
#include "ini.h"
#include "mem.h"
#include "naming.h"
#include "text.h"

/* A queue in which calls were. */
struct queue_seen {
	char *path, *name; /* as in the log, and by naming_key() */
	enum call_class class;
	size_t calls;
};

struct calls_log {
	struct queue_seen *seen;
	size_t count;
};

static void
add_queue(struct calls_log *log, const struct call *call, const char *queue)
{
	char *path = naming_path(call->channel, queue);
	char *name = naming_key(path);

	for (size_t i = 0; i < log->count; i++) {
		struct queue_seen *s = &log->seen[i];

		if (s->class != call->class || strcmp(s->name, name) != 0)
			continue;
		s->calls++;
		free(path);
		free(name);
		return;
	}
	log->seen = mem_resize(log->seen, log->count + 1, sizeof *log->seen);
	log->seen[log->count++] =
	    (struct queue_seen){path, name, call->class, 1};
}

static void
add_call(struct calls_log *log, const struct buf *text)
{
	FILE *file = fmemopen(text->s, text->len, "r");
	struct ini_stream stream = {.file = file, .name = "call"};
	struct doc doc = {0};
	struct call call;
	struct why why;

	if (file && ini_next(&stream, &doc, &why) == 1 &&
	    call_from_doc(&call, &doc, &why) == 0) {
		if (call.queue)
			add_queue(log, &call, call.queue);
		for (size_t i = 0; i < call.events; i++)
			if (call.event[i].queue)
				add_queue(log, &call, call.event[i].queue);
		call_free(&call);
	}
	if (file)
		(void)fclose(file);
	doc_free(&doc);
}

/* True for the queue, or a queue below it. */
static bool
is_in_policy(const struct queue_seen *s, const struct policy_queue *q)
{
	size_t n = strlen(q->name);

	return s->class == q->class && strncmp(s->name, q->name, n) == 0 &&
	       (s->name[n] == '\0' || s->name[n] == '/');
}

/* The most similar queue of the same class, or NULL. */
static const struct queue_seen *
nearest_queue(const struct calls_log *log, const struct policy_queue *q)
{
	const char **names = mem_alloc((log->count + 1) * sizeof *names);
	const struct queue_seen *found = NULL;
	const char *near;
	size_t n = 0;

	for (size_t i = 0; i < log->count; i++)
		if (log->seen[i].class == q->class)
			names[n++] = log->seen[i].name;
	names[n] = NULL;
	near = text_nearest(q->name, names);
	for (size_t i = 0; i < log->count && near && !found; i++)
		if (log->seen[i].name == near)
			found = &log->seen[i];
	free(names);
	return found;
}

static void
check_queue(const struct policy *p, const struct policy_queue *q,
    const struct calls_log *log, const char *name, struct policy_notes *notes)
{
	const struct queue_seen *near;

	for (size_t i = 0; i < log->count; i++)
		if (is_in_policy(&log->seen[i], q))
			return;
	near = nearest_queue(log, q);
	if (near)
		policy_note(notes, p, q->section->line,
		    "no %s call of %s was in queue %.60s; did you mean "
		    "'%.60s' (%zu calls)?",
		    call_class_names[q->class], name, q->path, near->path,
		    near->calls);
	else
		policy_note(notes, p, q->section->line,
		    "no %s call of %s was in queue %.60s",
		    call_class_names[q->class], name, q->path);
}

static void
free_log(struct calls_log *log)
{
	for (size_t i = 0; i < log->count; i++) {
		free(log->seen[i].path);
		free(log->seen[i].name);
	}
	free(log->seen);
}

int
against_log(const struct policy *p, const char *format,
    const struct import_options *o, const char *name,
    struct policy_notes *notes, struct why *why)
{
	struct import im = {.o = o};
	struct calls_log log = {0};
	int status = formats_read(&im, format, &name, 1, why);

	/* As of a file that is not a log at all. */
	if (status == 0 && im.calls == 0)
		status = why_set(why, "%s: no call in it", name);
	for (size_t i = 0; i < im.calls && status == 0; i++) {
		struct buf text = {0};
		struct why part;

		/* A record that is not a call, or has no type, does not show a
		 * class. */
		if (import_finish(&im, &im.call[i], &text, &part) == 0 &&
		    text.s)
			add_call(&log, &text);
		buf_free(&text);
	}
	for (size_t i = 0; i < p->queues && status == 0; i++)
		check_queue(p, &p->queue[i], &log, name, notes);
	import_free(&im);
	free_log(&log);
	return status;
}
