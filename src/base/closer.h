/* SPDX-License-Identifier: ISC */
#ifndef CLOSER_H
#define CLOSER_H

/*
 * Closes descriptors in threads. The last close of a file that has no name any
 * more frees its blocks; where the file system tells the disk of each of them
 * (mount option discard) that takes a millisecond or more, in which nothing is
 * computed. Only for what was read: nobody hears of an error.
 *
 *	struct closer *c = closer_new();
 *	closer_add(c, fd);
 *	closer_free(c);		all are closed
 */

struct closer;

struct closer *closer_new(void);
/* At once where too many wait already, or there are no threads. */
void closer_add(struct closer *c, int fd);
void closer_free(struct closer *c); /* NULL is fine */

#endif
