/* SPDX-License-Identifier: ISC */
#ifndef DELIVERY_H
#define DELIVERY_H

/* One file of a call to one destination, with what is known about it. */

#include "dest.h"

#include "text.h"

/*
 * attempts: that failed before. *object is the file's name there, to be freed;
 * NULL where it has none. As dest_deliver(); tells what the destination noted
 * (dest_note) through cli.h.
 */
enum dest_result delivery_make(struct dest *d, const struct ticket *t,
    const struct ticket_file *f, int fd, int attempts, char **object,
    struct dest_answer *a);

/* A ticket that names files with their SHA-256; 0, or -1 with why. */
int delivery_ticket(int dirfd, const char *name, const char *shown_as,
    struct ticket *t, struct why *why);

#endif
