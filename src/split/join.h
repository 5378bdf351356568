/* SPDX-License-Identifier: ISC */
#ifndef JOIN_H
#define JOIN_H

/*
 * Joins a set of parts to their original.
 *
 *	struct join r = {0};
 *	for each path: join_add(&r, path, &why)
 *	join_check(&r, order, say, arg)	calls say() with a line for each fault
 *	join_write(&r, fd, &why)
 *	join_free(&r);
 *
 * The tag of a part (part_tag.h) says what it contains. If a ticket beside it
 * (NAME.ini, or ticket.ini in its folder) has its SHA-256, that is compared too.
 */

#include "part_tag.h"

#include "text.h"

struct join_part {
	char *path;
	struct part_tag_facts facts;
	unsigned char *head, *tail; /* the original's bytes around the audio */
	size_t head_n, tail_n;
	uint64_t bytes;
	size_t given; /* its position among the paths */
	char *fault;  /* of this part alone, or NULL */
	char *whole;  /* the original's SHA-256, or NULL */
};

struct join {
	struct join_part *part; /* in order after join_check() */
	size_t parts;
};

/* 0, or -1 with why: it is not a part. */
int join_add(struct join *r, const char *path, struct why *why);
/*
 * Returns the number of faults: a part that is missing, twice or changed, that is
 * given out of order (with `order`), samples that are not consecutive.
 */
size_t join_check(struct join *r, bool order,
    void (*say)(void *arg, const char *line), void *arg);
/* Call it after a check without faults. 0; with why: -1, or 1: the parts do not
 * have the bytes around the audio, 2: the result is not the original. */
int join_write(const struct join *r, int fd, struct why *why);
/* The name of the original, "call.mp3", without a directory; to be freed. */
char *join_name(const struct join *r);
void join_free(struct join *r);

#endif
