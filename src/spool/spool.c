/* SPDX-License-Identifier: ISC */
#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "doc.h"
#include "guard.h"
#include "mem.h"
#include "newfile.h"
#include "path.h"
#include "text.h"
#include "tree.h"
#include "when.h"

#define MARKER    ".rectools"
#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

const char *const spool_stage_names[] = {
    "tmp", "mix", "split", "upload", "failed", "held", "notice", NULL};

static int
fail_path(struct why *why, const char *path, const char *name)
{
	return why_errno(
	    why, "%s%s%s", path, name ? "/" : "", name ? name : "");
}

/* What an incomplete spool may contain, if making it was interrupted. */
struct content {
	bool marked;
	char *other; /* another file that is there */
};

static void
look_inside(const struct dirent *d, void *arg)
{
	struct content *c = arg;
	const char *name = d->d_name;

	if (strcmp(name, MARKER) == 0)
		c->marked = true;
	for (int i = 0; i < SPOOL_STAGES; i++)
		if (strcmp(name, spool_stage_names[i]) == 0)
			return;
	if (!c->other && strcmp(name, "." MARKER ".new") != 0 &&
	    strcmp(name, "lost+found") != 0)
		c->other = text_dup(name);
}

/* Only an empty directory becomes a spool, because its mode changes and files
 * in it are deleted. */
static int
check_empty(int fd, const char *path, struct why *why)
{
	struct content c = {0};
	int status = tree_each(fd, look_inside, &c);

	if (status != 0)
		fail_path(why, path, NULL);
	else if (c.marked)
		status = why_set(why, "%s: is a spool already", path);
	else if (c.other)
		status = why_set(
		    why, "%s: is not empty, it has '%.60s'", path, c.other);
	free(c.other);
	return status;
}

int
spool_create(const char *path, struct why *why)
{
	static const char text[] = "rectools spool, version 1\n";
	int fd = -1, status = -1;

	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return fail_path(why, path, NULL);
	fd = open(path, DIR_FLAGS);
	if (fd < 0)
		return fail_path(why, path, NULL);
	if (check_empty(fd, path, why) != 0)
		goto out;
	status = fchmod(fd, 0700) != 0 ? fail_path(why, path, NULL) : 0;
	for (int i = 0; i < SPOOL_STAGES && status == 0; i++)
		if (mkdirat(fd, spool_stage_names[i], 0700) != 0 &&
		    errno != EEXIST)
			status = fail_path(why, path, spool_stage_names[i]);
	if (status != 0)
		goto out;
	/* The marker comes last: a spool that has it is complete. */
	status = newfile_put(fd, MARKER, text, sizeof text - 1, false);
	if (status != 0)
		fail_path(why, path, MARKER);
out:
	(void)close(fd);
	return status;
}

