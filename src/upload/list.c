/* SPDX-License-Identifier: ISC */
#include "list.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apart.h"
#include "audit.h"
#include "ini.h"
#include "json.h"
#include "list_notices.h"
#include "mem.h"
#include "pauses.h"
#include "state.h"
#include "text.h"
#include "ticket.h"
#include "when.h"

struct listed_line {
	const char *id, *stage, *file, *dest, *error;
	uint64_t bytes;
	int64_t age_s, due_us;
	int attempts;
};

static void
add_line_json(struct buf *out, const struct listed_line *l, const char *due)
{
	struct json *j = json_new();
	char *text;

	json_set_text(j, "id", l->id);
	json_set_text(j, "stage", l->stage);
	json_set_text(j, "file", l->file);
	json_set_text(j, "destination", l->dest);
	json_set_text(j, "next", due);
	json_set_text(j, "error", l->error);
	json_set_number(j, "bytes", (int64_t)l->bytes);
	json_set_number(j, "age", l->age_s);
	json_set_number(j, "attempts", l->attempts);
	text = json_write(j);
	buf_format(out, "%s\n", text);
	free(text);
	json_free(j);
}

/* "12.3M": three significant digits. */
static const char *
size_text(uint64_t bytes, char text[16])
{
	static const char unit[] = " kMGTPE";
	double size = (double)bytes;
	size_t i = 0;

	for (; size >= 999.5; i++)
		size /= 1000;
	if (i == 0)
		(void)snprintf(text, 16, "%.0f", size);
	else
		(void)snprintf(
		    text, 16, "%.*f%c", size < 9.95 ? 1 : 0, size, unit[i]);
	return text;
}

/* "3d04h", "1h02m", "5m07s", "12s" */
static const char *
age_text(int64_t s, char text[32])
{
	const long long d = s / 86400, h = s / 3600, m = s / 60;

	if (s < 0)
		(void)snprintf(text, 32, "-");
	else if (d > 0)
		(void)snprintf(text, 32, "%lldd%02lldh", d, h % 24);
	else if (h > 0)
		(void)snprintf(text, 32, "%lldh%02lldm", h, m % 60);
	else if (m > 0)
		(void)snprintf(text, 32, "%lldm%02llds", m, (long long)s % 60);
	else
		(void)snprintf(text, 32, "%llds", (long long)s);
	return text;
}

static void
add_listed_line(struct buf *out, const struct listed_line *l, bool json)
{
	char time[WHEN_SIZE], size[16], age[32];
	const char *due = strcmp(l->stage, "failed") == 0 ? "never" : "now";

	if (l->due_us > 0)
		due = when_text(l->due_us + 999999, time);
	if (json) {
		add_line_json(out, l, due);
		return;
	}
	if (out->len == 0)
		buf_format(out, "%-20s %-7s %6s %6s  %-12s %5s  %-20s  %s\n",
		    "call", "stage", "size", "age", "destination", "tries",
		    "next try", "file: last error");
	buf_format(out, "%-20s %-7s %6s %6s  %-12s %5d  %-20s  %s%s%s\n", l->id,
	    l->stage, size_text(l->bytes, size), age_text(l->age_s, age),
	    l->dest, l->attempts, due, l->file, *l->error ? ": " : "",
	    l->error);
}

static char *
failed_reason(int folder)
{
	struct doc doc;
	char *reason;

	if (ini_read_at(&doc, folder, "failed.ini", "failed.ini", NULL))
		return NULL;
	reason = doc_text(doc_find(&doc, "failed"), "reason");
	doc_free(&doc);
	return reason;
}

/* A destination for which something waits, or that is paused. */
struct waiting_upload {
	char *dest;
	size_t files;
};

/* The arguments of list_add() for a stage. */
struct lister {
	const struct spool *sp;
	const char *what; /* a call or a destination; NULL: all */
	struct pauses pauses;
	struct waiting_upload *waiting;
	size_t destinations;
	const struct routes *routes;
	int64_t now_us;
	bool json;
	struct buf *out;
	size_t files, calls, failed;
	uint64_t bytes;
};

