/* SPDX-License-Identifier: ISC */
#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ini.h"
#include "mem.h"
#include "newfile.h"
#include "num.h"
#include "text.h"
#include "when.h"

struct state_entry *
state_entry(struct state *q, const char *dest, const char *file)
{
	for (size_t i = 0; i < q->entries; i++)
		if (strcmp(q->entry[i].dest, dest) == 0 &&
		    strcmp(q->entry[i].file, file) == 0)
			return &q->entry[i];
	q->entry = mem_resize(q->entry, q->entries + 1, sizeof *q->entry);
	q->entry[q->entries] = (struct state_entry){
	    .dest = text_dup(dest), .file = text_dup(file)};
	return &q->entry[q->entries++];
}

void
state_set_error(struct state_entry *e, const char *text)
{
	free(e->error);
	e->error = text_dup(text);
}

void
state_retry(struct state *q)
{
	for (size_t i = 0; i < q->entries; i++) {
		q->entry[i].attempts = 0;
		q->entry[i].due_us = 0;
		q->entry[i].failed = false;
		/* What the settings demand may be another now. */
		if (q->entry[i].exempt)
			q->entry[i].done = q->entry[i].exempt = false;
	}
}

void
state_free(struct state *q)
{
	for (size_t i = 0; i < q->entries; i++) {
		free(q->entry[i].dest);
		free(q->entry[i].file);
		free(q->entry[i].error);
	}
	free(q->entry);
	*q = (struct state){0};
}

static int
take(struct state *q, const struct doc *doc, const struct doc_section *s,
    struct why *why)
{
	const char *rest, *blank, *value;
	struct state_entry *e;
	int64_t n = 0;
	char *dest;

	if (!doc_is(s, "delivery", &rest) || !(blank = strchr(rest, ' ')))
		return doc_error(doc, s->line, why, "not a delivery");
	dest = text_ndup(rest, (size_t)(blank - rest));
	e = state_entry(q, dest, blank + 1);
	free(dest);
	if ((value = doc_value(s, "attempts")) &&
	    num_integer(value, 0, INT32_MAX, &n) != 0)
		return doc_error(doc, s->line, why, "attempts: no number");
	e->attempts = (int)n;
	if ((value = doc_value(s, "due")) && when_parse(value, &e->due_us) != 0)
		return doc_error(doc, s->line, why, "due: no time");
	free(e->error);
	e->error = doc_text(s, "error");
	value = doc_value(s, "state");
	e->exempt = value && strcmp(value, "exempt") == 0;
	e->done = e->exempt || (value && strcmp(value, "done") == 0);
	e->failed = value && strcmp(value, "failed") == 0;
	return 0;
}

int
state_load(struct state *q, int dirfd, const char *shown_as, struct why *why)
{
	struct doc doc;
	char *name;
	int status;

	*q = (struct state){0};
	if (faccessat(dirfd, STATE_FILE, F_OK, AT_SYMLINK_NOFOLLOW) != 0 &&
	    errno == ENOENT)
		return 0;
	name = text_format("%s/" STATE_FILE, shown_as);
	status = ini_read_at(&doc, dirfd, STATE_FILE, name, why);
	free(name);
	if (status != 0)
		return -1;
	for (size_t i = 0; i < doc.sections && status == 0; i++)
		status = take(q, &doc, &doc.section[i], why);
	doc_free(&doc);
	if (status != 0)
		state_free(q);
	return status;
}

static void
add(struct doc *doc, const struct state_entry *e)
{
	char *name = text_format("delivery %s %s", e->dest, e->file);
	struct doc_section *s = doc_add_section(doc, name, 0);
	char when[WHEN_SIZE];

	free(name);
	doc_add(s, "state",
	    e->exempt   ? "exempt"
	    : e->done   ? "done"
	    : e->failed ? "failed"
			: "waiting",
	    0);
	doc_addf(s, "attempts", "%d", e->attempts);
	/* Times have whole seconds here: rounded up, never too early. */
	if (e->due_us > 0)
		doc_add(s, "due", when_text(e->due_us + 999999, when), 0);
	if (e->error)
		doc_add_text(s, "error", e->error);
}

int
state_save(const struct state *q, int dirfd, struct why *why)
{
	struct doc doc = {0};
	struct buf text = {0};
	int status;

	for (size_t i = 0; i < q->entries; i++)
		add(&doc, &q->entry[i]);
	status = doc_write(&doc, &text, why);
	if (status == 0 &&
	    newfile_put(dirfd, STATE_FILE, text.s, text.len, true) != 0)
		status = why_set(why, STATE_FILE ": %s", strerror(errno));
	buf_free(&text);
	doc_free(&doc);
	return status;
}
