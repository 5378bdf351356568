/* SPDX-License-Identifier: ISC */
#ifndef GUARD_H
#define GUARD_H

/*
 * Opens files that are not trusted: call files, logs, captures, legs. Only
 * regular files up to a limit of size are opened, without waiting for the writer
 * of a named pipe or for a lease.
 *
 * A path that is not trusted is opened beneath a directory: no link is followed,
 * the path cannot leave the directory, no mount is crossed, and a file with a
 * second name is refused, because it may be a hard link to another user's file.
 * openat2(2) does this; without it, each component is opened with O_NOFOLLOW and
 * the devices are compared.
 */

#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

#include "text.h"

enum {
	GUARD_CALL_MAX = 1 << 20, /* bytes of a call file */
	GUARD_PATH_MAX = 1024     /* of a path beneath a directory */
};
/* Of a log, and of a leg: a day of two channels at 16 kHz is 6 GB. */
#define GUARD_LOG_MAX (INT64_C(64) << 30)
#define GUARD_LEG_MAX (INT64_C(8) << 30)

/*
 * Opens a path from the command line, or standard input ("-"), which may be of
 * any type. Links are followed. NULL with why.
 */
FILE *guard_stream(const char *path, int64_t max_bytes, struct why *why);
/* The same as a descriptor, without "-". -1 with why. */
int guard_open(const char *path, int64_t max_bytes, struct why *why);

/*
 * Opens a path beneath the directory; st may be NULL. A descriptor, or -1 with
 * why. If the file is missing or refused, the content is at fault.
 */
int guard_open_beneath(int dirfd, const char *path, int64_t max_bytes,
    struct stat *st, struct why *why);
/* Opens a directory beneath dirfd; "" is dirfd itself. -1 with errno. */
int guard_dir_beneath(int dirfd, const char *path);

/*
 * Fills why and returns -1: the path belongs to another user, who is named. The
 * cure comes before "by sudo -u NAME", as in "run this".
 */
int guard_foreign(
    const char *path, uid_t owner, const char *cure, struct why *why);

/*
 * True if the path is relative, has no ".." and no empty component, and is not
 * too long.
 */
bool guard_path_is_beneath(const char *path);

#endif
