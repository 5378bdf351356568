/* SPDX-License-Identifier: ISC */
#include "listing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit.h"
#include "config.h"
#include "queue.h"
#include "ticket.h"

struct line {
	const char *id, *stage, *file, *dest, *error;
	uint64_t bytes;
	int64_t age_s, due_us;
	int attempts;
};

static void
add_json_text(struct buf *out, const char *key, const char *s)
{
	buf_format(out, "\"%s\":\"", key);
	for (; *s; s++)
		if (*s == '"' || *s == '\\')
			buf_format(out, "\\%c", *s);
		else if ((unsigned char)*s < ' ')
			buf_format(out, "\\u%04x", (unsigned)*s);
		else
			buf_add(out, s, 1);
	buf_format(out, "\",");
}

static void
add_json(struct buf *out, const struct line *l, const char *due)
{
	buf_format(out, "{");
	add_json_text(out, "id", l->id);
	add_json_text(out, "stage", l->stage);
	add_json_text(out, "file", l->file);
	add_json_text(out, "destination", l->dest);
	add_json_text(out, "next", due);
	add_json_text(out, "error", l->error);
	buf_format(out, "\"bytes\":%llu,\"age\":%lld,\"attempts\":%d}\n",
	    (unsigned long long)l->bytes, (long long)l->age_s, l->attempts);
}

static void
add_line(struct buf *out, const struct line *l, bool json)
{
	char text[UTIL_TIME_SIZE];
	const char *due = strcmp(l->stage, "failed") == 0 ? "never" : "now";

	if (l->due_us > 0)
		due = util_time_text(l->due_us, text);
	if (json)
		add_json(out, l, due);
	else
		buf_format(out,
		    "%-20s %-7s %10llu %7llds %-12s %3d %-20s %s%s%s\n", l->id,
		    l->stage, (unsigned long long)l->bytes, (long long)l->age_s,
		    l->dest, l->attempts, due, l->file, *l->error ? ": " : "",
		    l->error);
}

static char *
failed_reason(int folder)
{
	struct doc doc;
	char *reason;

	if (config_read_at(&doc, folder, "failed.ini", "failed.ini", NULL))
		return NULL;
	reason = util_strdup(doc_value(doc_find(&doc, "failed"), "reason"));
	doc_free(&doc);
	return reason;
}

/* What is left of one file: a line for each destination not yet done. */
static void
add_file(struct buf *out, struct line l, const struct ticket_file *f,
    const struct queue *q, bool json)
{
	bool any = false;

	l.file = f->name;
	l.bytes = f->bytes;
	for (size_t i = 0; i < q->entries; i++) {
		const struct queue_entry *e = &q->entry[i];

		if (strcmp(e->file, f->name) != 0)
			continue;
		any = true;
		if (e->done)
			continue;
		l.dest = e->dest;
		l.attempts = e->attempts;
		l.due_us = e->due_us;
		if (e->error && *e->error)
			l.error = e->error;
		add_line(out, &l, json);
	}
	if (!any)
		add_line(out, &l, json);
}

static void
add_folder(const struct spool *sp, enum spool_stage stage, const char *name,
    int64_t now_us, bool json, struct buf *out)
{
	int folder = openat(sp->stage_fd[stage], name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct line l = {.stage = spool_stage_names[stage],
	    .dest = "-",
	    .file = "-",
	    .error = ""};
	struct ticket t = {0};
	struct queue q = {0};
	struct doc doc;
	int64_t entered;
	char *reason;

	/* It may have moved on since it was listed. */
	if (folder < 0 || spool_parse_name(name, &entered, &l.id) != 0)
		return;
	l.age_s = (now_us - entered) / 1000000;
	reason = stage == SPOOL_FAILED ? failed_reason(folder) : NULL;
	if (reason)
		l.error = reason;
	(void)queue_load(&q, folder, name, NULL);
	if (config_read_at(&doc, folder, "ticket.ini", name, NULL) == 0) {
		(void)ticket_from_doc(&t, &doc, NULL);
		doc_free(&doc);
	}
	for (size_t i = 0; i < t.files; i++)
		add_file(out, l, &t.file[i], &q, json);
	if (t.files == 0)
		add_line(out, &l, json);
	free(reason);
	queue_free(&q);
	ticket_free(&t);
	(void)close(folder);
}

int
listing_add(const struct spool *sp, int64_t now_us, bool json, struct buf *out,
    struct why *why)
{
	static const enum spool_stage stages[] = {SPOOL_UPLOAD, SPOOL_FAILED};

	for (size_t k = 0; k < 2; k++) {
		char **names;
		size_t count;

		if (spool_list(sp, stages[k], &names, &count, why) != 0)
			return -1;
		for (size_t i = 0; i < count; i++)
			add_folder(sp, stages[k], names[i], now_us, json, out);
		spool_list_free(names, count);
	}
	return 0;
}

/* Where it failed, from failed.ini; upload where that cannot be read. */
static enum spool_stage
failed_stage(int folder)
{
	enum spool_stage found = SPOOL_UPLOAD;
	struct doc doc;
	const char *stage;

	if (config_read_at(&doc, folder, "failed.ini", "failed.ini", NULL))
		return found;
	stage = doc_value(doc_find(&doc, "failed"), "stage");
	for (int i = SPOOL_MIX; stage && i < SPOOL_FAILED; i++)
		if (strcmp(stage, spool_stage_names[i]) == 0)
			found = (enum spool_stage)i;
	doc_free(&doc);
	return found;
}

static int
retry_item(struct spool_item *it, int64_t now_us, struct why *why)
{
	enum spool_stage to = it->stage;
	struct queue q;

	if (it->stage == SPOOL_FAILED)
		to = failed_stage(it->fd);
	if (queue_load(&q, it->fd, it->name, NULL) == 0 && q.entries > 0) {
		int bad;

		queue_retry(&q);
		bad = queue_save(&q, it->fd, why);
		queue_free(&q);
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
listing_retry(const struct spool *sp, const char *id, int64_t now_us,
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
			status = retry_item(&it, now_us, why);
			*count += status == 0;
			spool_release(&it);
		}
		spool_list_free(names, found);
	}
	return status;
}
