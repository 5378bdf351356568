/* SPDX-License-Identifier: ISC */
#ifndef TAPE_H
#define TAPE_H

/*
 * The packets of a capture file, pcap or pcapng, one after another, by libpcap.
 *
 *	if ((t = tape_open(fd, &why)))
 *		while ((got = tape_next(t, &packet, &why)) > 0) ...
 *	tape_close(t);
 */

#include <stdbool.h>

#include "packet.h"
#include "text.h"

/* 1: the file begins as a capture does, 0: it does not, -1 with errno. */
int tape_is(int fd);

struct tape;
/* From the file's beginning, whatever others read of it; fd is borrowed. */
struct tape *tape_open(int fd, struct why *why);
/*
 * The next packet of UDP or TCP. 1: there is one, good until the next call; 0:
 * the end, or where the file was torn off; -1 with why: the rest is there, but
 * cannot be read.
 */
int tape_next(struct tape *t, struct packet *p, struct why *why);
/*
 * By how much its times went back, in all: whose clock was set back, or files
 * were put together. Where that is less than an hour the packets behind are
 * given later times, so that no sound falls on another.
 */
int64_t tape_back_us(const struct tape *t);
bool tape_is_torn(const struct tape *t); /* after the end */
/* Packets of which the recorder kept only the beginning. */
bool tape_is_clipped(const struct tape *t);
void tape_close(struct tape *t); /* NULL is fine */

#endif
