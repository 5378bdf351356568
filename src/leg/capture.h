/* SPDX-License-Identifier: ISC */
#ifndef CAPTURE_H
#define CAPTURE_H

/*
 * The sound in a packet capture (pcap or pcapng, read by libpcap), as
 * rtpengine and tcpdump write it: each RTP stream of PCMU, PCMA or G.722 as
 * mono samples on the capture's clock.
 *
 *	if (capture_is(fd) && (c = capture_open(fd, 1, &why)))
 *		while ((n = capture_read(c, out, count, &why)) > 0) ...
 *	capture_close(c);
 *
 * A stream is one direction between two sockets, whatever sources (SSRC)
 * follow one another on it; streams are numbered from 1 in the order in which
 * they begin. Sample 0 of every stream is the time of the capture's first
 * packet, so that all of them are on one clock. Lost packets, and the pauses
 * of a sender that suppresses silence, are silence; late and reordered ones
 * are put in their place, doubled ones are taken once.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "text.h"

enum { CAPTURE_STREAMS = 64 }; /* more are not looked at */

/* True if the file begins as a capture does. */
bool capture_is(int fd);

struct capture;
/*
 * stream: from 1; 0: all of them, mixed in equal parts. NULL with why: no
 * capture, no such stream, none that can be decoded. fd is borrowed for as
 * long.
 */
struct capture *capture_open(int fd, int stream, struct why *why);
void capture_close(struct capture *c); /* NULL is fine */

int capture_streams(const struct capture *c);   /* in the file */
unsigned capture_rate(const struct capture *c); /* 8000; 16000 for G.722 */
int64_t capture_samples(const struct capture *c);

/* Up to count samples in [-1, 1]; 0 at the end; -1 with why. */
ssize_t capture_read(
    struct capture *c, float *out, size_t count, struct why *why);

#endif