static struct waiting_upload *
waiting_for(struct lister *li, const char *dest)
{
	for (size_t i = 0; i < li->destinations; i++)
		if (strcmp(li->waiting[i].dest, dest) == 0)
			return &li->waiting[i];
	li->waiting =
	    mem_resize(li->waiting, li->destinations + 1, sizeof *li->waiting);
	li->waiting[li->destinations] =
	    (struct waiting_upload){text_dup(dest), 0};
	return &li->waiting[li->destinations++];
}

/*
 * Adds what is known of its destination: nothing is tried before a pause ends.
 */
static void
add_listed(struct lister *li, struct listed_line l)
{
	const struct pause *p = pauses_of(&li->pauses, l.dest);

	if (strcmp(l.dest, "-") != 0 && strcmp(l.stage, "upload") == 0) {
		waiting_for(li, l.dest)->files++;
		if (p && p->until_us > l.due_us)
			l.due_us = p->until_us;
		if (l.due_us <= li->now_us)
			l.due_us = 0;
	}
	if (!li->what || strcmp(l.id, li->what) == 0 ||
	    strcmp(l.dest, li->what) == 0)
		add_listed_line(li->out, &l, li->json);
}

static void
add_destination(struct lister *li, const struct waiting_upload *one)
{
	const struct pause *p = pauses_of(&li->pauses, one->dest);
	bool paused = p && p->until_us > li->now_us;
	char until[WHEN_SIZE] = "";
	struct json *j;
	char *text;

	if (li->what && strcmp(one->dest, li->what) != 0)
		return;
	if (paused)
		(void)when_text(p->until_us + 999999, until);
	if (!li->json) {
		buf_format(li->out, "-- %s: %zu %s", one->dest, one->files,
		    one->files == 1 ? "file waits" : "files wait");
		if (paused)
			buf_format(li->out, "; paused until %s by %s: %s",
			    until, p->by, p->why);
		buf_format(li->out, "\n");
		return;
	}
	j = json_new();
	json_set_text(j, "destination", one->dest);
	json_set_number(j, "waiting", (int64_t)one->files);
	if (paused) {
		json_set_text(j, "paused_until", until);
		json_set_text(j, "by", p->by);
		json_set_text(j, "why", p->why);
	} else {
		json_set_null(j, "paused_until");
	}
	text = json_write(j);
	buf_format(li->out, "%s\n", text);
	free(text);
	json_free(j);
}

static void
list_destinations(struct lister *li)
{
	for (size_t i = 0; i < li->pauses.pauses; i++)
		if (li->pauses.pause[i].until_us > li->now_us)
			(void)waiting_for(li, li->pauses.pause[i].dest);
	for (size_t i = 0; i < li->destinations; i++)
		add_destination(li, &li->waiting[i]);
}

/* Adds destinations of the routes that have no entry yet. */
static bool
add_untried(struct lister *li, struct listed_line l, const struct ticket *t,
    const struct ticket_file *f, const struct state *q)
{
	uint64_t to = li->routes ? routes_for(li->routes, t, f) : 0;
	bool any = false;

	for (size_t i = 0; to >> i; i++) {
		l.dest = li->routes->name[i];
		if (!(to >> i & 1) || state_find(q, l.dest, f->name))
			continue;
		any = true;
		add_listed(li, l);
	}
	return any;
}

/* Adds a line for each destination that does not have the file yet. */
static void
list_ticket_file(struct lister *li, struct listed_line l,
    const struct ticket *t, const struct ticket_file *f, const struct state *q)
{
	bool any = false;

	l.file = f->name;
	l.bytes = f->bytes;
	li->files++;
	li->bytes += f->bytes;
	for (size_t i = 0; i < q->entries; i++) {
		const struct state_entry *e = &q->entry[i];
		struct listed_line one = l;

		if (strcmp(e->file, f->name) != 0)
			continue;
		any = true;
		if (e->done)
			continue;
		one.dest = e->dest;
		one.attempts = e->attempts;
		one.due_us = e->due_us;
		if (e->error && *e->error)
			one.error = e->error;
		add_listed(li, one);
	}
	if (!add_untried(li, l, t, f, q) && !any)
		add_listed(li, l);
}

