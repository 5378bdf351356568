/* SPDX-License-Identifier: ISC */
#include "removal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "beneath.h"
#include "mem.h"
#include "text.h"

/* How often a folder is emptied into which a program still writes. */
enum { ROUNDS = 8 };

/* A name that no call has and that the next sweep knows as old. */
static char *
rename_aside(int from_fd, const char *name, int tmp_fd)
{
	for (unsigned n = 1; n < 1000000; n++) {
		char *as = text_format(
		    "19700101T000000Z-debris.%ld.%u", (long)getpid(), n);

		if (beneath_rename(from_fd, name, tmp_fd, as) == 0)
			return as;
		free(as);
		if (errno != EEXIST)
			break;
	}
	return NULL;
}

char *
removal_toss(int from_fd, const char *name, int tmp_fd)
{
	if (beneath_rename(from_fd, name, tmp_fd, name) == 0)
		return text_dup(name);
	return errno == EEXIST ? rename_aside(from_fd, name, tmp_fd) : NULL;
}

struct names {
	char **name;
	size_t count;
};

static int
remove_entry(int fd, const struct dirent *d, int tmp_fd, struct names *inner)
{
	char *as;

	if (d->d_type != DT_DIR) {
		if (unlinkat(fd, d->d_name, 0) == 0 || errno == ENOENT)
			return 0;
		if (errno != EISDIR)
			return -1;
	}
	if (unlinkat(fd, d->d_name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return -1;
	as = rename_aside(fd, d->d_name, tmp_fd);
	if (!as)
		return -1;
	inner->name =
	    mem_resize(inner->name, inner->count + 1, sizeof *inner->name);
	inner->name[inner->count++] = as;
	return 0;
}

/* All that is in a folder; folders in it go up into tmp/. */
static int
empty(int folder, int tmp_fd, struct names *inner)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *d;
	int fault = 0;

	if (!dir) {
		if (fd >= 0)
			(void)close(fd);
		return -1;
	}
	while ((errno = 0, d = readdir(dir)))
		if (strcmp(d->d_name, ".") != 0 &&
		    strcmp(d->d_name, "..") != 0 &&
		    remove_entry(folder, d, tmp_fd, inner) != 0)
			fault = errno;
	if (errno != 0)
		fault = errno;
	(void)closedir(dir);
	errno = fault;
	return fault ? -1 : 0;
}

static int
remove_flat(int tmp_fd, const char *name, int fd, struct names *inner)
{
	for (int round = 0; round < ROUNDS; round++) {
		if (empty(fd, tmp_fd, inner) != 0)
			return -1;
		if (unlinkat(tmp_fd, name, AT_REMOVEDIR) == 0 ||
		    errno == ENOENT)
			return 0;
		if (errno != ENOTEMPTY && errno != EEXIST)
			return -1;
	}
	return -1;
}

int
removal_erase(int tmp_fd, const char *name, int fd)
{
	struct names inner = {0};
	int fault = remove_flat(tmp_fd, name, fd, &inner) == 0 ? 0 : errno;

	/* The list grows while it is worked on. */
	for (size_t i = 0; i < inner.count; i++) {
		int sub = beneath_open(tmp_fd, inner.name[i]);

		if (sub >= 0) {
			if (remove_flat(tmp_fd, inner.name[i], sub, &inner) !=
			    0)
				fault = errno;
			(void)close(sub);
		} else if (unlinkat(tmp_fd, inner.name[i], 0) != 0 &&
			   errno != ENOENT) {
			/* No folder any more, but not gone either. */
			fault = errno;
		}
	}
	for (size_t i = 0; i < inner.count; i++)
		free(inner.name[i]);
	free(inner.name);
	errno = fault;
	return fault ? -1 : 0;
}
