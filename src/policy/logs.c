/* SPDX-License-Identifier: ISC */
#include "logs.h"

#include <stdlib.h>

#include "cli.h"
#include "formats.h"
#include "mem.h"
#include "text.h"

/* What is read together: a file, or rotated logs. */
struct logs_reading {
	const struct logs *logs;
	char **path;
	size_t paths;
	int status;
};

static void
tell_log_fault(
    struct logs_reading *r, enum logs_fault fault, const struct why *why)
{
	r->status = cli_worse(
	    r->status, r->logs->fault(r->path[0], fault, why, r->logs->arg));
}

static void
skipped(const char *text, void *arg)
{
	struct why why;

	why_set(&why, "%s", text);
	tell_log_fault(arg, LOGS_LINE, &why);
}

/* A part of a call is kept for the log with the rest of it. */
static bool
is_whole_call(struct logs_reading *r, const struct import_call *c)
{
	struct why why;

	if (c->part == IMPORT_GOES_ON)
		cli_say("%s: call %s goes on, or its end is in a newer log: "
			"kept for later",
		    r->path[0], c->id);
	if (c->part == IMPORT_NO_BEGINNING) {
		why_set(&why,
		    "call %s began before this log: not taken; give the older "
		    "log, too",
		    c->id);
		tell_log_fault(r, LOGS_PART, &why);
	}
	return c->part == IMPORT_WHOLE || c->part == IMPORT_TORN;
}

static void
take_call(struct import *im, struct import_call *c, void *arg)
{
	struct logs_reading *r = arg;
	const struct logs *logs = r->logs;
	const char *dropped = import_dropped(im->o, c);
	struct buf text = {0};
	struct why why;

	if (r->status == EXIT_LATER)
		return;
	if (c->part == IMPORT_TORN)
		import_fact(c, "torn", "no end");
	if (dropped)
		cli_say("%s: %s: not a call: %s", r->path[0], c->id, dropped);
	else if (!is_whole_call(r, c))
		return;
	else if (import_finish(im, c, &text, &why) != 0)
		tell_log_fault(r, LOGS_CALL, &why);
	else
		r->status = cli_worse(
		    r->status, logs->take(r->path[0], c, &text, logs->arg));
	buf_free(&text);
}

static int
read_at_once(struct logs_reading *r)
{
	const struct logs *logs = r->logs;
	struct import im = {.o = logs->import,
	    .skip = skipped,
	    .skip_arg = r,
	    .done = take_call,
	    .done_arg = r};
	struct why why;

	if (formats_read(&im, logs->from, (const char *const *)r->path,
		r->paths, &why) != 0)
		tell_log_fault(r, LOGS_FILE, &why);
	for (size_t i = 0; i < im.calls; i++)
		take_call(&im, &im.call[i], r);
	import_free(&im);
	return logs->end ? logs->end(r->status, logs->arg) : r->status;
}

static int
each_log(const char *path, void *arg)
{
	char *one = text_dup(path);
	struct logs_reading r = {.logs = arg, .path = &one, .paths = 1};
	int status = read_at_once(&r);

	free(one);
	return status;
}

static int
add_log_path(const char *path, void *arg)
{
	struct logs_reading *r = arg;

	r->path = mem_resize(r->path, r->paths + 1, sizeof *r->path);
	r->path[r->paths++] = text_dup(path);
	return EXIT_DONE;
}

/* Rotated logs contain parts of the same calls. */
static int
read_joined(const struct logs *logs, int argc, char **argv)
{
	struct logs_reading r = {.logs = logs};
	int status = cli_each(argc, argv, logs->nul, add_log_path, &r);

	if (r.paths > 0)
		status = cli_worse(status, read_at_once(&r));
	for (size_t i = 0; i < r.paths; i++)
		free(r.path[i]);
	free(r.path);
	return status;
}

int
logs_read(const struct logs *logs, int argc, char **argv)
{
	if (formats_join(logs->from))
		return read_joined(logs, argc, argv);
	return cli_each(
	    argc, argv, logs->nul, each_log, (void *)(uintptr_t)logs);
}
