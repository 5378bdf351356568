/* SPDX-License-Identifier: ISC */
#ifndef SOURCE_H
#define SOURCE_H

/*
 * An MP3 that is read: a file, or a pipe, which is first copied into a file
 * without a name. It is mapped, and only a small window of it stays resident.
 *
 *	struct source s = SOURCE_NONE;
 *	if (source_open(&s, dirfd, "call.mp3", 0, &why) == 0 &&
 *	    source_scan(&s, &why) == 0) ... s.mp3 ...
 *	source_close(&s);	always
 *
 * 0, or -1 with why, which names no file; errno is ENOSPC or the like where
 * the machine is the reason, else 0.
 */

#include "mp3.h"

struct source {
	int fd;
	const unsigned char *p;
	size_t n;
	struct mp3 mp3; /* after source_open its beginning is known */
	bool pipe;      /* there is no file of that name */
};
#define SOURCE_NONE       \
	{                 \
		.fd = -1, \
	}

/*
 * flags as for openat(2). What is no regular file is copied into `copy_dirfd`;
 * with copy_dirfd -1 it is refused. The name "-" is standard input.
 */
int source_open(struct source *s, int dirfd, const char *name, int flags,
    int copy_dirfd, struct why *why);
/* Finds all frames. */
int source_scan(struct source *s, struct why *why);
/* The bytes [from, to) are not needed soon. */
void source_pass(const struct source *s, size_t from, size_t to);
void source_close(struct source *s);

#endif
