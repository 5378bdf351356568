/* SPDX-License-Identifier: ISC */
#include "newfile.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "io.h"
#include "text.h"

static void
forget_newfile(struct newfile *nf)
{
	if (nf->fd >= 0)
		(void)close(nf->fd);
	free(nf->name);
	free(nf->temporary);
	*nf = (struct newfile)NEWFILE_NONE;
}

static bool
has_its_name(const struct newfile *nf, const struct stat *mine)
{
	struct stat st;

	return fstatat(nf->dirfd, nf->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_ino == mine->st_ino && st.st_dev == mine->st_dev;
}

/* 1: fd is the file with the temporary name, 0: it is not. */
static int
is_current(const struct newfile *nf)
{
	struct stat mine, there;

	if (fstat(nf->fd, &mine) != 0)
		return -1;
	if (fstatat(nf->dirfd, nf->temporary, &there, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? 0 : -1;
	/*
	 * After a crash between the two steps of rename_new(): it has its name.
	 */
	if (mine.st_nlink == 2 && S_ISREG(mine.st_mode) &&
	    has_its_name(nf, &mine))
		return unlinkat(nf->dirfd, nf->temporary, 0);
	if (!S_ISREG(mine.st_mode) || mine.st_uid != geteuid() ||
	    mine.st_nlink > 1) {
		errno = EPERM;
		return -1;
	}
	return mine.st_ino == there.st_ino && mine.st_dev == there.st_dev;
}

/* A process that was just killed may hold the lock until it is gone. */
static int
lock_newfile(int fd)
{
	static const struct timespec pause = {0, 20 * 1000000};

	for (int tries = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; tries++) {
		if (errno != EWOULDBLOCK)
			return -1;
		if (tries == 25) {
			errno = EBUSY;
			return -1;
		}
		(void)nanosleep(&pause, NULL);
	}
	return 0;
}

static int
claim(struct newfile *nf)
{
	for (;;) {
		int current;

		nf->fd = openat(nf->dirfd, nf->temporary,
		    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK,
		    0600);
		if (nf->fd < 0)
			return -1;
		if (lock_newfile(nf->fd) != 0)
			return -1;
		/* Its last owner may have renamed it while we waited. */
		current = is_current(nf);
		if (current != 0)
			return current < 0 ? -1 : ftruncate(nf->fd, 0);
		(void)close(nf->fd);
		nf->fd = -1;
	}
}

int
newfile_create(struct newfile *nf, int dirfd, const char *name)
{
	int saved;

	*nf = (struct newfile){
	    dirfd, -1, text_dup(name), text_format(".%s.new", name)};
	if (claim(nf) == 0)
		return 0;
	saved = errno;
	forget_newfile(nf);
	errno = saved;
	return -1;
}

/* True for the file that a killed rename_over_placeholder() left. */
static bool
is_empty_newfile(const struct newfile *nf)
{
	struct stat st;

	return fstatat(nf->dirfd, nf->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(st.st_mode) && st.st_size == 0 && st.st_uid == geteuid();
}

/*
 * Creates an empty file with the name, then replaces it. This is weaker: the
 * empty file is visible for a moment, and of two that do this after a crash
 * both may continue.
 */
static int
rename_over_placeholder(const struct newfile *nf)
{
	int fd = openat(nf->dirfd, nf->name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd >= 0) {
		(void)close(fd);
	} else if (errno != EEXIST) {
		return -1;
	} else if (!is_empty_newfile(nf)) {
		errno = EEXIST;
		return -1;
	}
	return renameat(nf->dirfd, nf->temporary, nf->dirfd, nf->name);
}

static int
rename_new(const struct newfile *nf)
{
	if (syscall(SYS_renameat2, nf->dirfd, nf->temporary, nf->dirfd,
		nf->name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	/*
	 * A file system without the flag: link(2) never replaces a file either.
	 */
	if (linkat(nf->dirfd, nf->temporary, nf->dirfd, nf->name, 0) == 0)
		return unlinkat(nf->dirfd, nf->temporary, 0);
	/*
	 * One without hard links, with any of these errors: rclone's, gcsfuse.
	 */
	if (errno == EEXIST || errno == ENOENT || errno == ENOSPC ||
	    errno == EDQUOT || errno == EROFS)
		return -1;
	return rename_over_placeholder(nf);
}

int
newfile_commit(struct newfile *nf, bool replace)
{
	return newfile_commit_all(nf, 1, replace);
}

int
newfile_commit_all(struct newfile *nf, size_t n, bool replace)
{
	for (size_t i = 0; i < n; i++)
		if (newfile_sync(&nf[i]) != 0)
			return -1;
	for (size_t i = 0; i < n; i++)
		if (newfile_rename(&nf[i], replace) != 0)
			return -1;
	return newfile_end_all(nf, n);
}

int
newfile_sync(const struct newfile *nf)
{
	return fsync(nf->fd);
}

int
newfile_rename(const struct newfile *nf, bool replace)
{
	return replace ? renameat(nf->dirfd, nf->temporary, nf->dirfd, nf->name)
		       : rename_new(nf);
}

int
newfile_end_all(struct newfile *nf, size_t n)
{
	if (n > 0 && fsync(nf[0].dirfd) != 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		forget_newfile(&nf[i]);
	return 0;
}

void
newfile_start_sync(const struct newfile *nf)
{
	(void)sync_file_range(nf->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}

void
newfile_abort(struct newfile *nf)
{
	int saved = errno;

	/* Only if it is ours: still locked, and with the temporary name. */
	if (nf->fd >= 0 && is_current(nf) == 1)
		(void)unlinkat(nf->dirfd, nf->temporary, 0);
	forget_newfile(nf);
	errno = saved;
}

int
newfile_put(int dirfd, const char *name, const void *p, size_t n, bool replace)
{
	struct newfile nf = NEWFILE_NONE;
	int status = -1;

	if (newfile_create(&nf, dirfd, name) == 0 && io_write(nf.fd, p, n) == 0)
		status = newfile_commit(&nf, replace);
	newfile_abort(&nf);
	return status;
}

int
newfile_nameless(void)
{
	const char *dir = getenv("TMPDIR");
	char *path =
	    text_format("%s/rectools.XXXXXX", dir && *dir ? dir : "/var/tmp");
	int fd = mkostemp(path, O_CLOEXEC), saved = errno;

	if (fd >= 0)
		(void)unlink(path);
	free(path);
	errno = saved;
	return fd;
}
