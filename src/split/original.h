/* SPDX-License-Identifier: ISC */
#ifndef ORIGINAL_H
#define ORIGINAL_H

/*
 * Deletes the MP3s that were split, after their parts are on the disk.
 */

#include "ticket.h"

#include "text.h"

/*
 * Without a spool: deletes `name` in dirfd, if it is the file that is open as fd.
 * A link to it, or another file that has the name now, is kept. 0, or -1 with
 * why, which begins with the name.
 */
int original_remove(int fd, int dirfd, const char *name, struct why *why);
/*
 * In a folder of the spool: deletes each MP3 that the ticket does not name. It
 * was split, or is an incomplete part. 0, or -1 with errno.
 */
int original_drop(int folder, const struct ticket *t);

#endif
