/* SPDX-License-Identifier: ISC */
#ifndef MAPPED_H
#define MAPPED_H

/*
 * An MP3 that is read: a file, or a pipe, which is first copied into a file
 * without a name. It is mapped, and only a small window of it stays resident.
 *
 *	mapped_guard();		once in a program
 *	struct mapped s = MAPPED_NONE;
 *	if (mapped_open(&s, dirfd, "call.mp3", 0, &why) == 0 &&
 *	    mapped_scan(&s, true, &why) == 0) ... s.mp3 ...
 *	if (mapped_lost(&s, &why) != 0) ... what was made of it is worth nothing
 *	mapped_close(&s);	always; of several the last one first
 *
 * 0, or -1 with why, which names no file; errno is ENOSPC or the like where
 * the machine is the reason, else 0.
 */

#include <stdatomic.h>

#include "mp3.h"

#include "text.h"

struct mapped {
	int fd;
	const unsigned char *p;
	size_t n;
	struct mp3 mp3; /* after mapped_open its beginning is known */
	bool pipe;      /* there is no file of that name */
	/* Private. */
	uint16_t *block_crc;
	atomic_bool lost;
	struct mapped *next;
};
#define MAPPED_NONE       \
	{                 \
		.fd = -1, \
	}

/*
 * flags as for openat(2). What is no regular file is copied into `copy_dirfd`;
 * with copy_dirfd -1 it is refused. The name "-" is standard input.
 */
int mapped_open(struct mapped *s, int dirfd, const char *name, int flags,
    int copy_dirfd, struct why *why);
/* Finds all frames; with `crc` mp3_crc() is quick from then on. */
int mapped_scan(struct mapped *s, bool crc, struct why *why);
/* The bytes [from, to) are not needed soon. */
void mapped_pass(const struct mapped *s, size_t from, size_t to);
/*
 * The bytes [at, at + n), read instead of mapped, which is quicker for all of
 * them: 0, or -1 with errno.
 */
int mapped_read(struct mapped *s, size_t at, void *p, size_t n);
/*
 * What somebody cuts short while it is mapped, or what its disk fails to read,
 * would end the program. With the guard it reads as zeros, and mapped_lost()
 * answers -1, with errno and why.
 */
void mapped_guard(void);
int mapped_lost(const struct mapped *s, struct why *why);
void mapped_close(struct mapped *s);

#endif
