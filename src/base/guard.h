/* SPDX-License-Identifier: ISC */
#ifndef GUARD_H
#define GUARD_H

/*
 * The one way in which files are opened that strangers write or name: call
 * files, logs, captures, legs. Only regular files, never waiting for a writer
 * (a named pipe) or for a lease, and never more than a limit.
 *
 * What a stranger names is opened beneath a directory: no link is followed on
 * the way, nothing above is reached, no mount is crossed, and a file that has a
 * second name is refused, for it may be another's that was linked here. By
 * openat2(2); where the kernel lacks that, component by component with
 * O_NOFOLLOW and a comparison of the devices.
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
 * A path that a person gave, or "-" for standard input, which may be anything:
 * links are followed. NULL with why.
 */
FILE *guard_stream(const char *path, int64_t max_bytes, struct why *why);
/* The same as a descriptor, without "-". -1 with why. */
int guard_open(const char *path, int64_t max_bytes, struct why *why);

/*
 * Beneath the directory; st may be NULL. A descriptor, or -1 with why: a file
 * that is not there blames the content, as all that is refused does.
 */
int guard_open_beneath(int dirfd, const char *path, int64_t max_bytes,
    struct stat *st, struct why *why);
/* The directory at a path beneath; "" is dirfd itself. -1 with errno. */
int guard_dir_beneath(int dirfd, const char *path);

/*
 * Is it a path that can lead to no other place: relative, no "..", no empty
 * component, not too long?
 */
bool guard_path_is_beneath(const char *path);

#endif
