/* SPDX-License-Identifier: ISC */
#include "notice.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ciphertext.h"
#include "hash.h"
#include "ini.h"
#include "io.h"
#include "json.h"
#include "mem.h"
#include "newfile.h"
#include "tree.h"
#include "when.h"

/* ---- what is told ---- */

static struct json *
new_notice(enum hook_event event, const struct spool_item *it, const char *key,
    const char *time)
{
	struct json *j = json_new();

	json_set_text(j, "event", hook_event_names[event]);
	json_set_text(j, "key", key);
	json_set_text(j, "time", time);
	json_set_text(j, "id", it->id);
	json_set_text(j, "folder", it->name);
	return j;
}

/* Adds all keys of the call file. */
static void
add_call_facts(struct json *j, const struct doc_section *call)
{
	for (size_t i = 0; call && i < call->keys; i++)
		json_set_member(
		    j, "call", call->key[i].name, call->key[i].value);
}

static void
set_notice_text(
    struct json *j, const char *path, const char *name, const char *value)
{
	char *whole = text_format("%s.%s", path, name);

	json_set_text(j, whole, value);
	free(whole);
}

static void
set_notice_number(
    struct json *j, const char *path, const char *name, int64_t value)
{
	char *whole = text_format("%s.%s", path, name);

	json_set_number(j, whole, value);
	free(whole);
}

static void
add_notice_file(struct json *j, const char *path, const struct ticket_file *f)
{
	set_notice_text(j, path, "file", f->name);
	set_notice_number(j, path, "recording", f->recording);
	set_notice_number(j, path, "recordings", f->recordings);
	set_notice_number(j, path, "part", f->part);
	set_notice_number(j, path, "parts", f->parts);
	set_notice_number(j, path, "bytes", (int64_t)f->bytes);
	set_notice_text(j, path, "sha256", f->sha256);
}

/* Adds the place of a file: the object's name and its URL. */
static void
add_stored(struct json *j, const char *path, const struct dest *d,
    const struct ticket *t, const struct ticket_file *f,
    const struct state_entry *e)
{
	bool encrypted = e && e->cipher_sha256[0];
	char *object = ciphertext_object(d, encrypted, t, f, NULL), *url;

	set_notice_text(j, path, "destination", d->name);
	set_notice_text(j, path, "state", "done");
	if (!object)
		return;
	url = d->kind->place ? d->kind->place(d, t, object)
			     : d->kind->where(d, object);
	set_notice_text(j, path, "object", object);
	if (encrypted) {
		set_notice_number(j, path, "bytes", (int64_t)e->cipher_bytes);
		set_notice_text(j, path, "sha256", e->cipher_sha256);
	}
	if (url)
		set_notice_text(j, path, "url", url);
	free(url);
	free(object);
}

static void
add_notice_destinations(struct json *j, size_t k, const struct upload *up,
    const struct ticket *t, uint64_t to, const struct state *q)
{
	const struct ticket_file *f = &t->file[k];
	size_t n = 0;

	for (size_t i = 0; i < up->dests; i++) {
		const struct dest *d = &up->dest[i];
		const struct state_entry *e = state_find(q, d->name, f->name);
		char *path;

		if (!(to >> i & 1))
			continue;
		path = text_format("files.%zu.destinations.%zu", k, n++);
		if (e && e->exempt) {
			set_notice_text(j, path, "destination", d->name);
			set_notice_text(j, path, "state", "exempt");
		} else {
			add_stored(j, path, d, t, f, e);
		}
		free(path);
	}
}

/* ---- putting it down ---- */

static void
make_key(
    const char *event, const char *what, size_t n, char key[NOTICE_KEY_SIZE])
{
	struct hash *h = hash_new(HASH_SHA256);
	char hex[HASH_HEX_SIZE];

	hash_add(h, event, strlen(event));
	hash_add(h, what, n);
	hash_hex(h, hex);
	(void)snprintf(key, NOTICE_KEY_SIZE, "%.32s", hex);
}

/*
 * Opens and locks the folder, as a process that removes empty ones does; or -1.
 */
static int
open_folder(const struct spool_item *it)
{
	int stage = it->spool->stage_fd[SPOOL_NOTICE], fd;
	struct stat mine, there;

	for (;;) {
		if (mkdirat(stage, it->name, 0700) != 0 && errno != EEXIST)
			return -1;
		fd = tree_open(stage, it->name);
		if (fd < 0 && errno == ENOENT)
			continue;
		if (fd < 0)
			return -1;
		if (flock(fd, LOCK_EX) == 0 && fstat(fd, &mine) == 0 &&
		    fstatat(stage, it->name, &there, AT_SYMLINK_NOFOLLOW) ==
			0 &&
		    mine.st_ino == there.st_ino)
			return fd;
		(void)close(fd);
	}
}

