/* SPDX-License-Identifier: ISC */
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "guard.h"
#include "io.h"
#include "mem.h"
#include "path.h"
#include "text.h"
#include "tree.h"

enum { CHUNK = 1 << 16 };

static struct source_dir *
hold_dir(int fd, const char *path)
{
	struct source_dir *dir = mem_alloc(sizeof *dir);

	*dir =
	    (struct source_dir){.fd = fd, .users = 1, .path = text_dup(path)};
	return dir;
}

int
source_open(
    struct source *s, const char *path, int64_t max_bytes, struct why *why)
{
	struct path p = PATH_NONE;

	*s = (struct source)SOURCE_NONE;
	s->fd = guard_open(path, max_bytes, why);
	if (s->fd < 0) {
		s->shown = errno == ENOENT ? text_dup(path) : NULL;
		return -1;
	}
	if (fstat(s->fd, &s->st) != 0 || path_open(&p, path) != 0) {
		why_errno(why, "%s", path);
		path_close(&p);
		source_close(s);
		return -1;
	}
	s->shown = text_dup(path);
	s->name = text_dup(p.name);
	s->dir = hold_dir(p.fd, NULL);
	p.fd = -1;
	path_close(&p);
	return 0;
}

/* Opens the directory of the file, or uses that of its neighbour. */
static int
open_dir(struct source *s, int top_fd, const char *path,
    const struct source *near, struct why *why)
{
	char *dir = path_dir(path);
	size_t n = strlen(dir);
	int fd;

	if (n > 0)
		dir[n - 1] = '\0';
	if (near && near->dir && near->dir->path &&
	    strcmp(near->dir->path, dir) == 0) {
		s->dir = source_dir_hold(near->dir);
	} else {
		fd = guard_dir_beneath(top_fd, dir);
		if (fd >= 0)
			s->dir = hold_dir(fd, dir);
		else
			why_errno(why, "%s", s->shown);
	}
	free(dir);
	return s->dir ? 0 : -1;
}

int
source_open_beneath(struct source *s, int top_fd, const char *top,
    const char *path, int64_t max_bytes, const struct source *near,
    struct why *why)
{
	bool missing;

	*s = (struct source)SOURCE_NONE;
	s->shown = text_format("%s/%s", top, path);
	errno = 0;
	s->name = text_dup(path_name(path));
	if (!guard_path_is_beneath(path))
		why_set(why, "%s: not beneath %s", path, top);
	else if (open_dir(s, top_fd, path, near, why) == 0)
		s->fd = guard_open_beneath(
		    s->dir->fd, s->name, max_bytes, &s->st, why);
	if (s->fd >= 0)
		return 0;
	missing = errno == ENOENT;
	source_close(s);
	if (missing)
		s->shown = text_format("%s/%s", top, path);
	return -1;
}

struct source_dir *
source_dir_hold(struct source_dir *dir)
{
	dir->users++;
	return dir;
}

void
source_dir_release(struct source_dir *dir)
{
	if (dir && --dir->users == 0) {
		(void)close(dir->fd);
		free(dir->path);
		free(dir);
	}
}

void
source_close(struct source *s)
{
	if (s->fd >= 0)
		(void)close(s->fd);
	source_dir_release(s->dir);
	free(s->shown);
	free(s->name);
	*s = (struct source)SOURCE_NONE;
}

static bool
is_unchanged(const struct source *s, const struct stat *now)
{
	return now->st_size == s->st.st_size &&
	       now->st_mtim.tv_sec == s->st.st_mtim.tv_sec &&
	       now->st_mtim.tv_nsec == s->st.st_mtim.tv_nsec;
}

/* Reads what the file had when it was opened, and no more if it grows. */
static int
read_source_whole(
    struct source *s, int out, const char *out_name, struct why *why)
{
	struct hash *h = hash_new(HASH_SHA256);
	char *chunk = mem_alloc(CHUNK);
	int64_t at = 0;
	int status = 0;

