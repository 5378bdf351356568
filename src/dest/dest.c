/* SPDX-License-Identifier: ISC */
#include "dest.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "guard.h"
#include "hash.h"
#include "io.h"
#include "kinds.h"
#include "loop.h"
#include "mem.h"
#include "path.h"
#include "text.h"

static const struct dest_kind *const kinds[] = {&dest_directory, &dest_webdav,
    &dest_plain_http, &dest_s3, &dest_gcs, &dest_azure, &dest_sftp, &dest_ftps,
    &dest_zendesk, &dest_salesforce, &dest_kustomer};

const struct dest_kind *
dest_kind_named(const char *type, const char **near)
{
	enum { KINDS = sizeof kinds / sizeof *kinds };
	const char *types[KINDS + 1] = {NULL};

	for (size_t i = 0; i < KINDS; i++) {
		types[i] = kinds[i]->type;
		if (strcmp(type, kinds[i]->type) == 0)
			return kinds[i];
	}
	*near = text_nearest(type, types);
	return NULL;
}

enum dest_result
dest_answer(struct dest_answer *a, enum dest_result r, const char *fmt, ...)
{
	struct why why = {.text = ""};
	va_list ap;

	/* The old text may be an argument of the new one. */
	va_start(ap, fmt);
	(void)vsnprintf(why.text, sizeof why.text, fmt, ap);
	va_end(ap);
	a->why = why;
	return r;
}

void
dest_note(struct dest *d, char *text)
{
	free(atomic_exchange(&d->note, text));
}

char *
dest_take_note(struct dest *d)
{
	return atomic_exchange(&d->note, NULL);
}

char *
dest_key(const struct ticket *t, const struct ticket_file *f)
{
	const char *id = ticket_fact(t, "id");
	char *key = text_format("%s-%d.%d-%.16s", id ? id : "none",
	    f->recording, f->part, f->sha256);

	for (char *c = key; *c; c++)
		if (text_id_fault((char[]){*c, '\0'}) && *c != '.')
			*c = '_';
	return key;
}

char *
dest_temporary(const struct dest_item *item)
{
	int dir = (int)(path_name(item->object) - item->object);
	char host[256] = "", hex[HASH_HEX_SIZE];
	struct stat st;
	char *all;

	/* A file without a name is made again at each attempt. */
	if (fstat(item->fd, &st) != 0 || st.st_nlink == 0)
		st.st_ino = 0;
	(void)gethostname(host, sizeof host - 1);
	all = text_format("%s %s %s %s %ju", item->object, item->sha256,
	    item->key, host, (uintmax_t)st.st_ino);
	hash_text(HASH_SHA256, all, strlen(all), hex);
	free(all);
	return text_format("%.*s_upload-%.16s.part", dir, item->object, hex);
}

bool
dest_is_beginning(
    const struct dest_item *item, uint64_t bytes, const char *sha256)
{
	char hex[HASH_HEX_SIZE], chunk[16384];
	struct hash *h = hash_new(HASH_SHA256);
	uint64_t at = 0;

	while (at < bytes) {
		uint64_t left = bytes - at;
		ssize_t n = pread(item->fd, chunk,
		    left < sizeof chunk ? (size_t)left : sizeof chunk,
		    (off_t)at);

		if (n <= 0)
			break;
		hash_add(h, chunk, (size_t)n);
		at += (uint64_t)n;
	}
	hash_hex(h, hex);
	return at == bytes && strcmp(hex, sha256) == 0;
}

void
dest_settle(void)
{
	enum { LOOKS = 30 };
	const struct timespec tenth = {0, 100 * 1000000};

	for (int i = 0; i < LOOKS && !loop_abandoned(); i++)
		(void)nanosleep(&tenth, NULL);
}

/* taken: put found that the name exists. */
static enum dest_result
look_after(struct dest *d, const struct dest_item *item, bool taken,
    struct dest_answer *a)
{
	struct dest_item sent = *item;
	enum dest_result r;

	sent.sent = !taken;
	r = d->kind->look(d, &sent, a);
	if (r == DEST_ABSENT)
		return dest_answer(a, DEST_LATER,
		    "%s: not there after it was sent", item->object);
	return r;
}

/*
 * Finds out whether the server obeys put's "do not overwrite": if the object
 * that has just arrived is sent again, it must be refused. Old servers that do
 * not know the condition store the same content again, and nothing is lost.
 * Only done in runs with many recordings.
 */
