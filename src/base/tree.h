/* SPDX-License-Identifier: ISC */
#ifndef TREE_H
#define TREE_H

#include <dirent.h>

/*
 * Opens a directory that stands in an open directory, and nothing else: no
 * link is followed, nothing above is reached, no mount is crossed. By
 * openat2(2) with RESOLVE_BENEATH, NO_SYMLINKS and NO_XDEV; where the kernel
 * lacks that, by O_NOFOLLOW and a comparison of the devices, which for one
 * name is as good. And renames without ever replacing anything.
 */

/* name is one component. A descriptor, or -1 with errno (EXDEV: a mount). */
int tree_open(int dirfd, const char *name);
/* 0, or -1 with errno (EEXIST). */
int tree_rename(int from_fd, const char *name, int to_fd, const char *new_name);

/*
 * Calls each(entry, arg) for all in the directory but "." and "..", in no
 * order. 0, or -1 with errno where the list may not be whole.
 */
int tree_each(
    int dirfd, void (*each)(const struct dirent *d, void *arg), void *arg);

/*
 * Removes a folder with all that is in it, in two steps:
 *
 *	name = tree_toss(stage_fd, "20261122T100000Z-c1", tmp_fd);
 *	... fsync tmp_fd and stage_fd: now nobody sees half of it ...
 *	tree_erase(tmp_fd, name, folder_fd);
 *
 * Folders inside it are first moved up into tmp/, where a crash leaves them as
 * debris like any other; so nothing recurses, however deep they lie. Links go,
 * never what they lead to; what is mounted inside stays, as an error.
 */

/* Its name in tmp/, to be freed: its own, or a free one. NULL with errno. */
char *tree_toss(int from_fd, const char *name, int tmp_fd);
/* fd is the folder. 0, or -1 with errno of the last thing that stayed. */
int tree_erase(int tmp_fd, const char *name, int fd);

#endif
