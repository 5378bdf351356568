/* SPDX-License-Identifier: ISC */
#ifndef TREE_H
#define TREE_H

#include <dirent.h>

/*
 * Opens, lists, renames and removes directories within an open directory. No
 * link is followed and no mount is crossed: openat2(2) with RESOLVE_BENEATH,
 * NO_SYMLINKS and NO_XDEV or, if the kernel does not have it, O_NOFOLLOW and a
 * comparison of the devices, which is equivalent for one component. A rename
 * never replaces anything.
 */

/* name is one component. A descriptor, or -1 with errno (EXDEV: a mount). */
int tree_open(int dirfd, const char *name);
/* 0, or -1 with errno (EEXIST). */
int tree_rename(int from_fd, const char *name, int to_fd, const char *new_name);

/*
 * Calls each(entry, arg) for each entry of the directory except "." and "..", in
 * no order. 0, or -1 with errno; then entries may be missing.
 */
int tree_each(
    int dirfd, void (*each)(const struct dirent *d, void *arg), void *arg);

/*
 * Removes a folder and everything in it, in two steps:
 *
 *	name = tree_toss(stage_fd, "20261122T100000Z-c1", tmp_fd);
 *	... fsync tmp_fd and stage_fd: now no one sees half of it ...
 *	tree_erase(tmp_fd, name, folder_fd);
 *
 * Folders inside it are first moved to tmp/, so that nothing recurses; after a
 * crash they are debris there. Links are removed, not their targets. A mount
 * inside remains and is an error.
 */

/* Moves the folder to tmp/. Its name there, to be freed: its own, or another if
 * that exists. NULL with errno. */
char *tree_toss(int from_fd, const char *name, int tmp_fd);
/* fd is the folder. 0, or -1 with errno of the last entry that remains. */
int tree_erase(int tmp_fd, const char *name, int fd);

#endif
