/* SPDX-License-Identifier: ISC */
#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ini.h"
#include "io.h"
#include "json.h"
#include "mem.h"
#include "newfile.h"
#include "num.h"
#include "retry.h"
#include "text.h"
#include "when.h"

static size_t
entry_place(const struct state *q, const char *dest, const char *file)
{
	size_t i = 0;

	while (i < q->entries && (strcmp(q->entry[i].dest, dest) != 0 ||
				     strcmp(q->entry[i].file, file) != 0))
		i++;
	return i;
}

const struct state_entry *
state_find(const struct state *q, const char *dest, const char *file)
{
	size_t i = entry_place(q, dest, file);

	return i < q->entries ? &q->entry[i] : NULL;
}

struct state_entry *
state_entry(struct state *q, const char *dest, const char *file)
{
	size_t i = entry_place(q, dest, file);

	if (i < q->entries)
		return &q->entry[i];
	q->entry = mem_resize(q->entry, q->entries + 1, sizeof *q->entry);
	q->entry[q->entries] = (struct state_entry){
	    .dest = text_dup(dest), .file = text_dup(file)};
	return &q->entry[q->entries++];
}

const char *
state_word(const struct state_entry *e)
{
	return e->exempt   ? "exempt"
	       : e->done   ? "done"
	       : e->failed ? "failed"
			   : "waiting";
}

void
state_set_error(struct state_entry *e, const char *text)
{
	free(e->error);
	e->error = text_dup(text);
}

