/* SPDX-License-Identifier: ISC */
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "text.h"

#define FILE_FLAGS (O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
#define DIR_FLAGS  (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

bool
guard_path_is_beneath(const char *path)
{
	if (strlen(path) > GUARD_PATH_MAX)
		return false;
	for (const char *at = path;; at++) {
		size_t n = strcspn(at, "/");

		if (n == 0 || (n == 2 && strncmp(at, "..", 2) == 0))
			return false;
		at += n;
		if (!*at)
			return true;
	}
}

/* Without openat2(2): opens one component after the other. */
static int
walk_beneath(int dirfd, const char *path, int flags)
{
	struct stat outer, inner;
	int at = dirfd, saved;

	for (;;) {
		size_t n = strcspn(path, "/");
		char *name = text_ndup(path, n);
		int fd = openat(at, name, path[n] ? DIR_FLAGS : flags);

		saved = errno;
		if (fd >= 0 &&
		    (fstat(at, &outer) != 0 || fstat(fd, &inner) != 0))
			saved = errno, (void)close(fd), fd = -1;
		if (fd >= 0 && outer.st_dev != inner.st_dev)
			saved = EXDEV, (void)close(fd), fd = -1;
		free(name);
		if (at != dirfd)
			(void)close(at);
		errno = saved;
		if (fd < 0 || !path[n])
			return fd;
		at = fd;
		path += n + 1;
	}
}

static int
open_beneath(int dirfd, const char *path, int flags)
{
	struct open_how how = {.flags = (unsigned)flags,
	    .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV |
		       RESOLVE_NO_MAGICLINKS};
	int fd, tries = 0;

	if (!guard_path_is_beneath(path)) {
		errno = EXDEV;
		return -1;
	}
	/* EAGAIN: something was renamed meanwhile. */
	do
		fd = (int)syscall(SYS_openat2, dirfd, path, &how, sizeof how);
	while (fd < 0 && errno == EAGAIN && ++tries < 64);
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		return walk_beneath(dirfd, path, flags);
	return fd;
}

int
guard_dir_beneath(int dirfd, const char *path)
{
	return open_beneath(dirfd, *path ? path : ".", DIR_FLAGS);
}

/* Checks that the file may be read. The descriptor, or -1, and it is closed. */
static int
check_regular(int fd, const char *path, int64_t max_bytes, bool one_name,
    struct stat *st, struct why *why)
{
	struct stat own;

	st = st ? st : &own;
	if (fstat(fd, st) != 0)
		why_errno(why, "%s", path);
	else if (S_ISDIR(st->st_mode))
		why_set(why, "%s: is a directory", path);
	else if (!S_ISREG(st->st_mode))
		why_set(why, "%s: not a regular file", path);
	else if (st->st_size > max_bytes)
		why_set(why, "%s: has %lld bytes, more than %lld", path,
		    (long long)st->st_size, (long long)max_bytes);
	else if (one_name && st->st_nlink > 1)
		why_set(why, "%s: has another name (a hard link)", path);
	else
		return fd;
	(void)close(fd);
	return -1;
}

/* Decides whose fault it is that an untrusted file cannot be opened. */
static int
refuse_path(const char *path, struct why *why)
{
	switch (errno) {
	case ELOOP:
		return why_set(why,
		    "%s: is a symbolic link, or in a directory that is one",
		    path);
	case EXDEV:
		return why_set(
		    why, "%s: not beneath the directory it came from", path);
	default:
		return why_errno(why, "%s", path);
	}
}

int
guard_open_beneath(int dirfd, const char *path, int64_t max_bytes,
    struct stat *st, struct why *why)
{
	int fd = open_beneath(dirfd, path, FILE_FLAGS);

	if (fd < 0)
		return refuse_path(path, why);
	return check_regular(fd, path, max_bytes, true, st, why);
}

int
guard_open(const char *path, int64_t max_bytes, struct why *why)
{
	int fd = open(path, FILE_FLAGS & ~O_NOFOLLOW);

	if (fd < 0)
		return why_errno(why, "%s", path);
	return check_regular(fd, path, max_bytes, false, NULL, why);
}

FILE *
guard_stream(const char *path, int64_t max_bytes, struct why *why)
{
	FILE *file;
	int fd;

	if (strcmp(path, "-") == 0)
		return stdin;
	fd = guard_open(path, max_bytes, why);
	file = fd < 0 ? NULL : fdopen(fd, "r");
	if (fd >= 0 && !file) {
		why_errno(why, "%s", path);
		(void)close(fd);
	}
	return file;
}

int
guard_foreign(const char *path, uid_t owner, const char *cure, struct why *why)
{
	const struct passwd *pw = getpwuid(owner);

	return why_set(why, "%s: belongs to uid %u, not to you; %s %s%s", path,
	    (unsigned)owner, cure, pw ? "by sudo -u " : "as that user",
	    pw ? pw->pw_name : "");
}
