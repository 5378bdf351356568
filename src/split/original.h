/* SPDX-License-Identifier: ISC */
#ifndef ORIGINAL_H
#define ORIGINAL_H

/*
 * The MP3s that were cut into parts go, once their parts are on the disk.
 */

#include "ticket.h"

#include "text.h"

/*
 * By hand: removes `name` beneath dirfd, if it is the file that was read by
 * fd; a link to it, or another file of that name by now, stays. 0, or -1 with
 * why, which begins with the name.
 */
int original_remove(int fd, int dirfd, const char *name, struct why *why);
/*
 * In a spool's folder: removes each MP3 that the ticket does not name, which
 * was cut into parts or is half a cut. 0, or -1 with errno.
 */
int original_drop(int folder, const struct ticket *t);

#endif