/* Owns j. Durable when it returns 0. */
static int
put_notice_file(const struct spool_item *it, enum hook_event event,
    const char *key, struct json *j, struct why *why)
{
	char *name = text_format("%s-%s.json", hook_event_names[event], key);
	char *line = json_write(j);
	char *text = text_format("%s\n", line);
	int folder = open_folder(it), status = -1;

	if (folder >= 0)
		status = newfile_put(folder, name, text, strlen(text), true);
	if (status == 0)
		status = fsync(it->spool->stage_fd[SPOOL_NOTICE]);
	if (status != 0)
		why_errno(
		    why, "%s/notice/%s/%s", it->spool->path, it->name, name);
	if (folder >= 0)
		(void)close(folder);
	free(text);
	free(line);
	free(name);
	json_free(j);
	return status;
}

int
notice_stored(const struct spool_item *it, const struct upload *up,
    const struct ticket *t, const uint64_t *to, const struct state *q,
    int64_t now_us, struct why *why)
{
	struct buf what = {0};
	char key[NOTICE_KEY_SIZE], now[WHEN_SIZE];
	struct json *j;

	buf_format(&what, "%s", it->name);
	for (size_t k = 0; k < t->files; k++)
		buf_format(&what, " %s", t->file[k].sha256);
	make_key("stored", what.s, what.len, key);
	buf_free(&what);
	j = new_notice(HOOK_STORED, it, key, when_text(now_us, now));
	add_call_facts(j, doc_find(&t->call, "call"));
	for (size_t k = 0; k < t->files; k++) {
		char *path = text_format("files.%zu", k);

		add_notice_file(j, path, &t->file[k]);
		add_notice_destinations(j, k, up, t, to[k], q);
		free(path);
	}
	return put_notice_file(it, HOOK_STORED, key, j, why);
}

/* ---- what was set aside ---- */

/* Adds the destinations of its files, and their errors. */
static void
add_tried(struct json *j, size_t k, const char *file, const struct state *q)
{
	size_t n = 0;

	for (size_t i = 0; i < q->entries; i++) {
		const struct state_entry *e = &q->entry[i];
		char *path;

		if (strcmp(e->file, file) != 0)
			continue;
		path = text_format("files.%zu.destinations.%zu", k, n++);
		set_notice_text(j, path, "destination", e->dest);
		set_notice_text(j, path, "state", state_word(e));
		if (e->error && *e->error)
			set_notice_text(j, path, "error", e->error);
		free(path);
	}
}

static void
add_ticket_json(
    struct json *j, const struct spool_item *it, const struct doc *doc)
{
	struct ticket t = {0};
	struct state q = {0};

	if (ticket_from_doc(&t, doc, NULL) != 0)
		return;
	(void)state_load(&q, it->fd, it->name, NULL);
	for (size_t k = 0; k < t.files; k++) {
		char *path = text_format("files.%zu", k);

		add_notice_file(j, path, &t.file[k]);
		add_tried(j, k, t.file[k].name, &q);
		free(path);
	}
	state_free(&q);
	ticket_free(&t);
}

/* The facts are in the ticket or, before the call was mixed, in the plan. */
static void
add_notice_folder(struct json *j, const struct spool_item *it)
{
	static const char *const names[] = {"ticket.ini", "plan.ini"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct doc doc;

		if (ini_read_at(&doc, it->fd, names[i], names[i], NULL) != 0)
			continue;
		add_call_facts(j, doc_find(&doc, "call"));
		if (i == 0)
			add_ticket_json(j, it, &doc);
		doc_free(&doc);
		return;
	}
}

/* The beginning of a small file; its length, 0 if it cannot be read. */
static size_t
read_small(int dirfd, const char *name, char *text, size_t size)
{
	int fd =
	    openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd < 0 ? 0 : io_read(fd, text, size);

	if (fd >= 0)
		(void)close(fd);
	return n > 0 ? (size_t)n : 0;
}

static void
set_from_section(struct json *j, const struct doc_section *s, const char *name)
{
	char *value = s ? doc_text(s, name) : NULL;

	if (value)
		json_set_text(j, name, value);
	free(value);
}

