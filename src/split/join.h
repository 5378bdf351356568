/* SPDX-License-Identifier: ISC */
#ifndef JOIN_H
#define JOIN_H

/*
 * A set of parts, from which the original is put together again.
 *
 *	struct join r = {0};
 *	for each path: join_add(&r, path, &why)
 *	join_check(&r, say, arg)	calls say() with each fault's line
 *	join_write(&r, fd, &why)
 *	join_free(&r);
 *
 * What a part holds is told by its tag (part_tag.h); where a ticket beside it
 * (NAME.ini, or ticket.ini in its folder) has its SHA-256, that is compared too.
 */

#include "part_tag.h"

#include "text.h"

struct join_part {
	char *path;
	struct part_tag_facts facts;
	unsigned char *head, *tail; /* what it holds aside */
	size_t head_n, tail_n;
	uint64_t bytes;
	size_t given; /* its place among the paths */
	char *fault;  /* of this part by itself, or NULL */
	char *whole;  /* the original's SHA-256, or NULL */
};

struct join {
	struct join_part *part; /* in order after join_check() */
	size_t parts;
};

/* 0; -1 with why: not a part, which is named in why. */
int join_add(struct join *r, const char *path, struct why *why);
/*
 * The faults of the set: a part missing, twice or changed, in another order
 * than given (where order counts), samples that do not follow each other.
 */
size_t join_check(struct join *r, bool order,
    void (*say)(void *arg, const char *line), void *arg);
/* After a check without faults. 0; with why -1, 1: what stood around the audio
 * is not in the parts, 2: it is not the original. */
int join_write(const struct join *r, int fd, struct why *why);
/* "call.mp3" for the parts of call.mp3, without a directory; to be freed. */
char *join_name(const struct join *r);
void join_free(struct join *r);

#endif
