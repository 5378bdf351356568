/* SPDX-License-Identifier: ISC */
#include "original.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tree.h"

int
original_remove(int fd, int dirfd, const char *name, struct why *why)
{
	struct stat was, is;

	if (fstat(fd, &was) != 0 ||
	    fstatat(dirfd, name, &is, AT_SYMLINK_NOFOLLOW) != 0)
		return why_errno(why, "%s: not removed", name);
	if (was.st_dev != is.st_dev || was.st_ino != is.st_ino)
		return why_set(why,
		    "%s: not removed: it is a link, or not the file that was "
		    "cut; its parts are complete",
		    name);
	return unlinkat(dirfd, name, 0) == 0
		   ? 0
		   : why_errno(why, "%s: not removed", name);
}

struct original_keep {
	int folder, status;
	const struct ticket *ticket;
};

static bool
is_in_ticket(const struct ticket *t, const char *name)
{
	for (size_t i = 0; i < t->files; i++)
		if (strcmp(t->file[i].name, name) == 0)
			return true;
	return false;
}

static void
drop_other(const struct dirent *d, void *arg)
{
	struct original_keep *k = arg;
	const char *dot = strrchr(d->d_name, '.');

	if (dot && strcmp(dot, ".mp3") == 0 &&
	    !is_in_ticket(k->ticket, d->d_name) &&
	    unlinkat(k->folder, d->d_name, 0) != 0)
		k->status = -1;
}

int
original_drop(int folder, const struct ticket *t)
{
	struct original_keep k = {folder, 0, t};

	return tree_each(folder, drop_other, &k) != 0 ? -1 : k.status;
}
