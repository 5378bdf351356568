/* SPDX-License-Identifier: ISC */
#ifndef MAPPED_H
#define MAPPED_H

/*
 * An MP3 mapped into memory: a file, or a pipe, which is first copied into a
 * temporary file. Only a small window of it is resident.
 *
 *	mapped_guard();		once in a program
 *	struct mapped s = MAPPED_NONE;
 *	if (mapped_open(&s, dirfd, "call.mp3", 0, &why) == 0 &&
 *	    mapped_scan(&s, true, &why) == 0) ... s.mp3 ...
 *	if (mapped_lost(&s, &why) != 0) ... discard what was made of it
 *	mapped_close(&s);	always; the last opened one first
 *
 * Functions return 0, or -1 with why, which does not name the file. errno is 0,
 * or for instance ENOSPC if the machine is at fault.
 */

#include <stdatomic.h>

#include "mp3.h"

#include "text.h"

struct mapped {
	int fd;
	const unsigned char *p;
	size_t n;
	struct mp3 mp3; /* after mapped_open() only its beginning is known */
	bool pipe;      /* it was a pipe */
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
 * flags: as for openat(2). A file that is not regular is copied into
 * `copy_dirfd`; with copy_dirfd -1 it is refused. The name "-" is standard input.
 */
int mapped_open(struct mapped *s, int dirfd, const char *name, int flags,
    int copy_dirfd, struct why *why);
/* Finds all frames. With `crc`, mp3_crc() is fast afterwards. */
int mapped_scan(struct mapped *s, bool crc, struct why *why);
/* The bytes [from, to) are not needed soon. */
void mapped_pass(const struct mapped *s, size_t from, size_t to);
/*
 * Reads the bytes [at, at + n) by read(2), which is faster than the mapping for a
 * whole file. 0, or -1 with errno.
 */
int mapped_read(struct mapped *s, size_t at, void *p, size_t n);
/*
 * If a mapped file is truncated, or its disk fails, SIGBUS would end the program.
 * With the guard the bytes read as zeros, and mapped_lost() returns -1 with errno
 * and why.
 */
void mapped_guard(void);
int mapped_lost(const struct mapped *s, struct why *why);
void mapped_close(struct mapped *s);

#endif
