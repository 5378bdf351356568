/* SPDX-License-Identifier: ISC */
#include "files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hash.h"
#include "mem.h"
#include "remote_test.h"
#include "text.h"

static enum dest_result
conflict(const struct dest *d, const char *object, struct dest_answer *a)
{
	char *where = d->kind->where(d, object);

	dest_answer(a, DEST_NEVER,
	    "%s: something else of this name is there; not overwritten", where);
	free(where);
	return DEST_NEVER;
}

enum dest_result
files_look(struct dest *d, const struct dest_item *item, struct dest_answer *a)
{
	const struct files *own = d->own;
	struct remote_file file;
	enum dest_result r;
	int order = 0;

	if (own->by_size) {
		r = remote_compare(
		    &own->remote, item->object, item->bytes, &order, a);
		return r == DEST_DONE && order != 0
			   ? conflict(d, item->object, a)
			   : r;
	}
	r = remote_read(&own->remote, item->object, item->bytes, &file, a);
	if (r == DEST_DONE && (file.bytes != item->bytes ||
				  strcmp(file.sha256, item->sha256) != 0))
		return conflict(d, item->object, a);
	return r;
}

/* Are these the first bytes of the file? */
static bool
is_beginning(const struct dest_item *item, const struct remote_file *file)
{
	char hex[HASH_HEX_SIZE], chunk[16384];
	struct hash *h = hash_new(HASH_SHA256);
	uint64_t at = 0;

	while (at < file->bytes) {
		uint64_t left = file->bytes - at;
		ssize_t n = pread(item->fd, chunk,
		    left < sizeof chunk ? (size_t)left : sizeof chunk,
		    (off_t)at);

		if (n <= 0)
			break;
		hash_add(h, chunk, (size_t)n);
		at += (uint64_t)n;
	}
	hash_hex(h, hex);
	return at == file->bytes && strcmp(hex, file->sha256) == 0;
}

/* Where to go on: what an earlier try left, if it is good; else 0. */
static enum dest_result
resume_at(const struct files *own, const struct dest_item *item,
    const char *temporary, uint64_t *from, struct dest_answer *a)
{
	struct remote_file file;
	enum dest_result r;

	*from = 0;
	if (own->by_size) /* cannot be told from rubbish */
		return remote_remove(&own->remote, temporary, a);
	r = remote_read(&own->remote, temporary, item->bytes, &file, a);
	if (r == DEST_ABSENT)
		return DEST_DONE;
	if (r != DEST_DONE)
		return r;
	if (file.bytes == item->bytes
		? strcmp(file.sha256, item->sha256) == 0
		: file.bytes < item->bytes && is_beginning(item, &file)) {
		*from = file.bytes;
		return DEST_DONE;
	}
	return remote_remove(&own->remote, temporary, a);
}

/* Sends the rest; where a folder is missing, makes it and sends again. */
static enum dest_result
send_from(const struct files *own, const struct dest_item *item,
    const char *temporary, uint64_t from, bool *broke, struct dest_answer *a)
{
	enum dest_result r =
	    remote_send(&own->remote, temporary, item, from, broke, a);

	if (r == DEST_ABSENT && strchr(temporary, '/')) {
		r = remote_make_parents(&own->remote, temporary, a);
		if (r == DEST_DONE)
			r = remote_send(
			    &own->remote, temporary, item, from, broke, a);
	}
	return r == DEST_ABSENT ? DEST_PAUSED : r; /* a tells what it said */
}

/*
 * A break is mended at once, for what had arrived need not be sent again. If
 * that breaks too and not a byte more is there, the disk is full.
 */
static enum dest_result
go_on(const struct files *own, const struct dest_item *item,
    const char *temporary, struct dest_answer *a)
{
	struct dest_answer unused = {.retry_after_s = -1};
	uint64_t from;
	bool broke;
	int order;
	enum dest_result r = resume_at(own, item, temporary, &from, a);

	if (r == DEST_DONE && from < item->bytes)
		r = send_from(own, item, temporary, from, &broke, a);
	else
		broke = false;
	if (broke && !own->by_size &&
	    remote_compare(&own->remote, temporary, from, &order, &unused) ==
		DEST_DONE &&
	    order == 0)
		return remote_full(&own->remote, temporary, "", a);
	return r;
}

static enum dest_result
send_temporary(const struct files *own, const struct dest_item *item,
    const char *temporary, struct dest_answer *a)
{
	uint64_t from;
	bool broke = false;
	int order = 0;
	enum dest_result r = resume_at(own, item, temporary, &from, a);

	if (r == DEST_DONE && (from < item->bytes || item->bytes == 0))
		r = send_from(own, item, temporary, from, &broke, a);
	if (broke)
		r = go_on(own, item, temporary, a);
	if (r == DEST_DONE)
		r = remote_compare(
		    &own->remote, temporary, item->bytes, &order, a);
	if (r == DEST_ABSENT || (r == DEST_DONE && order != 0))
		return dest_answer(a, DEST_LATER,
		    "%s: what was sent is not there in its whole length",
		    item->object);
	return r;
}

