/* SPDX-License-Identifier: ISC */
#ifndef CAPTURE_H
#define CAPTURE_H

/*
 * The sound in a packet capture (pcap or pcapng), as rtpengine and tcpdump
 * write it: each party (streams.h) as mono samples on one clock.
 *
 *	if (capture_is(fd) && (c = capture_open(fd, &how, &why)))
 *		while ((n = capture_read(c, out, count, &why)) > 0) ...
 *	capture_close(c);
 *
 * Each packet's sound stands where its sender's clock, as it was fitted to the
 * arrivals (clock.h), has it; a clock that drifts is followed sample by sample.
 * Lost packets, and the pauses of a sender that suppresses silence, are
 * silence, and so are comfort noise and telephone events; late and reordered
 * packets are put in their place, doubled ones are taken once.
 *
 * A party whose sound cannot be had whole is refused with the codec's name:
 * what is encrypted, or of a codec that is not read.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "text.h"

/* 1: the file begins as a capture does, 0: it does not, -1 with errno. */
int capture_is(int fd);

struct capture_how {
	int party;            /* from 1; 0: all of them, mixed in equal parts */
	const char *streams;  /* instead: those that match (streams_pick()) */
	const char *payloads; /* what SDP would tell, or NULL */
};

struct capture;
/*
 * NULL with why: no capture, no such party, none that can be decoded. Sample 0
 * is the first sound of the capture's earliest party; with `streams`, the
 * first of those. fd is borrowed for as long.
 */
struct capture *capture_open(
    int fd, const struct capture_how *how, struct why *why);
void capture_close(struct capture *c); /* NULL is fine */

int capture_parties(const struct capture *c);   /* in the file */
unsigned capture_rate(const struct capture *c); /* 8000 or 16000 */
int64_t capture_samples(const struct capture *c);
int64_t capture_began_us(const struct capture *c); /* sample 0, since 1970 */

/*
 * What the network did to the streams that are read. What came is counted when
 * the capture is opened; what is missing, by the time it was read to its end.
 */
struct capture_counts {
	int64_t packets;
	int64_t lost, late, doubled;
	int64_t unread;   /* of another codec, a few between others */
	int64_t hole_smp; /* silence in the place of lost packets */
	int64_t cut_smp;  /* came when their place was given already */
	bool torn;        /* the file ends within a packet */
	int64_t back_us;  /* by which its times go back (tape.h) */
};
void capture_counts(const struct capture *c, struct capture_counts *counts);

/* Where lost packets left silence, in the order in which they were read. */
struct capture_hole {
	int64_t at_smp, smp;
};
size_t capture_holes(
    const struct capture *c, const struct capture_hole **holes);

/* Up to count samples in [-1, 1]; 0 at the end; -1 with why. */
ssize_t capture_read(
    struct capture *c, float *out, size_t count, struct why *why);

#endif