static void
learn_place(struct dest *d, const struct dest_item *item)
{
	enum { MOST = 2000000, WORTHWHILE = 8 };
	struct dest_answer unused = {.retry_after_s = -1};
	int unsure = DEST_UNSURE;
	enum dest_result r;

	if (d->exclusive != DEST_UNSURE || item->bytes > MOST ||
	    ++d->proven < WORTHWHILE ||
	    !atomic_compare_exchange_strong(
		&d->exclusive, &unsure, DEST_OVERWRITES))
		return;
	r = d->kind->put(d, item, &unused);
	if (r == DEST_TAKEN)
		d->exclusive = DEST_EXCLUSIVE;
	else if (r != DEST_DONE && r != DEST_PROVEN)
		d->exclusive = DEST_UNSURE; /* the answer does not show it */
}

enum dest_result
dest_deliver(
    struct dest *d, const struct dest_item *item, struct dest_answer *a)
{
	/*
	 * A larger file is not sent without looking first whether it is there.
	 */
	enum { WORTH_A_LOOK = 1000000 };
	enum dest_result r;

	*a = (struct dest_answer){.retry_after_s = -1, .date_us = -1};
	if (d->max_bytes > 0 && item->bytes > d->max_bytes)
		return dest_answer(a, DEST_NEVER,
		    "%llu bytes, the destination takes at most %llu "
		    "(recsplit -b makes smaller parts)",
		    (unsigned long long)item->bytes,
		    (unsigned long long)d->max_bytes);
	if (d->exclusive != DEST_EXCLUSIVE || item->attempts > 0 ||
	    item->bytes > WORTH_A_LOOK) {
		r = d->kind->look(d, item, a);
		if ((r == DEST_DONE || r == DEST_NEVER) && item->attempts > 0 &&
		    d->kind->tidy)
			d->kind->tidy(d, item);
		if (r != DEST_ABSENT)
			return r;
	}
	r = d->kind->put(d, item, a);
	if (r == DEST_DONE || r == DEST_TAKEN)
		return look_after(d, item, r == DEST_TAKEN, a);
	if (r != DEST_PROVEN)
		return r;
	learn_place(d, item);
	return DEST_DONE;
}

char *
dest_secret_path(const char *file)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");

	return dir && !strchr(file, '/') ? text_format("%s/%s", dir, file)
					 : text_dup(file);
}

/* systemd gives credentials at most to the group of the service. */
static bool
is_secret(int fd, const char *path, bool given, struct why *why)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		why_errno(why, "%s", path);
	else if (st.st_mode & (given ? 037 : 077))
		why_set(why,
		    "%s: others may read this secret (mode %04o); chmod 600",
		    path, (unsigned)st.st_mode & 07777);
	else if (st.st_uid != geteuid() && st.st_uid != 0)
		(void)guard_foreign(
		    path, st.st_uid, "chown it, or run this", why);
	else
		return true;
	return false;
}

static int
open_secret(const char *file, int64_t max_bytes, struct why *why)
{
	bool given = getenv("CREDENTIALS_DIRECTORY") && !strchr(file, '/');
	char *path = dest_secret_path(file);
	int fd = guard_open(path, max_bytes, why);

	if (fd >= 0 && !is_secret(fd, path, given, why)) {
		(void)close(fd);
		fd = -1;
	}
	free(path);
	return fd;
}

static char *
read_secret(const char *file, struct why *why)
{
	enum { MOST = 16384 };
	int fd = open_secret(file, MOST, why);
	char *text;
	ssize_t n;

	if (fd < 0)
		return NULL;
	text = mem_alloc(MOST + 1);
	n = io_read(fd, text, MOST);
	(void)close(fd);
	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
		text[--n] = '\0';
	if (n > 0 && strlen(text) == (size_t)n)
		return text;
	why_set(why, "%s: %s", file,
	    n < 0 ? strerror(errno) : "contains no secret");
	dest_forget(text);
	return NULL;
}

int
dest_secret(const struct doc *doc, const struct doc_section *s, const char *key,
    char **out, struct why *why)
{
	char name[64];
	const struct doc_key *file, *env;
	struct why inner = {0};

	*out = NULL;
	(void)snprintf(name, sizeof name, "%s_file", key);
	file = doc_key(s, name);
	(void)snprintf(name, sizeof name, "%s_env", key);
	env = doc_key(s, name);
	if (file && env)
		return doc_error(doc, env->line, why,
		    "set either %s_file or %s_env, not both", key, key);
	if (file && !(*out = read_secret(file->value, &inner)))
		return doc_error(doc, file->line, why, "%s", inner.text);
	if (env && !(*out = text_dup(getenv(env->value))))
		return doc_error(doc, env->line, why,
		    "the environment variable %s is not set", env->value);
	return 0;
}

void
dest_forget(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}