	while (at < s->st.st_size && status == 0) {
		int64_t left = s->st.st_size - at;
		ssize_t n = io_pread(
		    s->fd, chunk, left < CHUNK ? (size_t)left : CHUNK, at);

		if (n < 0) {
			s->unreadable = true;
			status = why_errno(why, "%s", s->shown);
		} else if (n == 0) {
			status = why_later(why, "%s: became shorter", s->shown);
		} else {
			hash_add(h, chunk, (size_t)n);
			if (out >= 0 && io_write(out, chunk, (size_t)n) != 0)
				status = why_errno(why, "%s", out_name);
			at += n;
		}
	}
	free(chunk);
	hash_hex(h, s->digest);
	return status;
}

int
source_hash(struct source *s, struct why *why)
{
	return read_source_whole(s, -1, NULL, why);
}

int
source_copy(struct source *s, int out, const char *out_name, struct why *why)
{
	struct stat now;

	if (read_source_whole(s, out, out_name, why) != 0)
		return -1;
	if (fstat(s->fd, &now) != 0)
		return why_errno(why, "%s", s->shown);
	if (!is_unchanged(s, &now))
		return why_later(why, "%s: is being written", s->shown);
	return 0;
}

#define PRIVATE ".rectools-"

/* A name that no other process uses or can guess, and that shows the file. */
static char *
private_name(const struct source *s)
{
	uint64_t n = 0;

	if (getrandom(&n, sizeof n, 0) < 0)
		n = (uint64_t)getpid();
	return text_format(PRIVATE "%016llx-%llx-%.190s", (unsigned long long)n,
	    (unsigned long long)s->st.st_ino, s->name);
}

/* True if the moved file is the one that was opened, unchanged. */
static bool
is_unmoved(const struct source *s, int dirfd, const char *name)
{
	struct stat there, now;

	return fstatat(dirfd, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstat(s->fd, &now) == 0 && there.st_ino == now.st_ino &&
	       there.st_dev == now.st_dev && is_unchanged(s, &now);
}

/* Moves it back to its name or, if that exists now, to a name beside it. */
static void
put_back(const struct source *s, int hold_fd, const char *name)
{
	char *beside = text_format("%.200s.%ld", s->name, (long)getpid());

	if (tree_rename(hold_fd, name, s->dir->fd, s->name) != 0)
		(void)tree_rename(hold_fd, name, s->dir->fd, beside);
	free(beside);
}

int
source_remove(const struct source *s, int hold_fd, struct why *why)
{
	int hold = hold_fd >= 0 ? hold_fd : s->dir->fd;
	int status = 0;
	char *name;

	/* It is another file already, so it is not touched. */
	if (!is_unmoved(s, s->dir->fd, s->name))
		return faccessat(
			   s->dir->fd, s->name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	name = private_name(s);
	if (tree_rename(s->dir->fd, s->name, hold, name) != 0) {
		if (errno != ENOENT)
			status = why_errno(why, "%s", s->shown);
	} else if (!is_unmoved(s, hold, name)) {
		put_back(s, hold, name);
		status = 1;
	} else if (unlinkat(hold, name, 0) != 0) {
		status = why_errno(why, "%s", s->shown);
		put_back(s, hold, name);
	}
	free(name);
	return status;
}

/* The files with such names in a directory, left by a killed run. */
struct leftovers {
	int fd, to_fd;
	const char *of; /* only those of this name; NULL: all */
};

static void
settle_source(const struct dirent *d, void *arg)
{
	const struct leftovers *l = arg;
	const char *rest = d->d_name + sizeof PRIVATE - 1;
	unsigned long long inode;
	struct stat st;
	int n = 0;

	if (strncmp(d->d_name, PRIVATE, sizeof PRIVATE - 1) != 0 ||
	    sscanf(rest, "%*16[0-9a-f]-%llx-%n", &inode, &n) != 1 || n == 0 ||
	    (l->of && strncmp(rest + n, l->of, 190) != 0) ||
	    fstatat(l->fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return;
	if (S_ISREG(st.st_mode) && st.st_ino == inode)
		(void)unlinkat(l->fd, d->d_name, 0);
	else
		(void)tree_rename(l->fd, d->d_name, l->to_fd, rest + n);
}

void
source_settle(int fd, int to_fd, const char *name)
{
	struct leftovers l = {fd, to_fd, name};

	(void)tree_each(fd, settle_source, &l);
}
