/* SPDX-License-Identifier: ISC */
#include "files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "folders.h"
#include "mem.h"
#include "remote_test.h"
#include "remote_set.h"
#include "text.h"

static enum dest_result
file_conflict(const struct dest *d, const char *object, struct dest_answer *a)
{
	char *where = d->kind->where(d, object);

	dest_answer(a, DEST_NEVER,
	    "%s: a different file of this name exists; not overwritten", where);
	free(where);
	return DEST_NEVER;
}

/*
 * Two processes that send the same recording write to the same temporary name.
 * If one renames it and the other is killed, the final name has only the
 * beginning. It is ours, and is replaced if no process writes to it any more.
 */
static enum dest_result
own_partial_file(const struct dest *d, const struct dest_item *item,
    uint64_t bytes, struct dest_answer *a)
{
	const struct files *own = d->own;
	enum dest_result r;
	int order = 0;

	dest_settle();
	r = remote_compare(&own->remote, item->object, bytes, &order, a);
	if (r == DEST_DONE && order != 0)
		return dest_answer(a, DEST_LATER,
		    "%s/%s: only the beginning of the recording is there, and "
		    "it grows: another recupload is sending it",
		    own->remote.url, item->object);
	if (r == DEST_DONE)
		r = remote_remove(&own->remote, item->object, a);
	return r == DEST_DONE ? DEST_ABSENT : r;
}

enum dest_result
files_look(struct dest *d, const struct dest_item *item, struct dest_answer *a)
{
	const struct files *own = d->own;
	struct remote_file file;
	enum dest_result r;
	int order = 0;

	if (own->drop_box && item->fd < 0)
		return dest_answer(a, DEST_EXEMPT,
		    "a drop box cannot be read (verify = answer)");
	if (own->drop_box)
		return DEST_ABSENT;
	if (own->by_size) {
		a->by_size = true;
		r = remote_compare(
		    &own->remote, item->object, item->bytes, &order, a);
		return r == DEST_DONE && order != 0
			   ? file_conflict(d, item->object, a)
			   : r;
	}
	r = remote_read(&own->remote, item->object, item->bytes, &file, a);
	if (r == DEST_DONE && file.bytes > 0 && file.bytes < item->bytes &&
	    dest_is_beginning(item, file.bytes, file.sha256))
		return own_partial_file(d, item, file.bytes, a);
	if (r == DEST_DONE && (file.bytes != item->bytes ||
				  strcmp(file.sha256, item->sha256) != 0))
		return file_conflict(d, item->object, a);
	return r;
}

/* The offset at which to resume an earlier attempt; 0: send the whole file. */
static enum dest_result
resume_at(const struct files *own, const struct dest_item *item,
    const char *temporary, uint64_t *from, struct dest_answer *a)
{
	struct remote_file file;
	enum dest_result r;

	*from = 0;
	/* With `verify = size` a valid beginning cannot be recognized. If the
	 * server does not support resuming, the file is overwritten. */
	if (own->by_size || own->anew)
		return DEST_DONE;
	r = remote_read(&own->remote, temporary, item->bytes, &file, a);
	if (r == DEST_ABSENT)
		return DEST_DONE;
	if (r != DEST_DONE)
		return r;
	if (file.bytes == item->bytes
		? strcmp(file.sha256, item->sha256) == 0
		: file.bytes < item->bytes &&
		      dest_is_beginning(item, file.bytes, file.sha256))
		*from = file.bytes;
	return DEST_DONE;
}

static enum dest_result
make_remote_folder(void *own, const char *folder, struct dest_answer *a)
{
	return remote_make_folder(
	    &((const struct files *)own)->remote, folder, a);
}

/* Sends the rest into a folder that is made before. If a folder that existed is
 * gone, it is made again. DEST_ABSENT: the server refused the file. */
static enum dest_result
send_from(struct files *own, const struct dest_item *item,
    const char *temporary, uint64_t from, struct remote_sent *sent,
    struct dest_answer *a)
{
	*sent = (struct remote_sent){false, false, false};
	for (int round = 0;; round++) {
		struct dest_answer put = *a;
		bool fresh, refused;
		enum dest_result r = folders_make(own->folders, temporary,
		    make_remote_folder, own, &fresh, a);

		refused = r == DEST_ABSENT;
		if (r != DEST_DONE && r != DEST_ABSENT)
			return r;
		r = remote_send(
		    &own->remote, temporary, item, from, sent, &put);
		if (r == DEST_DONE)
			folders_keep(own->folders, temporary);
		if (r == DEST_ABSENT && !fresh && round == 0) {
			folders_forget(own->folders, temporary);
			continue;
		}
		if (r == DEST_ABSENT && refused) /* MKD has the reason */
			dest_answer(&put, r, "%.450s; %.450s", a->why.text,
			    put.why.text);
		*a = put;
		return r;
	}
}