static void
list_folder(struct lister *li, enum spool_stage stage, const char *name)
{
	int folder = openat(li->sp->stage_fd[stage], name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct listed_line l = {.stage = spool_stage_names[stage],
	    .dest = "-",
	    .file = "-",
	    .error = ""};
	struct ticket t = {0};
	struct state q = {0};
	struct doc doc;
	int64_t entered;
	char *reason;

	/* The folder may have moved since it was listed. */
	if (folder < 0 || spool_parse_name(name, &entered, &l.id) != 0)
		return;
	l.age_s = (li->now_us - entered) / 1000000;
	reason = stage == SPOOL_FAILED ? failed_reason(folder) : NULL;
	if (reason)
		l.error = reason;
	li->calls++;
	li->failed += stage == SPOOL_FAILED;
	(void)state_load(&q, folder, name, NULL);
	if (ini_read_at(&doc, folder, "ticket.ini", name, NULL) == 0) {
		(void)ticket_from_doc(&t, &doc, NULL);
		doc_free(&doc);
	}
	for (size_t i = 0; i < t.files; i++)
		list_ticket_file(li, l, &t, &t.file[i], &q);
	if (t.files == 0)
		add_listed(li, l);
	free(reason);
	state_free(&q);
	ticket_free(&t);
	(void)close(folder);
}

int
list_add(const struct spool *sp, const struct routes *routes, const char *what,
    int64_t now_us, bool json, struct buf *out, struct why *why)
{
	static const enum spool_stage stages[] = {SPOOL_UPLOAD, SPOOL_FAILED};
	struct lister li = {.sp = sp,
	    .routes = routes,
	    .what = what,
	    .now_us = now_us,
	    .json = json,
	    .out = out};
	char size[16];

	int status = 0;

	(void)pauses_load(&li.pauses, sp->fd, NULL);
	for (size_t k = 0; k < 2 && status == 0; k++) {
		char **names;
		size_t count;

		status = spool_list(sp, stages[k], &names, &count, why);
		for (size_t i = 0; status == 0 && i < count; i++)
			list_folder(&li, stages[k], names[i]);
		if (status == 0)
			spool_list_free(names, count);
	}
	if (status == 0)
		list_destinations(&li);
	if (status == 0)
		list_notices_add(sp, what, json, out);
	if (status == 0 && !json && !what && li.calls > 0)
		buf_format(out, "-- %s in %zu files of %zu calls, %zu failed\n",
		    size_text(li.bytes, size), li.files, li.calls, li.failed);
	for (size_t i = 0; i < li.destinations; i++)
		free(li.waiting[i].dest);
	free(li.waiting);
	pauses_free(&li.pauses);
	return status;
}

/* The stage in failed.ini; upload if it cannot be read. */
static enum spool_stage
failed_stage(int folder)
{
	static const enum spool_stage from[] = {
	    SPOOL_MIX, SPOOL_SPLIT, SPOOL_UPLOAD};
	enum spool_stage found = SPOOL_UPLOAD;
	struct doc doc;
	const char *stage;

	if (ini_read_at(&doc, folder, "failed.ini", "failed.ini", NULL))
		return found;
	stage = doc_value(doc_find(&doc, "failed"), "stage");
	for (size_t i = 0; stage && i < sizeof from / sizeof *from; i++)
		if (strcmp(stage, spool_stage_names[from[i]]) == 0)
			found = from[i];
	doc_free(&doc);
	return found;
}

/* The arguments of list_retry() for a stage. */
struct retrier {
	const struct spool *sp;
	const char *what;
	bool all;
	int64_t now_us;
	size_t count;
};

/* True if something is still to be done for the destination. */
static bool
lacks(const struct state *q, const char *dest)
{
	for (size_t i = 0; i < q->entries; i++)
		if (!q->entry[i].done && strcmp(q->entry[i].dest, dest) == 0)
			return true;
	return false;
}

/* Ends the pauses of the destinations that it waits for; any destination may be
 * one that was not tried yet. */
static int
end_pauses(const struct retrier *r, const struct state *q, struct why *why)
{
	struct pauses p;
	int status = 0;

	(void)pauses_load(&p, r->sp->fd, NULL);
	for (size_t i = 0; i < p.pauses && status == 0; i++) {
		struct pause none = {.dest = p.pause[i].dest};

		if (!q || q->entries == 0 || lacks(q, none.dest))
			status = pauses_set(r->sp->fd, &none, why);
	}
	pauses_free(&p);
	return status;
}

static int
retry_item(struct retrier *r, struct spool_item *it, const char *dest,
    struct state *q, struct why *why)
{
	enum spool_stage to = it->stage;

	if (it->stage == SPOOL_FAILED)
		to = failed_stage(it->fd);
	if (q->entries > 0) {
		state_retry(q, dest);
		if (state_save(q, it->fd, why) != 0)
			return -1;
	}
	if (audit_add(r->sp->fd, r->now_us, it->id, "retried", why, "stage=%s",
		spool_stage_names[to]) != 0)
		return -1;
	if (to == it->stage)
		return 0;
	if (spool_move(it, to, why) != 0)
		return -1;
	/*
	 * After the move: before it, the file shows where the folder belongs.
	 */
	if (unlinkat(it->fd, "failed.ini", 0) != 0 && errno != ENOENT)
		return why_set(
		    why, "%s/failed.ini: %s", it->name, strerror(errno));
	return 0;
}

/*
 * A folder that another process has locked is left to it: it sees the request.
 */
static int
retry_folder(struct retrier *r, enum spool_stage stage, const char *name,
    struct why *why)
{
	bool by_id = strcmp(r->what, name + 17) == 0;
	struct spool_item it;
	struct state q;
	int status;

	if (r->all || by_id) {
		status = spool_take(r->sp, stage, name, &it, why);
		if (status != 1) {
			r->count +=
			    by_id && status == 0 && stage == SPOOL_UPLOAD;
			return status;
		}
	} else {
		status = spool_take(r->sp, stage, name, &it, NULL);
		if (status != 1)
			return 0;
	}
	if (state_load(&q, it.fd, name, NULL) != 0)
		q = (struct state){0};
	status = 0;
	if (!(stage == SPOOL_FAILED && apart_is_kept(it.fd)) &&
	    (r->all || by_id || lacks(&q, r->what))) {
		status = by_id ? end_pauses(r, &q, why) : 0;
		if (status == 0)
			status = retry_item(
			    r, &it, r->all || by_id ? NULL : r->what, &q, why);
		r->count += status == 0;
	}
	state_free(&q);
	spool_release(&it);
	return status < 0 ? -1 : 0;
}

/* The name of a destination ends its pause, also if nothing waits. */
static int
retry_destination(struct retrier *r, struct why *why)
{
	struct pauses p;
	struct pause none = {.dest = (char *)(uintptr_t)r->what};
	bool paused;

	if (r->all)
		return end_pauses(r, NULL, why);
	(void)pauses_load(&p, r->sp->fd, NULL);
	paused = pauses_of(&p, r->what) != NULL;
	pauses_free(&p);
	r->count += paused;
	return paused ? pauses_set(r->sp->fd, &none, why) : 0;
}

int
list_retry(const struct spool *sp, const char *what, int64_t now_us,
    size_t *count, struct why *why)
{
	static const enum spool_stage stages[] = {SPOOL_UPLOAD, SPOOL_FAILED};
	struct retrier r = {.sp = sp,
	    .what = what,
	    .all = strcmp(what, "all") == 0,
	    .now_us = now_us};
	int status = retry_destination(&r, why);

	for (size_t k = 0; k < 2 && status == 0; k++) {
		char **names;
		size_t found;

		if (spool_list(sp, stages[k], &names, &found, why) != 0)
			return -1;
		for (size_t i = 0; i < found && status == 0; i++)
			status = retry_folder(&r, stages[k], names[i], why);
		spool_list_free(names, found);
	}
	/* Last: a worker that sees it finds everything else done. */
	if (status == 0)
		status = pauses_retry(sp->fd, what, NULL, why);
	*count = r.count;
	return status;
}
