/* SPDX-License-Identifier: ISC */
#ifndef CLOSER_H
#define CLOSER_H

/*
 * Closes descriptors in threads. Closing a file that was unlinked frees its
 * blocks. With the mount option discard this takes a millisecond or more. Only
 * for files that were read: errors are not reported.
 *
 *	struct closer *c = closer_new();
 *	closer_add(c, fd);
 *	closer_free(c);		waits until all are closed
 */

struct closer;

struct closer *closer_new(void);
/* Closes it in this thread if too many wait, or if there are no threads. */
void closer_add(struct closer *c, int fd);
void closer_free(struct closer *c); /* NULL is fine */

#endif