/*
 * The file cannot be stored: no folder, or no right. The answer has the reason.
 */
static enum dest_result
never_absent(enum dest_result r)
{
	return r == DEST_ABSENT ? DEST_PAUSED : r;
}

static enum dest_result
full(const struct files *own, const char *temporary, struct dest_answer *a)
{
	a->retry_after_s = REMOTE_FULL_RETRY_S;
	return dest_answer(a, DEST_LATER,
	    "%s/%s: its disk is full, or a quota is used up", own->remote.url,
	    temporary);
}

/*
 * Resuming was refused, or the connection broke and the temporary file is gone.
 */
static bool
is_stuck(const struct files *own, const char *temporary, uint64_t from,
    const struct remote_sent *sent)
{
	struct dest_answer unused = DEST_ANSWER_NONE;
	int order = 1;

	return sent->refused || (sent->broke &&
				    remote_compare(&own->remote, temporary,
					from, &order, &unused) == DEST_DONE &&
				    order <= 0);
}

/*
 * Starts from the beginning: ProFTPD (AllowStoreRestart off), object stores and
 * archives do not support resuming. If the file may neither be overwritten nor
 * deleted, another name is used.
 */
static enum dest_result
start_anew(struct files *own, const struct dest_item *item, char **temporary,
    struct remote_sent *sent, struct dest_answer *a)
{
	struct dest_answer unused = DEST_ANSWER_NONE;
	enum dest_result r = send_from(own, item, *temporary, 0, sent, a);

	if (r != DEST_DONE && sent->refused &&
	    remote_remove(&own->remote, *temporary, &unused) == DEST_DONE)
		r = send_from(own, item, *temporary, 0, sent, a);
	if (r != DEST_DONE && sent->refused) {
		char *other = text_format("%.*s-%d.part",
		    (int)(strlen(*temporary) - strlen(".part")), *temporary,
		    item->attempts + 1);

		free(*temporary);
		*temporary = other;
		r = send_from(own, item, other, 0, sent, a);
	}
	if (r == DEST_DONE)
		own->anew = true;
	return r;
}

/*
 * After a break it resumes at once, because the data that arrived need not be
 * sent again. If this breaks too and no byte was added, the disk is full, or
 * the server does not support resuming.
 */
static enum dest_result
send_temporary(struct files *own, const struct dest_item *item,
    char **temporary, bool *resumed, struct dest_answer *a)
{
	enum { TRIES = 2 };
	struct remote_sent sent = {false, false, false};
	enum dest_result r = DEST_LATER;
	uint64_t from = 0;

	for (int n = 0; n < TRIES; n++) {
		r = resume_at(own, item, *temporary, &from, a);
		if (r != DEST_DONE)
			return r;
		*resumed = from > 0;
		if (from == item->bytes && from > 0)
			return r;
		r = send_from(own, item, *temporary, from, &sent, a);
		if (r == DEST_DONE || sent.full)
			return r;
		if ((from > 0 || n > 0) &&
		    is_stuck(own, *temporary, from, &sent)) {
			*resumed = false;
			if (from > 0)
				r = start_anew(own, item, temporary, &sent, a);
			return r != DEST_DONE && sent.broke
				   ? full(own, *temporary, a)
				   : never_absent(r);
		}
		if (r == DEST_DONE || !sent.broke)
			break;
	}
	return never_absent(r);
}

/*
 * Checks that all of it is there, and that a resumed file is right: some
 * servers join the pieces wrongly, and after the rename this could not be
 * repaired.
 */