static int
check_root(int fd, const char *path, struct why *why)
{
	struct stat st, root;

	if (fstat(fd, &st) != 0 || stat("/", &root) != 0)
		return fail_path(why, path, NULL);
	if (st.st_dev == root.st_dev && st.st_ino == root.st_ino)
		return why_set(
		    why, "%s: the root directory cannot be a spool", path);
	if (st.st_uid != geteuid())
		return guard_foreign(path, st.st_uid, "run this", why);
	if (st.st_mode & 022)
		return why_set(why,
		    "%s: others can write here (mode %03o); "
		    "chmod 700",
		    path, (unsigned)st.st_mode & 0777);
	if (fstatat(fd, MARKER, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !S_ISREG(st.st_mode))
		return why_set(why,
		    "%s: not a spool: it has no " MARKER
		    " (recpolicy --init -s makes one)",
		    path);
	return 0;
}

/* A stage must not be writable by others, or be a mount. */
static int
check_stage(const struct spool *sp, int stage, struct why *why)
{
	const char *name = spool_stage_names[stage];
	struct stat st, root;

	if (fstat(sp->stage_fd[stage], &st) != 0 || fstat(sp->fd, &root) != 0)
		return fail_path(why, sp->path, name);
	if (st.st_uid != geteuid()) {
		char *path = text_format("%s/%s", sp->path, name);

		(void)guard_foreign(
		    path, st.st_uid, "chown it, or run this", why);
		free(path);
		return -1;
	}
	if (st.st_mode & 022)
		return why_set(why,
		    "%s/%s: others can write here (mode %03o); chmod 700",
		    sp->path, name, (unsigned)st.st_mode & 0777);
	if (st.st_dev != root.st_dev)
		return why_set(why,
		    "%s/%s: another file system; a spool must be on one",
		    sp->path, name);
	return 0;
}

static void
fail_root(struct why *why, const char *path)
{
	struct stat st;

	fail_path(why, *path ? path : "''", NULL);
	if (why->errnum == ENOTDIR && lstat(path, &st) == 0 &&
	    S_ISLNK(st.st_mode))
		(void)why_set(why,
		    "%s: a link must belong to you or root, and lead to the "
		    "spool's directory, not to another link",
		    path);
}

/* The directory to which the link leads, which is not a link itself. */
static int
open_linked(const char *link)
{
	char to[PATH_MAX], *path;
	ssize_t n = readlink(link, to, sizeof to - 1);
	int fd;

	if (n <= 0)
		return -1;
	while (n > 1 && to[n - 1] == '/')
		n--;
	to[n] = '\0';
	path = path_beside(link, to);
	fd = open(path, DIR_FLAGS);
	free(path); /* leaves errno as it is */
	return fd;
}

/* The spool's own path may be a link of the caller or of root, to a spool on
 * another disk. check_root() checks the owner of the target. */
static int
open_root(const char *path)
{
	int fd = open(path, DIR_FLAGS), error = errno;
	struct stat st;

	if (fd >= 0 || (error != ELOOP && error != ENOTDIR) ||
	    lstat(path, &st) != 0 || !S_ISLNK(st.st_mode) ||
	    (st.st_uid != geteuid() && st.st_uid != 0)) {
		errno = error;
		return fd;
	}
	return open_linked(path);
}

int
spool_open(struct spool *sp, const char *path, struct why *why)
{
	size_t n = strlen(path);

	*sp = (struct spool){.fd = -1};
	for (int i = 0; i < SPOOL_STAGES; i++)
		sp->stage_fd[i] = -1;
	/* "link/" would be followed in spite of O_NOFOLLOW. */
	while (n > 1 && path[n - 1] == '/')
		n--;
	sp->path = text_ndup(path, n);
	path = sp->path;
	sp->fd = open_root(path);
	if (sp->fd < 0) {
		fail_root(why, path);
		goto bad;
	}
	if (check_root(sp->fd, path, why) != 0)
		goto bad;
	/* A spool of version 0.1 does not have them yet. */
	for (int i = SPOOL_HELD; i < SPOOL_STAGES; i++)
		if (mkdirat(sp->fd, spool_stage_names[i], 0700) == 0 &&
		    fsync(sp->fd) != 0) {
			fail_path(why, path, NULL);
			goto bad;
		}
	for (int i = 0; i < SPOOL_STAGES; i++) {
		sp->stage_fd[i] = tree_open(sp->fd, spool_stage_names[i]);
		if (sp->stage_fd[i] < 0) {
			fail_path(why, path, spool_stage_names[i]);
			goto bad;
		}
		if (check_stage(sp, i, why) != 0)
			goto bad;
	}
	return 0;
bad:
	spool_close(sp);
	return -1;
}

int
spool_fault(const struct why *why)
{
	switch (why->errnum) {
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case EIO:
		return EXIT_LATER;
	default:
		return EXIT_USAGE;
	}
}

bool
spool_moved(const struct spool *sp, struct why *why)
{
	struct stat mine, there;

	if (fstat(sp->fd, &mine) == 0 && stat(sp->path, &there) == 0 &&
	    mine.st_ino == there.st_ino && mine.st_dev == there.st_dev)
		return false;
	why_set(why, "%s: is no longer the spool that was opened", sp->path);
	return true;
}

void
spool_close(struct spool *sp)
{
	for (int i = 0; i < SPOOL_STAGES; i++)
		if (sp->stage_fd[i] >= 0)
			(void)close(sp->stage_fd[i]);
	if (sp->fd >= 0)
		(void)close(sp->fd);
	free(sp->path);
	*sp = (struct spool){.fd = -1};
	for (int i = 0; i < SPOOL_STAGES; i++)
		sp->stage_fd[i] = -1;
}

int
spool_parse_name(const char *name, int64_t *entered_us, const char **id)
{
	char stamp[17];

	if (strlen(name) < 18 || name[16] != '-')
		return -1;
	memcpy(stamp, name, 16);
	stamp[16] = '\0';
	if (when_unstamp(stamp, entered_us) != 0 || text_id_fault(name + 17))
		return -1;
	*id = name + 17;
	return 0;
}

static int
by_folder_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

struct listing {
	char **name;
	size_t names, room;
};

static void
add_spool_folder(const struct dirent *d, void *arg)
{
	struct listing *l = arg;
	int64_t entered;
	const char *id;

	if (spool_parse_name(d->d_name, &entered, &id) != 0)
		return;
	if (l->names == l->room) {
		l->room = l->room ? l->room * 2 : 64;
		l->name = mem_resize(l->name, l->room, sizeof *l->name);
	}
	l->name[l->names++] = text_dup(d->d_name);
}

int
spool_list(const struct spool *sp, enum spool_stage stage, char ***names,
    size_t *count, struct why *why)
{
	struct listing l = {0};
	int status = tree_each(sp->stage_fd[stage], add_spool_folder, &l);

	if (status != 0) {
		/* With an incomplete list, a call could enter twice. */
		fail_path(why, sp->path, spool_stage_names[stage]);
		spool_list_free(l.name, l.names);
		l = (struct listing){0};
	}
	if (l.names > 0)
		qsort(l.name, l.names, sizeof *l.name, by_folder_name);
	*names = l.name;
	*count = l.names;
	return status;
}

void
spool_list_free(char **names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	free(names);
}

static int
item_init(struct spool_item *it, const struct spool *sp, enum spool_stage stage,
    const char *name)
{
	*it = (struct spool_item){.spool = sp, .stage = stage, .fd = -1};
	it->name = text_dup(name);
	return spool_parse_name(it->name, &it->entered_us, &it->id);
}

/* True if the folder is in its stage, and is the one that we have locked. */
static bool
still_there(const struct spool_item *it)
{
	struct stat mine, there;

	return fstat(it->fd, &mine) == 0 &&
	       fstatat(it->spool->stage_fd[it->stage], it->name, &there,
		   AT_SYMLINK_NOFOLLOW) == 0 &&
	       mine.st_ino == there.st_ino && mine.st_dev == there.st_dev;
}

static int
item_error(const struct spool_item *it, struct why *why)
{
	return why_errno(why, "%s/%s/%s", it->spool->path,
	    spool_stage_names[it->stage], it->name);
}

bool
spool_gone(const struct spool_item *it)
{
	return it->fd >= 0 && !still_there(it);
}

/* 1: locked, 0: gone or locked by another process, -1 with why. */
static int
open_item(struct spool_item *it, bool held_too, struct why *why)
{
	int taken = 0;

	it->fd = tree_open(it->spool->stage_fd[it->stage], it->name);
	if (it->fd < 0) {
		if (errno != ENOENT)
			taken = item_error(it, why);
	} else if (flock(it->fd, LOCK_EX | LOCK_NB) != 0 &&
		   !(held_too && errno == EWOULDBLOCK)) {
		if (errno != EWOULDBLOCK)
			taken = item_error(it, why);
	} else {
		taken = still_there(it);
	}
	if (taken != 1)
		spool_release(it);
	return taken;
}

int
spool_take(const struct spool *sp, enum spool_stage stage, const char *name,
    struct spool_item *it, struct why *why)
{
	if (item_init(it, sp, stage, name) == 0)
		return open_item(it, false, why);
	spool_release(it);
	return why_set(why, "%s/%s/%s: not the name of a folder", sp->path,
	    spool_stage_names[stage], name);
}

int
spool_seize(const struct spool *sp, enum spool_stage stage, const char *name,
    bool held_too, struct spool_item *it, struct why *why)
{
	if (item_init(it, sp, stage, name) != 0)
		it->id = "-";
	return open_item(it, held_too, why);
}

int
spool_begin(const struct spool *sp, const char *id, int64_t now_us,
    struct spool_item *it, struct why *why)
{
	char stamp[WHEN_SIZE];
	char *name = text_format("%s-%s", when_stamp(now_us, stamp), id);
	int status = -1;

	(void)item_init(it, sp, SPOOL_TMP, name);
	free(name);
	if (mkdirat(sp->stage_fd[SPOOL_TMP], it->name, 0700) != 0 &&
	    errno != EEXIST)
		item_error(it, why);
	else if ((it->fd = tree_open(sp->stage_fd[SPOOL_TMP], it->name)) < 0)
		item_error(it, why);
	else if (flock(it->fd, LOCK_EX | LOCK_NB) == 0 && still_there(it))
		status = 0;
	else
		why_later(why, "%s/tmp/%s: another program is using it",
		    sp->path, it->name);
	if (status != 0)
		spool_release(it);
	return status;
}

int
spool_rename(struct spool_item *it, enum spool_stage stage, struct why *why)
{
	const struct spool *sp = it->spool;

	if (tree_rename(sp->stage_fd[it->stage], it->name, sp->stage_fd[stage],
		it->name) != 0)
		return item_error(it, why);
	/* It is there now, also if the rename is not durable yet. */
	it->stage = stage;
	return 0;
}

int
spool_move(struct spool_item *it, enum spool_stage stage, struct why *why)
{
	const struct spool *sp = it->spool;
	enum spool_stage from = it->stage;

	if (fsync(it->fd) != 0)
		return item_error(it, why);
	if (spool_rename(it, stage, why) != 0)
		return -1;
	if (fsync(sp->stage_fd[stage]) != 0 || fsync(sp->stage_fd[from]) != 0)
		return item_error(it, why);
	return 0;
}

int
spool_fail(struct spool_item *it, const char *program, const char *reason,
    int64_t now_us, struct why *why)
{
	struct doc doc = {0};
	struct buf text = {0};
	struct doc_section *s = doc_add_section(&doc, "failed", 0);
	char when[WHEN_SIZE];
	int status;

	doc_add(s, "stage", spool_stage_names[it->stage], 0);
	doc_add(s, "program", program, 0);
	doc_add(s, "time", when_text(now_us, when), 0);
	doc_add_text(s, "reason", reason);
	status = doc_write(&doc, &text, why);
	if (status == 0 &&
	    newfile_put(it->fd, "failed.ini", text.s, text.len, true) != 0)
		status = item_error(it, why);
	if (status == 0)
		status = spool_move(it, SPOOL_FAILED, why);
	buf_free(&text);
	doc_free(&doc);
	return status;
}

int
spool_toss(struct spool_item *it, struct why *why)
{
	const struct spool *sp = it->spool;
	char *name;

	if (it->stage == SPOOL_TMP)
		return 0;
	name = tree_toss(
	    sp->stage_fd[it->stage], it->name, sp->stage_fd[SPOOL_TMP]);
	if (!name)
		return item_error(it, why);
	it->stage = SPOOL_TMP;
	free(it->name);
	it->name = name;
	it->id = "-";
	(void)spool_parse_name(it->name, &it->entered_us, &it->id);
	return 0;
}

int
spool_erase(struct spool_item *it, struct why *why)
{
	if (tree_erase(it->spool->stage_fd[SPOOL_TMP], it->name, it->fd) != 0)
		return item_error(it, why);
	return 0;
}

int
spool_sync(const struct spool *sp, enum spool_stage stage, struct why *why)
{
	if (fsync(sp->stage_fd[stage]) != 0)
		return fail_path(why, sp->path, spool_stage_names[stage]);
	return 0;
}

int
spool_remove(struct spool_item *it, struct why *why)
{
	const struct spool *sp = it->spool;
	enum spool_stage from = it->stage;

	if (spool_toss(it, why) != 0 || spool_sync(sp, SPOOL_TMP, why) != 0 ||
	    (from != SPOOL_TMP && spool_sync(sp, from, why) != 0) ||
	    spool_erase(it, why) != 0)
		return -1;
	return spool_sync(sp, SPOOL_TMP, why);
}

void
spool_release(struct spool_item *it)
{
	if (it->fd >= 0)
		(void)close(it->fd);
	free(it->name);
	*it = (struct spool_item){.fd = -1};
}

int
spool_watch(const struct spool *sp, enum spool_stage stage, struct why *why)
{
	char path[64];
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	/* By descriptor: the path may lead to another place now. */
	(void)snprintf(
	    path, sizeof path, "/proc/self/fd/%d", sp->stage_fd[stage]);
	if (fd >= 0 && inotify_add_watch(
			   fd, path, IN_MOVED_TO | IN_CREATE | IN_ONLYDIR) >= 0)
		return fd;
	fail_path(why, sp->path, spool_stage_names[stage]);
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

void
spool_drain(int watch_fd)
{
	char events[4096];

	while (read(watch_fd, events, sizeof events) > 0)
		;
}
