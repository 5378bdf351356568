/* SPDX-License-Identifier: ISC */
#include "incoming.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "guard.h"
#include "mem.h"
#include "path.h"
#include "text.h"
#include "tree.h"

enum { WAIT_S = 60, LOOK_MS = 50, DEPTH = 16 };

/* ---- the directory ---- */

/* True if one path is the other, or is in it. */
static bool
is_within(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return strncmp(path, dir, n) == 0 && (!path[n] || path[n] == '/');
}

/* A call file in a directory that contains the spool could name any call's
 * audio. */
static int
check_apart(const struct incoming *in, const char *spool, struct why *why)
{
	char *real = realpath(spool, NULL);
	int status = 0;

	if (!real)
		status = why_errno(why, "%s", spool);
	else if (is_within(real, in->real) || is_within(in->real, real))
		status = why_set(why,
		    "%s: the spool and the directory must not contain each "
		    "other",
		    in->shown);
	free(real);
	return status;
}

static int
lock_incoming(const struct incoming *in, struct why *why)
{
	const struct timespec pause = {0, LOOK_MS * 1000000};

	for (int i = 0; flock(in->hold_fd, LOCK_EX | LOCK_NB) != 0; i++) {
		if (errno != EWOULDBLOCK)
			return why_errno(why, "%s", in->shown);
		if (i >= WAIT_S * 1000 / LOOK_MS)
			return why_later(
			    why, "%s: another run is using it", in->shown);
		(void)nanosleep(&pause, NULL);
	}
	return 0;
}

static int
open_hold(struct incoming *in, struct why *why)
{
	struct stat st;

	if (mkdirat(in->fd, INCOMING_HOLD, 0700) != 0 && errno != EEXIST)
		return why_errno(why, "%s/" INCOMING_HOLD, in->shown);
	in->hold_fd = tree_open(in->fd, INCOMING_HOLD);
	if (in->hold_fd < 0 || fstat(in->hold_fd, &st) != 0)
		return why_errno(why, "%s/" INCOMING_HOLD, in->shown);
	if (st.st_uid != geteuid() || (st.st_mode & 077) != 0)
		return why_set(why,
		    "%s/" INCOMING_HOLD ": others may use it, or it belongs "
		    "to another user; chown and chmod 700 it",
		    in->shown);
	if (lock_incoming(in, why) != 0)
		return -1;
	source_settle(in->hold_fd, in->fd, NULL);
	return 0;
}

int
incoming_open(
    struct incoming *in, const char *dir, const char *spool, struct why *why)
{
	bool may_be_missing = *dir == '-';
	size_t n;

	*in = (struct incoming){.fd = -1, .hold_fd = -1};
	dir += may_be_missing;
	n = strlen(dir);
	while (n > 1 && dir[n - 1] == '/')
		n--;
	in->shown = text_ndup(dir, n);
	in->fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (in->fd < 0 && errno == ENOENT)
		return may_be_missing
			   ? 1
			   : why_set(why, "%s: there is no such directory",
				 in->shown);
	if ((in->fd < 0 && errno == EACCES) ||
	    (in->fd >= 0 &&
		faccessat(in->fd, ".", R_OK | X_OK | (spool ? W_OK : 0),
		    AT_EACCESS) != 0))
		return why_set(why, "%s: uid %u may not read%s", in->shown,
		    (unsigned)geteuid(),
		    spool ? " and write here; it needs a group of this user "
			    "and mode 2770"
			  : " here");
	if (in->fd < 0 || !(in->real = realpath(dir, NULL)))
		return why_errno(why, "%s", in->shown);
	if (!spool)
		return 0;
	if (check_apart(in, spool, why) != 0)
		return -1;
	return open_hold(in, why);
}

int
incoming_fault(const struct why *why)
{
	return why_status(why) == EXIT_GIVEN_UP || why->errnum == EACCES ||
		       why->errnum == EROFS
		   ? EXIT_USAGE
		   : EXIT_LATER;
}

void
incoming_close(struct incoming *in)
{
	for (size_t i = 0; i < in->files; i++)
		free(in->file[i].path);
	free(in->file);
	if (in->hold_fd >= 0)
		(void)close(in->hold_fd);
	if (in->fd >= 0)
		(void)close(in->fd);
	free(in->shown);
	free(in->closed);
	free(in->real);
	*in = (struct incoming){.fd = -1, .hold_fd = -1};
}

/* ---- what is in it ---- */

struct incoming_folder {
	struct incoming *in;
	int fd;
	const char *under; /* "2026/11/" */
	int depth, fault;
};

static int scan_folder(
    struct incoming *in, int fd, const char *under, int depth);

static void
note_closed(struct incoming *in, const char *path)
{
	if (!in->closed)
		in->closed = text_format(
		    "%s/%.*s", in->shown, (int)strlen(path) - 1, path);
}