static enum dest_result
check_temporary(struct files *own, const struct dest_item *item,
    char **temporary, bool resumed, struct dest_answer *a)
{
	struct remote_sent sent;
	struct remote_file file = {.bytes = 0};
	enum dest_result r = DEST_DONE;
	int order = 0;

	if (resumed) {
		r = remote_read(
		    &own->remote, *temporary, item->bytes, &file, a);
		if (r == DEST_DONE &&
		    (file.bytes != item->bytes ||
			strcmp(file.sha256, item->sha256) != 0))
			r = never_absent(
			    start_anew(own, item, temporary, &sent, a));
	}
	if (r == DEST_DONE)
		r = remote_compare(
		    &own->remote, *temporary, item->bytes, &order, a);
	/* libcurl takes an SFTP file whose size is not told for an empty one. */
	if (r == DEST_ABSENT ||
	    (r == DEST_DONE && order < 0 && remote_is_sftp(&own->remote)))
		return dest_answer(a, DEST_LATER,
		    "%s: not complete after it was sent (if files can only "
		    "be written there, set verify = answer)",
		    item->object);
	if (r == DEST_DONE && order != 0)
		return dest_answer(a, DEST_LATER,
		    "%s: not complete after it was sent; the next attempt "
		    "sends the rest",
		    item->object);
	return r;
}

/* Looks right before the rename, and again if it fails. */
static enum dest_result
rename_temporary(const struct files *own, const struct dest_item *item,
    const char *temporary, struct dest_answer *a)
{
	struct dest_answer renamed = {.retry_after_s = -1};
	int order;
	enum dest_result r =
	    remote_compare(&own->remote, item->object, item->bytes, &order, a);

	if (r == DEST_DONE) /* another process was faster */
		return remote_remove(&own->remote, temporary, a);
	if (r != DEST_ABSENT)
		return r;
	if (remote_rename(&own->remote, temporary, item->object, &renamed) ==
	    DEST_DONE)
		return DEST_DONE;
	/* The answer to the rename may have been lost, or another process was
	 * faster and ours is left: the next look compares the content. */
	r = remote_compare(&own->remote, item->object, item->bytes, &order, a);
	if (r == DEST_DONE)
		(void)remote_remove(&own->remote, temporary, &renamed);
	if (r != DEST_ABSENT)
		return r;
	*a = renamed;
	return DEST_LATER;
}

/* A drop box, where files can only be written: the file is written once, with
 * its final name, and only the server's answer counts. */
static enum dest_result
put_in_box(
    struct files *own, const struct dest_item *item, struct dest_answer *a)
{
	struct remote_sent sent;
	enum dest_result r = send_from(own, item, item->object, 0, &sent, a);

	return r == DEST_DONE ? DEST_PROVEN : never_absent(r);
}

enum dest_result
files_put(struct dest *d, const struct dest_item *item, struct dest_answer *a)
{
	struct files *own = d->own;
	char *temporary = dest_temporary(item);
	struct dest_answer unused = DEST_ANSWER_NONE;
	bool resumed = false;
	enum dest_result r;

	if (own->drop_box) {
		free(temporary);
		return put_in_box(own, item, a);
	}
	r = send_temporary(own, item, &temporary, &resumed, a);
	if (r == DEST_DONE)
		r = check_temporary(own, item, &temporary, resumed, a);
	if (r == DEST_DONE)
		r = rename_temporary(own, item, temporary, a);
	if (r == DEST_NEVER)
		(void)remote_remove(&own->remote, temporary, &unused);
	free(temporary);
	return r;
}

/* A file that cannot be removed is found again by the next look. */
void
files_tidy(struct dest *d, const struct dest_item *item)
{
	struct files *own = d->own;
	char *temporary = dest_temporary(item);
	struct dest_answer unused = DEST_ANSWER_NONE;

	if (!own->drop_box)
		(void)remote_remove(&own->remote, temporary, &unused);
	free(temporary);
}

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

	return remote_url(&own->remote, object);
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

/* The path may only have characters that need no quoting, in a URL and in a
 * command. */
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
			? " (plain FTP is not supported)"
			: "");
	if (strchr(host, '@'))
		return doc_error(doc, k->line, why,
		    "url must not contain a login; see user and password_file");
	n = strspn(host, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			 "0123456789._~:[]/-");
	if (host[n] || strstr(host, ".."))
		return doc_error(doc, k->line, why,
		    "url may contain only letters, digits and ._~/-, and no "
		    "'..'");
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
	else if (verify && strcmp(verify->value, "answer") == 0)
		own->drop_box = true;
	else if (verify && strcmp(verify->value, "hash") != 0)
		return doc_error(doc, verify->line, why,
		    "verify: hash, size or answer, not '%.40s'", verify->value);
	own->folders = folders_new();
	return 0;
}

void
files_close(struct dest *d)
{
	struct files *own = d->own;

	if (own) {
		remote_end(&own->remote);
		folders_free(own->folders);
	}
	free(own);
}
