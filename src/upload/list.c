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
#include "state.h"
#include "text.h"
#include "ticket.h"
#include "when.h"

struct line {
	const char *id, *stage, *file, *dest, *error;
	uint64_t bytes;
	int64_t age_s, due_us;
	int attempts;
};

static void
add_json(struct buf *out, const struct line *l, const char *due)
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

/* "12.3M": three digits that count. */
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
add_line(struct buf *out, const struct line *l, bool json)
{
	char time[WHEN_SIZE], size[16], age[32];
	const char *due = strcmp(l->stage, "failed") == 0 ? "never" : "now";

	if (l->due_us > 0)
		due = when_text(l->due_us, time);
	if (json) {
		add_json(out, l, due);
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

/* What list_add() goes through a stage with. */
struct lister {
	const struct spool *sp;
	const struct routes *routes;
	int64_t now_us;
	bool json;
	struct buf *out;
	size_t files, calls, failed;
	uint64_t bytes;
};

static const struct state_entry *
find(const struct state *q, const char *dest, const char *file)
{
	for (size_t i = 0; i < q->entries; i++)
		if (strcmp(q->entry[i].dest, dest) == 0 &&
		    strcmp(q->entry[i].file, file) == 0)
			return &q->entry[i];
	return NULL;
}

/* Destinations of the routes that have no entry yet. */
static bool
add_untried(struct lister *li, struct line l, const struct ticket *t,
    const struct ticket_file *f, const struct state *q)
{
	uint64_t to = li->routes ? routes_for(li->routes, t, f) : 0;
	bool any = false;

	for (size_t i = 0; to >> i; i++) {
		l.dest = li->routes->name[i];
		if (!(to >> i & 1) || find(q, l.dest, f->name))
			continue;
		any = true;
		add_line(li->out, &l, li->json);
	}
	return any;
}

/* What is left of one file: a line for each destination not yet done. */
static void
add_file(struct lister *li, struct line l, const struct ticket *t,
    const struct ticket_file *f, const struct state *q)
{
	bool any = false;

	l.file = f->name;
	l.bytes = f->bytes;
	li->files++;
	li->bytes += f->bytes;
	for (size_t i = 0; i < q->entries; i++) {
		const struct state_entry *e = &q->entry[i];
		struct line one = l;

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
		add_line(li->out, &one, li->json);
	}
	if (!add_untried(li, l, t, f, q) && !any)
		add_line(li->out, &l, li->json);
}

static void
add_folder(struct lister *li, enum spool_stage stage, const char *name)
{
	int folder = openat(li->sp->stage_fd[stage], name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct line l = {.stage = spool_stage_names[stage],
	    .dest = "-",
	    .file = "-",
	    .error = ""};
	struct ticket t = {0};
	struct state q = {0};
	struct doc doc;
	int64_t entered;
	char *reason;

	/* It may have moved on since it was listed. */
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
		add_file(li, l, &t, &t.file[i], &q);
	if (t.files == 0)
		add_line(li->out, &l, li->json);
	free(reason);
	state_free(&q);
	ticket_free(&t);
	(void)close(folder);
}

int
list_add(const struct spool *sp, const struct routes *routes, int64_t now_us,
    bool json, struct buf *out, struct why *why)
{
	static const enum spool_stage stages[] = {SPOOL_UPLOAD, SPOOL_FAILED};
	struct lister li = {.sp = sp,
	    .routes = routes,
	    .now_us = now_us,
	    .json = json,
	    .out = out};
	char size[16];

	for (size_t k = 0; k < 2; k++) {
		char **names;
		size_t count;

		if (spool_list(sp, stages[k], &names, &count, why) != 0)
			return -1;
		for (size_t i = 0; i < count; i++)
			add_folder(&li, stages[k], names[i]);
		spool_list_free(names, count);
	}
	if (!json && li.calls > 0)
		buf_format(out, "-- %s in %zu files of %zu calls, %zu failed\n",
		    size_text(li.bytes, size), li.files, li.calls, li.failed);
	return 0;
}

/* Where it failed, from failed.ini; upload where that cannot be read. */
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

/* Legs that recmix has kept of a call that went on. */
static bool
is_kept(const struct spool_item *it)
{
	struct doc doc;
	const char *stage;
	bool kept;

	if (it->stage != SPOOL_FAILED ||
	    ini_read_at(&doc, it->fd, "failed.ini", "failed.ini", NULL) != 0)
		return false;
	stage = doc_value(doc_find(&doc, "failed"), "stage");
	kept = stage && strcmp(stage, APART_STAGE) == 0;
	doc_free(&doc);
	return kept;
}

static int
retry_item(struct spool_item *it, int64_t now_us, struct why *why)
{
	enum spool_stage to = it->stage;
	struct state q;

	if (it->stage == SPOOL_FAILED)
		to = failed_stage(it->fd);
	if (state_load(&q, it->fd, it->name, NULL) == 0 && q.entries > 0) {
		int bad;

		state_retry(&q);
		bad = state_save(&q, it->fd, why);
		state_free(&q);
		if (bad)
			return -1;
	}
	if (audit_add(it->spool->fd, now_us, it->id, "retried", why, "stage=%s",
		spool_stage_names[to]) != 0)
		return -1;
	if (to == it->stage)
		return 0;
	if (spool_move(it, to, why) != 0)
		return -1;
	/* After the move: until then it tells where the folder belongs. */
	if (unlinkat(it->fd, "failed.ini", 0) != 0 && errno != ENOENT)
		return why_set(
		    why, "%s/failed.ini: %s", it->name, strerror(errno));
	return 0;
}

int
list_retry(const struct spool *sp, const char *id, int64_t now_us,
    size_t *count, struct why *why)
{
	static const enum spool_stage stages[] = {SPOOL_UPLOAD, SPOOL_FAILED};
	int status = 0;

	*count = 0;
	for (size_t k = 0; k < 2 && status == 0; k++) {
		char **names;
		size_t found;

		if (spool_list(sp, stages[k], &names, &found, why) != 0)
			return -1;
		for (size_t i = 0; i < found && status == 0; i++) {
			struct spool_item it;

			if (strcmp(id, "all") != 0 &&
			    strcmp(id, names[i] + 17) != 0)
				continue;
			status = spool_take(sp, stages[k], names[i], &it, why);
			if (status != 1)
				continue;
			status = 0;
			if (!is_kept(&it)) {
				status = retry_item(&it, now_us, why);
				*count += status == 0;
			}
			spool_release(&it);
		}
		spool_list_free(names, found);
	}
	return status;
}
