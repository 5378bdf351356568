/* SPDX-License-Identifier: ISC */
#include "beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

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
beneath_open(int dirfd, const char *name)
{
	struct open_how how = {.flags = DIR_FLAGS,
	    .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV};
	int fd, tries = 0;

	if (strchr(name, '/') || strcmp(name, "..") == 0) {
		errno = EXDEV;
		return -1;
	}
	/*
	 * EXDEV is a mount point, or a folder that was moved on in this very
	 * moment: then it is not there at the next look. EAGAIN: not sure.
	 */
	do
		fd = (int)syscall(SYS_openat2, dirfd, name, &how, sizeof how);
	while (fd < 0 && (errno == EXDEV || errno == EAGAIN) && ++tries < 8);
	/* EPERM: a filter of calls that is older than this one. */
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		return open_plainly(dirfd, name);
	return fd;
}

int
beneath_rename(int from_fd, const char *name, int to_fd, const char *new_name)
{
	struct stat st;

	if (syscall(SYS_renameat2, from_fd, name, to_fd, new_name,
		RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	/* Good enough: a plain rename only replaces an empty directory. */
	if (fstatat(to_fd, new_name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return -1;
	}
	return renameat(from_fd, name, to_fd, new_name);
}
