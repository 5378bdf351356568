/* SPDX-License-Identifier: ISC */
#ifndef TAPE_H
#define TAPE_H

/*
 * Reads the packets of a capture file: pcap with libpcap, pcapng with pcapng.h.
 *
 *	if ((t = tape_open(fd, &why)))
 *		while ((got = tape_next(t, &packet, &why)) > 0) ...
 *	tape_close(t);
 */

#include <stdbool.h>

#include "packet.h"
#include "text.h"

/* 1: the file begins like a capture, 0: it does not, -1 with errno. */
int tape_is(int fd);

/* Threads that capture write packets out of order by less than this. */
#define TAPE_BACK_US (INT64_C(300) * 1000)

struct tape;
/*
 * Reads from the beginning of the file, independent of the position of fd. fd
 * is borrowed. sort: the records are out of order, and are sorted by order.h.
 */
struct tape *tape_open(int fd, bool sort, struct why *why);
/*
 * Reads the next packet of UDP or TCP. 1: p is set, valid until the next call;
 * 0: the end of the file, which may be torn; -1 with why: the rest of the file
 * cannot be read.
 */
int tape_next(struct tape *t, struct packet *p, struct why *why);
/*
 * By how much the times in the file went back, in sum: the clock was set back,
 * or files were joined. As long as the sum is below an hour, the packets after
 * such a step get later times, so that their sound does not overlap that of
 * earlier packets.
 */
int64_t tape_back_us(const struct tape *t);
/* Packets that have no time and are left out; after the end. */
int64_t tape_untimed(const struct tape *t);
bool tape_is_torn(const struct tape *t); /* after the end */
/* True if packets were truncated by the recorder. */
bool tape_is_clipped(const struct tape *t);
void tape_close(struct tape *t); /* NULL is fine */

#endif