/* Looks right before, and again where the rename fails. */
static enum dest_result
rename_temporary(const struct files *own, const struct dest_item *item,
    const char *temporary, struct dest_answer *a)
{
	struct dest_answer renamed = {.retry_after_s = -1};
	int order;
	enum dest_result r =
	    remote_compare(&own->remote, item->object, item->bytes, &order, a);

	if (r == DEST_DONE) /* somebody was quicker */
		return remote_remove(&own->remote, temporary, a);
	if (r != DEST_ABSENT)
		return r;
	if (remote_rename(&own->remote, temporary, item->object, &renamed) ==
	    DEST_DONE)
		return DEST_DONE;
	/* Its answer may have been lost: the next look decides. */
	r = remote_compare(&own->remote, item->object, item->bytes, &order, a);
	if (r != DEST_ABSENT)
		return r;
	*a = renamed;
	return DEST_LATER;
}

enum dest_result
files_put(struct dest *d, const struct dest_item *item, struct dest_answer *a)
{
	const struct files *own = d->own;
	char *temporary = dest_temporary(item);
	struct dest_answer unused = {.retry_after_s = -1};
	enum dest_result r = send_temporary(own, item, temporary, a);

	if (r == DEST_DONE)
		r = rename_temporary(own, item, temporary, a);
	if (r == DEST_NEVER)
		(void)remote_remove(&own->remote, temporary, &unused);
	free(temporary);
	return r;
}

/* What may not be removed is told by its being there still. */
enum dest_result
files_drop(struct dest *d, const char *object, struct dest_answer *a)
{
	const struct files *own = d->own;
	enum dest_result r = remote_remove(&own->remote, object, a);
	int order;

	if (r == DEST_DONE)
		r = remote_compare(&own->remote, object, 0, &order, a);
	if (r == DEST_DONE)
		return dest_answer(a, DEST_PAUSED,
		    "%s/%s: the login has no right to delete", own->remote.url,
		    object);
	return r == DEST_ABSENT ? DEST_DONE : r;
}

char *
files_where(const struct dest *d, const char *object)
{
	const struct files *own = d->own;

	return text_format("%s/%s", own->remote.url, object);
}

enum dest_result
files_test(struct dest *d, struct findings *f, struct dest_answer *a)
{
	const struct files *own = d->own;

	return remote_test_server(&own->remote, f, a);
}

void
files_examine(struct dest *d, const struct dest_item *probe, struct findings *f)
{
	const struct files *own = d->own;

	remote_test_file(&own->remote, probe->object, f);
}

/* file:line: only what needs no quoting, in a URL and in a command alike. */
static int
take_url(struct files *own, const struct doc *doc, const struct doc_section *s,
    const char *const *schemes, struct why *why)
{
	const struct doc_key *k = doc_key(s, "url");
	const char *host = NULL;
	size_t n;

	if (!k)
		return doc_error(
		    doc, s->line, why, "[%s]: url is missing", s->name);
	for (size_t i = 0; schemes[i] && !host; i++)
		if (strncmp(k->value, schemes[i], strlen(schemes[i])) == 0)
			host = k->value + strlen(schemes[i]);
	if (!host || !*host || *host == '/')
		return doc_error(doc, k->line, why, "url: %sHOST/PATH%s",
		    schemes[0],
		    strncmp(k->value, "ftp://", 6) == 0
			? " (for plain FTP there is no way)"
			: "");
	if (strchr(host, '@'))
		return doc_error(doc, k->line, why,
		    "url: no login in it; see user and password_file");
	n = strspn(host, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			 "0123456789._~:[]/-");
	if (host[n] || strstr(host, ".."))
		return doc_error(doc, k->line, why,
		    "url: only letters, digits and ._~/- in it, and no '..'");
	own->remote.url = text_dup(k->value);
	for (n = strlen(own->remote.url); own->remote.url[n - 1] == '/';)
		own->remote.url[--n] = '\0';
	return 0;
}

int
files_open(struct dest *d, const struct doc *doc, const struct doc_section *s,
    const char *const *schemes, struct why *why)
{
	const struct doc_key *verify = doc_key(s, "verify");
	const struct doc_key *user = doc_key(s, "user");
	struct files *own = d->own = mem_alloc(sizeof *own);

	if (take_url(own, doc, s, schemes, why) != 0 ||
	    dest_secret(doc, s, "password", &own->remote.password, why) != 0)
		return -1;
	if (!user || !*user->value)
		return doc_error(
		    doc, s->line, why, "[%s]: user is missing", s->name);
	own->remote.user = text_dup(user->value);
	remote_begin(&own->remote, d);
	if (verify && strcmp(verify->value, "size") == 0)
		own->by_size = true;
	else if (verify && strcmp(verify->value, "hash") != 0)
		return doc_error(doc, verify->line, why,
		    "verify: hash or size, not '%.40s'", verify->value);
	return 0;
}

void
files_close(struct dest *d)
{
	struct files *own = d->own;

	if (own)
		remote_end(&own->remote);
	free(own);
}
