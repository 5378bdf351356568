/* SPDX-License-Identifier: ISC */
#include "hold.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit.h"
#include "ini.h"
#include "mem.h"
#include "newfile.h"
#include "text.h"
#include "tree.h"
#include "when.h"

#define HOLD "hold"

static int
hold_fault(const struct spool *sp, const char *id, struct why *why)
{
	return why_errno(why, "%s/" HOLD "%s%s", sp->path, *id ? "/" : "", id);
}

/* Opens the directory, and makes it if it is missing. */
static int
open_holds_folder(const struct spool *sp)
{
	if (mkdirat(sp->fd, HOLD, 0700) == 0) {
		if (fsync(sp->fd) != 0)
			return -1;
	} else if (errno != EEXIST) {
		return -1;
	}
	return tree_open(sp->fd, HOLD);
}

int
hold_lock(const struct spool *sp, bool exclusive)
{
	int fd = exclusive ? open_holds_folder(sp) : tree_open(sp->fd, HOLD),
	    error;

	if (fd < 0 || flock(fd, exclusive ? LOCK_EX : LOCK_SH) == 0)
		return fd;
	error = errno;
	(void)close(fd);
	errno = error;
	return -1;
}

bool
hold_has(const struct spool *sp, const char *id)
{
	int fd = tree_open(sp->fd, HOLD);
	bool has;

	if (fd < 0)
		/* For any other error: better kept than lost. */
		return errno != ENOENT;
	has = faccessat(fd, id, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ||
	      errno != ENOENT;
	(void)close(fd);
	return has;
}

/* Writes a line to the log, with the reason as its last word. */
static int
log_reason(const struct spool *sp, const char *id, const char *event,
    const char *reason, int64_t now_us, struct why *why)
{
	char *clean = audit_words(reason);
	int status =
	    audit_add(sp->fd, now_us, id, event, why, "reason=\"%s\"", clean);
	free(clean);
	return status;
}

static int
put_hold(int fd, const struct spool *sp, const char *id, const char *reason,
    int64_t now_us, struct why *why)
{
	struct doc doc = {0};
	struct buf text = {0};
	struct doc_section *s = doc_add_section(&doc, "hold", 0);
	char since[WHEN_SIZE];
	int status;

	doc_add(s, "since", when_text(now_us, since), 0);
	doc_add_text(s, "reason", reason);
	status = doc_write(&doc, &text, why);
	if (status == 0 && newfile_put(fd, id, text.s, text.len, false) != 0)
		status = errno == EEXIST
			     ? why_set(why, "%s: is on hold already", id)
			     : hold_fault(sp, id, why);
	buf_free(&text);
	doc_free(&doc);
	return status;
}

int
hold_set(const struct spool *sp, const char *id, const char *reason,
    int64_t now_us, struct why *why)
{
	int fd = hold_lock(sp, true);
	int status = fd < 0 ? hold_fault(sp, "", why) : 0;

	/* The file first: after a kill the call is kept. */
	if (status == 0)
		status = put_hold(fd, sp, id, reason, now_us, why);
	if (status == 0)
		status = log_reason(sp, id, "hold", reason, now_us, why);
	if (fd >= 0)
		(void)close(fd);
	return status;
}

int
hold_release(const struct spool *sp, const char *id, const char *reason,
    int64_t now_us, struct why *why)
{
	int fd = hold_lock(sp, true);
	int status = fd < 0 ? hold_fault(sp, "", why) : 0;

	if (status == 0 && faccessat(fd, id, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
		status = errno == ENOENT
			     ? why_set(why, "%s: is not on hold", id)
			     : hold_fault(sp, id, why);
	/* The log first: no hold ends without a line. */
	if (status == 0)
		status = log_reason(sp, id, "released", reason, now_us, why);
	if (status == 0 && (unlinkat(fd, id, 0) != 0 || fsync(fd) != 0))
		status = hold_fault(sp, id, why);
	if (fd >= 0)
		(void)close(fd);
	return status;
}

/* ---- listing ---- */

struct ids {
	char **id;
	size_t ids;
};

static void
add_id(const struct dirent *d, void *arg)
{
	struct ids *l = arg;

	if (text_id_fault(d->d_name)) /* a file that is being written */
		return;
	l->id = mem_resize(l->id, l->ids + 1, sizeof *l->id);
	l->id[l->ids++] = text_dup(d->d_name);
}

static int
by_held_id(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
tell_one(int fd, const char *id, void (*each)(const struct hold *h, void *arg),
    void *arg)
{
	struct hold h = {id, "", 0};
	struct doc doc = {0};
	const struct doc_section *s = NULL;
	const char *since;
	char *reason;

	if (ini_read_at(&doc, fd, id, id, NULL) == 0)
		s = doc_find(&doc, "hold");
	since = doc_value(s, "since");
	if (!since || when_parse(since, &h.since_us) != 0)
		h.since_us = 0;
	reason = doc_text(s, "reason");
	if (reason)
		h.reason = reason;
	each(&h, arg);
	free(reason);
	doc_free(&doc);
}

int
hold_each(const struct spool *sp, void (*each)(const struct hold *h, void *arg),
    void *arg, struct why *why)
{
	int fd = tree_open(sp->fd, HOLD), status = 0;
	struct ids l = {0};

	if (fd < 0)
		return errno == ENOENT ? 0 : hold_fault(sp, "", why);
	if (tree_each(fd, add_id, &l) != 0)
		status = hold_fault(sp, "", why);
	if (l.ids > 1)
		qsort(l.id, l.ids, sizeof *l.id, by_held_id);
	for (size_t i = 0; i < l.ids; i++) {
		if (status == 0)
			tell_one(fd, l.id[i], each, arg);
		free(l.id[i]);
	}
	free(l.id);
	(void)close(fd);
	return status;
}