void
state_retry(struct state *q, const char *dest)
{
	for (size_t i = 0; i < q->entries; i++) {
		if (dest && strcmp(q->entry[i].dest, dest) != 0)
			continue;
		q->entry[i].attempts = 0;
		q->entry[i].due_us = 0;
		q->entry[i].failed = false;
		/* The settings may have changed. */
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

static void
set_outcome(struct state_entry *e, const char *value)
{
	e->exempt = value && strcmp(value, "exempt") == 0;
	e->done = e->exempt || (value && strcmp(value, "done") == 0);
	e->failed = value && strcmp(value, "failed") == 0;
}

/* The format before version 0.2: [delivery DESTINATION FILE]. */
static int
take_state_section(struct state *q, const struct doc *doc,
    const struct doc_section *s, struct why *why)
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
		return doc_error(doc, s->line, why, "attempts: not a number");
	e->attempts = (int)n;
	if ((value = doc_value(s, "due")) && when_parse(value, &e->due_us) != 0)
		return doc_error(doc, s->line, why, "due: not a time");
	free(e->error);
	e->error = doc_text(s, "error");
	set_outcome(e, doc_value(s, "state"));
	return 0;
}

static int
load_ini(struct state *q, int dirfd, const char *name, struct why *why)
{
	struct doc doc;
	int status = ini_read_at(&doc, dirfd, STATE_FILE, name, why);

	if (status != 0)
		return -1;
	for (size_t i = 0; i < doc.sections && status == 0; i++)
		status = take_state_section(q, &doc, &doc.section[i], why);
	doc_free(&doc);
	return status;
}

static const char *
entry_text(const struct json *j, size_t i, const char *key)
{
	char path[64];

	(void)snprintf(path, sizeof path, "deliveries.%zu.%s", i, key);
	return json_text(j, path);
}

static void
take_entry_cipher(struct state_entry *e, const struct json *j, size_t i)
{
	const char *sha256 = entry_text(j, i, "cipher_sha256");
	char path[64];
	int64_t n;

	(void)snprintf(path, sizeof path, "deliveries.%zu.cipher_bytes", i);
	n = json_number(j, path);
	if (!sha256 || strlen(sha256) != 64 || n < 0)
		return;
	e->cipher_bytes = (uint64_t)n;
	(void)snprintf(e->cipher_sha256, sizeof e->cipher_sha256, "%s", sha256);
}

static int
take_delivery(struct state *q, const struct json *j, size_t i, struct why *why)
{
	const char *dest = entry_text(j, i, "destination"),
		   *file = entry_text(j, i, "file");
	const char *due = entry_text(j, i, "due");
	struct state_entry *e;
	char path[64];
	int64_t n;

	if (!dest || !file)
		return why_set(
		    why, "delivery %zu: no destination or file", i + 1);
	(void)snprintf(path, sizeof path, "deliveries.%zu.attempts", i);
	n = json_number(j, path);
	e = state_entry(q, dest, file);
	e->attempts = n > 0 && n < INT32_MAX ? (int)n : 0;
	if (due && when_parse(due, &e->due_us) != 0)
		return why_set(why, "delivery %zu: due: not a time", i + 1);
	free(e->error);
	e->error = text_dup(entry_text(j, i, "error"));
	set_outcome(e, entry_text(j, i, "state"));
	take_entry_cipher(e, j, i);
	return 0;
}

static int
load_json(struct state *q, const char *text, size_t n, const char *name,
    struct why *why)
{
	struct json *j = json_parse(text, n);
	int status = 0;

	if (!j || !json_is_list(j, "deliveries"))
		status = why_set(why, "not JSON that recupload wrote");
	for (size_t i = 0; status == 0 && i < json_count(j, "deliveries"); i++)
		status = take_delivery(q, j, i, why);
	json_free(j);
	return status != 0 ? why_in(why, name) : 0;
}

int
state_load(struct state *q, int dirfd, const char *shown_as, struct why *why)
{
	enum { MOST = 16 << 20 };
	int fd = openat(
	    dirfd, STATE_FILE, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	struct buf text = {0};
	char chunk[8192];
	ssize_t n = 0;
	char *name;
	int status;

	*q = (struct state){0};
	if (fd < 0 && errno == ENOENT)
		return 0;
	name = text_format("%s/" STATE_FILE, shown_as);
	while (fd >= 0 && text.len < MOST &&
	       (n = io_read(fd, chunk, sizeof chunk)) > 0)
		buf_add(&text, chunk, (size_t)n);
	if (fd < 0 || n < 0)
		status = why_errno(why, "%s", name);
	else if (text.len > 0 && text.s[0] == '{')
		status = load_json(q, text.s, text.len, name, why);
	else
		status = load_ini(q, dirfd, name, why);
	if (fd >= 0)
		(void)close(fd);
	buf_free(&text);
	free(name);
	if (status != 0)
		state_free(q);
	return status;
}

static void
set_entry_text(struct json *j, size_t i, const char *key, const char *value)
{
	char path[64];

	(void)snprintf(path, sizeof path, "deliveries.%zu.%s", i, key);
	json_set_text(j, path, value);
}

static void
add_state_entry(struct json *j, size_t i, const struct state_entry *e)
{
	char when[RETRY_WHEN_SIZE], path[64];

	set_entry_text(j, i, "destination", e->dest);
	set_entry_text(j, i, "file", e->file);
	set_entry_text(j, i, "state", state_word(e));
	(void)snprintf(path, sizeof path, "deliveries.%zu.attempts", i);
	json_set_number(j, path, e->attempts);
	if (e->due_us > 0)
		set_entry_text(j, i, "due", retry_when(e->due_us, when));
	if (e->error && *e->error)
		set_entry_text(j, i, "error", e->error);
	if (!e->cipher_sha256[0])
		return;
	(void)snprintf(path, sizeof path, "deliveries.%zu.cipher_bytes", i);
	json_set_number(j, path, (int64_t)e->cipher_bytes);
	set_entry_text(j, i, "cipher_sha256", e->cipher_sha256);
}

int
state_save(const struct state *q, int dirfd, struct why *why)
{
	struct json *j = json_new();
	struct buf text = {0};
	char *line;
	int status = 0;

	json_set_list(j, "deliveries");
	for (size_t i = 0; i < q->entries; i++)
		add_state_entry(j, i, &q->entry[i]);
	line = json_write(j);
	buf_format(&text, "%s\n", line);
	if (newfile_put(dirfd, STATE_FILE, text.s, text.len, true) != 0)
		status = why_errno(why, STATE_FILE);
	buf_free(&text);
	free(line);
	json_free(j);
	return status;
}
