/* SPDX-License-Identifier: ISC */
#ifndef BENEATH_H
#define BENEATH_H

/*
 * Opens a directory that stands in an open directory, and nothing else: no
 * link is followed, nothing above is reached, no mount is crossed. By
 * openat2(2) with RESOLVE_BENEATH, NO_SYMLINKS and NO_XDEV; where the kernel
 * lacks that, by O_NOFOLLOW and a comparison of the devices, which for one
 * name is as good. And renames without ever replacing anything.
 */

/* name is one component. A descriptor, or -1 with errno (EXDEV: a mount). */
int beneath_open(int dirfd, const char *name);
/* 0, or -1 with errno (EEXIST). */
int beneath_rename(
    int from_fd, const char *name, int to_fd, const char *new_name);

#endif
