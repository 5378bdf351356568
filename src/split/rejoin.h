/* SPDX-License-Identifier: ISC */
#ifndef REJOIN_H
#define REJOIN_H

/*
 * A set of parts, from which the original is put together again.
 *
 *	struct rejoin r = {0};
 *	for each path: rejoin_add(&r, path, &why)
 *	rejoin_check(&r, say, arg)	calls say() with each fault's line
 *	rejoin_write(&r, fd, &why)
 *	rejoin_free(&r);
 *
 * What a part holds is told by its label (label.h); where a ticket beside it
 * (NAME.ini, or ticket.ini in its folder) has its SHA-256, that is compared too.
 */

#include "label.h"

#include "text.h"

struct rejoin_part {
	char *path;
	struct label_facts facts;
	unsigned char *head, *tail; /* what it holds aside */
	size_t head_n, tail_n;
	uint64_t bytes;
	size_t given; /* its place among the paths */
	char *fault;  /* of this part by itself, or NULL */
	char *whole;  /* the original's SHA-256, or NULL */
};

struct rejoin {
	struct rejoin_part *part; /* in order after rejoin_check() */
	size_t parts;
};

/* 0; -1 with why: not a part, which is named in why. */
int rejoin_add(struct rejoin *r, const char *path, struct why *why);
/*
 * The faults of the set: a part missing, twice or changed, in another order
 * than given (where order counts), samples that do not follow each other.
 */
size_t rejoin_check(struct rejoin *r, bool order,
    void (*say)(void *arg, const char *line), void *arg);
/* After a check without faults. 0; 1: with why, what is not as it was; -1. */
int rejoin_write(const struct rejoin *r, int fd, struct why *why);
/* "call.mp3" for the parts of call.mp3, without a directory; to be freed. */
char *rejoin_name(const struct rejoin *r);
void rejoin_free(struct rejoin *r);

#endif