int
notice_failed(const struct spool_item *it, struct why *why)
{
	enum { MOST = 65536 };
	char *text = mem_alloc(MOST), key[NOTICE_KEY_SIZE];
	char told[NOTICE_KEY_SIZE] = "";
	const struct doc_section *s;
	struct doc doc;
	struct json *j;
	size_t n = read_small(it->fd, "failed.ini", text, MOST);
	int status = 0;

	make_key(it->name, text, n, key);
	free(text);
	(void)read_small(it->fd, NOTICE_TOLD, told, sizeof told - 1);
	if (n == 0 || strcmp(told, key) == 0 ||
	    ini_read_at(&doc, it->fd, "failed.ini", "failed.ini", NULL) != 0)
		return 0;
	s = doc_find(&doc, "failed");
	j = new_notice(HOOK_FAILED, it, key,
	    s && doc_value(s, "time") ? doc_value(s, "time") : "");
	set_from_section(j, s, "program");
	set_from_section(j, s, "stage");
	set_from_section(j, s, "reason");
	doc_free(&doc);
	add_notice_folder(j, it);
	status = put_notice_file(it, HOOK_FAILED, key, j, why);
	if (status == 0 &&
	    newfile_put(it->fd, NOTICE_TOLD, key, strlen(key), true) != 0)
		status = why_errno(why, "%s/" NOTICE_TOLD, it->name);
	return status;
}

/* ---- finding it again ---- */

int
notice_parse(
    const char *name, enum hook_event *event, char key[NOTICE_KEY_SIZE])
{
	for (int i = 0; i < HOOK_EVENTS; i++) {
		size_t n = strlen(hook_event_names[i]);

		if (strncmp(name, hook_event_names[i], n) != 0 ||
		    name[n] != '-' ||
		    strspn(name + n + 1, "0123456789abcdef") !=
			NOTICE_KEY_SIZE - 1 ||
		    strcmp(name + n + NOTICE_KEY_SIZE, ".json") != 0)
			continue;
		*event = (enum hook_event)i;
		(void)snprintf(key, NOTICE_KEY_SIZE, "%.32s", name + n + 1);
		return 0;
	}
	return -1;
}

struct found_notices {
	struct timespec time;
	char *name;
};

struct finder {
	int folder;
	struct found_notices *found;
	size_t n;
};

static void
add_found_name(const struct dirent *d, void *arg)
{
	struct finder *f = arg;
	char key[NOTICE_KEY_SIZE];
	enum hook_event event;
	struct stat st;

	if (notice_parse(d->d_name, &event, key) != 0 ||
	    fstatat(f->folder, d->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !S_ISREG(st.st_mode))
		return;
	f->found = mem_resize(f->found, f->n + 1, sizeof *f->found);
	f->found[f->n++] = (struct found_notices){
	    .time = st.st_mtim, .name = text_dup(d->d_name)};
}

static int
by_notice_time(const void *a, const void *b)
{
	const struct timespec *x = &((const struct found_notices *)a)->time;
	const struct timespec *y = &((const struct found_notices *)b)->time;

	if (x->tv_sec != y->tv_sec)
		return x->tv_sec < y->tv_sec ? -1 : 1;
	return (x->tv_nsec > y->tv_nsec) - (x->tv_nsec < y->tv_nsec);
}

int
notice_files(int folder, char ***names, size_t *count)
{
	struct finder f = {.folder = folder};
	int status = tree_each(folder, add_found_name, &f);

	if (f.n > 0)
		qsort(f.found, f.n, sizeof *f.found, by_notice_time);
	*names = mem_alloc((f.n + 1) * sizeof **names);
	*count = f.n;
	for (size_t i = 0; i < f.n; i++)
		(*names)[i] = f.found[i].name;
	free(f.found);
	return status;
}

char *
notice_read(int folder, const char *name, struct why *why)
{
	enum { MOST = 4 << 20 };
	int fd = openat(
	    folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	char *text = NULL;

	if (fd < 0 || fstat(fd, &st) != 0)
		why_errno(why, "%s", name);
	else if (st.st_size > MOST)
		why_set(why, "%s: too large for a notice", name);
	else {
		size_t size = (size_t)st.st_size;
		ssize_t got;

		text = mem_alloc(size + 1);
		got = io_read(fd, text, size);
		text[got < 0 ? 0 : got] = '\0';
	}
	if (fd >= 0)
		(void)close(fd);
	return text;
}
