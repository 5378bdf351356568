/* SPDX-License-Identifier: ISC */
#include "list_notices.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "notice.h"
#include "tree.h"
#include "when.h"

static void
add_notice_json(struct buf *out, const char *event, const char *id,
    const struct state_entry *e, const char *next)
{
	struct json *j = json_new();
	char *text;

	json_set_text(j, "notice", event);
	json_set_text(j, "id", id);
	json_set_number(j, "attempts", e->attempts);
	json_set_text(j, "next", next);
	json_set_text(j, "error", e->error ? e->error : "");
	text = json_write(j);
	buf_format(out, "%s\n", text);
	free(text);
	json_free(j);
}

static void
add_listed_notice(struct buf *out, const char *name, const char *id,
    struct state *q, bool json)
{
	char key[NOTICE_KEY_SIZE], time[WHEN_SIZE];
	const struct state_entry *e;
	const char *next = "now";
	enum hook_event event;

	if (notice_parse(name, &event, key) != 0)
		return;
	e = state_entry(q, hook_event_names[event], name);
	if (e->due_us > when_now_us())
		next = when_text(e->due_us + 999999, time);
	if (json) {
		add_notice_json(out, hook_event_names[event], id, e, next);
		return;
	}
	buf_format(out,
	    "-- on_%s has not been notified of %s yet: %d %s, next %s%s%s\n",
	    hook_event_names[event], id, e->attempts,
	    e->attempts == 1 ? "try" : "tries", next, e->error ? ": " : "",
	    e->error ? e->error : "");
}

static void
list_notice_folder(const struct spool *sp, const char *name, const char *what,
    bool json, struct buf *out)
{
	struct state q = {0};
	int64_t entered_us;
	const char *id;
	char **names;
	size_t count;
	int folder;

	if (spool_parse_name(name, &entered_us, &id) != 0 ||
	    (what && strcmp(what, id) != 0))
		return;
	folder = tree_open(sp->stage_fd[SPOOL_NOTICE], name);
	if (folder < 0)
		return; /* it was sent meanwhile */
	(void)state_load(&q, folder, name, NULL);
	(void)notice_files(folder, &names, &count);
	for (size_t i = 0; i < count; i++)
		add_listed_notice(out, names[i], id, &q, json);
	spool_list_free(names, count);
	state_free(&q);
	(void)close(folder);
}

void
list_notices_add(
    const struct spool *sp, const char *what, bool json, struct buf *out)
{
	char **names;
	size_t count;

	if (spool_list(sp, SPOOL_NOTICE, &names, &count, NULL) != 0)
		return;
	for (size_t i = 0; i < count; i++)
		list_notice_folder(sp, names[i], what, json, out);
	spool_list_free(names, count);
}

size_t
list_notices_count(const struct spool *sp)
{
	char **folders, **names;
	size_t count, n, all = 0;
	int folder;

	if (spool_list(sp, SPOOL_NOTICE, &folders, &count, NULL) != 0)
		return 0;
	for (size_t i = 0; i < count; i++) {
		folder = tree_open(sp->stage_fd[SPOOL_NOTICE], folders[i]);
		if (folder < 0)
			continue; /* it was sent meanwhile */
		(void)notice_files(folder, &names, &n);
		all += n;
		spool_list_free(names, n);
		(void)close(folder);
	}
	spool_list_free(folders, count);
	return all;
}