static void
add_incoming_entry(const struct dirent *d, void *arg)
{
	struct incoming_folder *f = arg;
	struct incoming *in = f->in;
	struct stat st;
	char *path;

	/* Hidden files are incomplete, or ours. */
	if (*d->d_name == '.' ||
	    fstatat(f->fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return;
	path = text_format(
	    "%s%s%s", f->under, d->d_name, S_ISDIR(st.st_mode) ? "/" : "");
	if (S_ISDIR(st.st_mode)) {
		int fd = f->depth < DEPTH ? tree_open(f->fd, d->d_name) : -1;
		bool open = fd >= 0;

		if (open && scan_folder(in, fd, path, f->depth + 1) != 0)
			f->fault = errno;
		/* Files in it cannot be deleted, or not even be seen. */
		if ((!open && errno == EACCES) ||
		    (open && faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) != 0))
			note_closed(in, path);
		if (fd >= 0)
			(void)close(fd);
		free(path);
		return;
	}
	if (in->files == in->room) {
		in->room = in->room ? in->room * 2 : 64;
		in->file = mem_resize(in->file, in->room, sizeof *in->file);
	}
	in->file[in->files++] = (struct incoming_file){.path = path,
	    .bytes = st.st_size,
	    .changed_s = st.st_mtim.tv_sec,
	    .linked_s = st.st_ctim.tv_sec,
	    .inode = st.st_ino,
	    .device = st.st_dev,
	    .regular = S_ISREG(st.st_mode)};
}

static int
scan_folder(struct incoming *in, int fd, const char *under, int depth)
{
	struct incoming_folder f = {in, fd, under, depth, 0};

	if (tree_each(fd, add_incoming_entry, &f) != 0)
		return -1;
	errno = f.fault;
	return f.fault ? -1 : 0;
}

static int
by_path(const void *a, const void *b)
{
	const struct incoming_file *x = a, *y = b;

	return strcmp(x->path, y->path);
}

int
incoming_scan(struct incoming *in, struct why *why)
{
	if (scan_folder(in, in->fd, "", 0) != 0)
		return why_errno(why, "%s", in->shown);
	if (in->files > 1)
		qsort(in->file, in->files, sizeof *in->file, by_path);
	return 0;
}

struct incoming_file *
incoming_find(const struct incoming *in, const char *path)
{
	const struct incoming_file key = {.path = (char *)(uintptr_t)path};

	return in->files
		   ? bsearch(&key, in->file, in->files, sizeof key, by_path)
		   : NULL;
}

struct incoming_file *
incoming_first(const struct incoming *in, const char *head)
{
	size_t low = 0, high = in->files, n = strlen(head);

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(in->file[middle].path, head) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < in->files && strncmp(in->file[low].path, head, n) == 0
		   ? &in->file[low]
		   : NULL;
}

struct incoming_file *
incoming_next(const struct incoming *in, const struct incoming_file *file,
    const char *head)
{
	size_t n = (size_t)(file - in->file) + 1;

	return n < in->files &&
		       strncmp(in->file[n].path, head, strlen(head)) == 0
		   ? &in->file[n]
		   : NULL;
}

/* ---- paths ---- */

/* The part after "dir/", or NULL. */
static const char *
behind(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return strncmp(path, dir, n) == 0 && path[n] == '/'
		   ? path + n + strspn(path + n, "/")
		   : NULL;
}

/* With its directory as the system knows it. */
static char *
real_path(const char *path)
{
	char *dir = path_dir(path), *real = realpath(*dir ? dir : ".", NULL);
	char *whole = real ? text_format("%s/%s", real, path_name(path)) : NULL;

	free(dir);
	free(real);
	return whole;
}

char *
incoming_beneath(const struct incoming *in, const char *path)
{
	char *whole = *path == '/' ? NULL : real_path(path);
	const char *rest = behind(whole ? whole : path, in->real);
	char *found;

	if (!rest)
		rest = behind(path, in->shown);
	found = rest && guard_path_is_beneath(rest) ? text_dup(rest) : NULL;
	free(whole);
	return found;
}

char *
incoming_path(const struct incoming *in, const char *call_file,
    const char *name, struct why *why)
{
	const char *rest = behind(name, in->real);
	char *path = *name == '/'
			 ? text_dup(rest ? rest : behind(name, in->shown))
		     : call_file ? path_beside(call_file, name)
				 : text_dup(name);

	if (path)
		path_plain(path);
	if (path && guard_path_is_beneath(path))
		return path;
	free(path);
	why_set(why, "'%.200s' is not beneath %s", name, in->shown);
	return NULL;
}

int
incoming_source(const struct incoming *in, struct source *s, const char *path,
    int64_t max_bytes, const struct source *near, struct why *why)
{
	return source_open_beneath(
	    s, in->fd, in->shown, path, max_bytes, near, why);
}

/* ---- out of it ---- */

static bool
is_listed_file(const struct incoming_file *file, int fd, const char *name)
{
	struct stat st;

	return fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_ino == file->inode && st.st_dev == file->device &&
	       st.st_mtim.tv_sec == file->changed_s && !S_ISDIR(st.st_mode);
}

/* By moving it into the hold first, so that it cannot be replaced meanwhile. */
static int
delete_held(const struct incoming *in, const struct incoming_file *file, int fd,
    const char *name, struct why *why)
{
	if (!is_listed_file(file, fd, name))
		return faccessat(fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	if (tree_rename(fd, name, in->hold_fd, name) != 0)
		return errno == ENOENT
			   ? 0
			   : why_errno(why, "%s/%s", in->shown, file->path);
	if (!is_listed_file(file, in->hold_fd, name)) {
		(void)tree_rename(in->hold_fd, name, fd, name);
		return 1;
	}
	if (unlinkat(in->hold_fd, name, 0) == 0)
		return 0;
	why_errno(why, "%s/%s", in->shown, file->path);
	(void)tree_rename(in->hold_fd, name, fd, name);
	return -1;
}

int
incoming_delete(const struct incoming *in, const struct incoming_file *file,
    struct why *why)
{
	char *dir = path_dir(file->path);
	size_t n = strlen(dir);
	int fd, status;

	if (n > 0)
		dir[n - 1] = '\0';
	fd = guard_dir_beneath(in->fd, dir);
	if (fd < 0)
		status = errno == ENOENT
			     ? 0
			     : why_errno(why, "%s/%s", in->shown, file->path);
	else
		status = delete_held(in, file, fd, path_name(file->path), why);
	if (fd >= 0)
		(void)close(fd);
	free(dir);
	return status;
}
