/* SPDX-License-Identifier: ISC */
#include "tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "mem.h"
#include "text.h"

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static int
open_plainly(int dirfd, const char *name)
{
	struct stat outer, inner;
	int fd = openat(dirfd, name, DIR_FLAGS), saved = EXDEV;

	if (fd < 0)
		return -1;
	if (fstat(dirfd, &outer) != 0 || fstat(fd, &inner) != 0)
		saved = errno;
	else if (outer.st_dev == inner.st_dev)
		return fd;
	(void)close(fd);
	errno = saved;
	return -1;
}

int
tree_open(int dirfd, const char *name)
{
	struct open_how how = {.flags = DIR_FLAGS,
	    .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV};
	int fd, tries = 0;

	if (strchr(name, '/') || strcmp(name, "..") == 0) {
		errno = EXDEV;
		return -1;
	}
	/* EXDEV is a mount point, or a folder that is being moved: then it is
	 * gone at the next look. EAGAIN: not sure. */
	do
		fd = (int)syscall(SYS_openat2, dirfd, name, &how, sizeof how);
	while (fd < 0 && (errno == EXDEV || errno == EAGAIN) && ++tries < 8);
	/* EPERM: a seccomp filter that is older than this call. */
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		return open_plainly(dirfd, name);
	return fd;
}

int
tree_rename(int from_fd, const char *name, int to_fd, const char *new_name)
{
	struct stat st;

	if (syscall(SYS_renameat2, from_fd, name, to_fd, new_name,
		RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	/* This is enough: a plain rename only replaces an empty directory. */
	if (fstatat(to_fd, new_name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return -1;
	}
	return renameat(from_fd, name, to_fd, new_name);
}

int
tree_each(int dirfd, void (*each)(const struct dirent *d, void *arg), void *arg)
{
	int fd = tree_open(dirfd, "."), fault;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *d;

	if (!dir) {
		if (fd >= 0)
			(void)close(fd);
		return -1;
	}
	while ((errno = 0, d = readdir(dir)))
		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			each(d, arg);
	fault = errno;
	(void)closedir(dir);
	errno = fault;
	return fault ? -1 : 0;
}

/* ---- removal ---- */

/* How often a folder is emptied while a program still writes into it. */
enum { ROUNDS = 8 };

/* A name that no call has, and that is old for the next sweep. */
static char *
rename_aside(int from_fd, const char *name, int tmp_fd)
{
	for (unsigned n = 1; n < 1000000; n++) {
		char *as = text_format(
		    "19700101T000000Z-debris.%ld.%u", (long)getpid(), n);

		if (tree_rename(from_fd, name, tmp_fd, as) == 0)
			return as;
		free(as);
		if (errno != EEXIST)
			break;
	}
	return NULL;
}

char *
tree_toss(int from_fd, const char *name, int tmp_fd)
{
	if (tree_rename(from_fd, name, tmp_fd, name) == 0)
		return text_dup(name);
	return errno == EEXIST ? rename_aside(from_fd, name, tmp_fd) : NULL;
}

struct names {
	char **name;
	size_t count;
};

/* A folder that is being emptied; folders in it are moved to tmp/. */
struct emptying {
	int fd, tmp_fd, fault;
	struct names *inner;
};

static int
remove_entry(struct emptying *e, const struct dirent *d)
{
	struct names *inner = e->inner;
	char *as;

	if (d->d_type != DT_DIR) {
		if (unlinkat(e->fd, d->d_name, 0) == 0 || errno == ENOENT)
			return 0;
		if (errno != EISDIR)
			return -1;
	}
	if (unlinkat(e->fd, d->d_name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return -1;
	as = rename_aside(e->fd, d->d_name, e->tmp_fd);
	if (!as)
		return -1;
	inner->name =
	    mem_resize(inner->name, inner->count + 1, sizeof *inner->name);
	inner->name[inner->count++] = as;
	return 0;
}

static void
remove_each(const struct dirent *d, void *arg)
{
	struct emptying *e = arg;

	if (remove_entry(e, d) != 0)
		e->fault = errno;
}

static int
remove_flat(int tmp_fd, const char *name, int fd, struct names *inner)
{
	struct emptying e = {fd, tmp_fd, 0, inner};

	for (int round = 0; round < ROUNDS; round++) {
		if (tree_each(fd, remove_each, &e) != 0)
			return -1;
		if (e.fault) {
			errno = e.fault;
			return -1;
		}
		if (unlinkat(tmp_fd, name, AT_REMOVEDIR) == 0 ||
		    errno == ENOENT)
			return 0;
		if (errno != ENOTEMPTY && errno != EEXIST)
			return -1;
	}
	return -1;
}

int
tree_erase(int tmp_fd, const char *name, int fd)
{
	struct names inner = {0};
	int fault = remove_flat(tmp_fd, name, fd, &inner) == 0 ? 0 : errno;

	/* The list grows meanwhile. */
	for (size_t i = 0; i < inner.count; i++) {
		int sub = tree_open(tmp_fd, inner.name[i]);

		if (sub >= 0) {
			if (remove_flat(tmp_fd, inner.name[i], sub, &inner) !=
			    0)
				fault = errno;
			(void)close(sub);
		} else if (unlinkat(tmp_fd, inner.name[i], 0) != 0 &&
			   errno != ENOENT) {
			/* It is no longer a folder, but still there. */
			fault = errno;
		}
	}
	for (size_t i = 0; i < inner.count; i++)
		free(inner.name[i]);
	free(inner.name);
	errno = fault;
	return fault ? -1 : 0;
}
