/* SPDX-License-Identifier: ISC */
#ifndef CAPTURE_H
#define CAPTURE_H

/*
 * Decodes the sound in a packet capture (pcap or pcapng), as rtpengine and
 * tcpdump write it. Each party (streams.h) becomes mono samples; all parties
 * have the same clock.
 *
 *	if (capture_is(fd) && (c = capture_open(fd, &how, &why)))
 *		while ((n = capture_read(c, out, count, &why)) > 0) ...
 *	capture_close(c);
 *
 * The sender's clock, estimated by clock.h, places each packet; drift is
 * corrected sample by sample. Lost packets, silence suppression, comfort noise
 * and telephone events are silence. Late and reordered packets are put in their
 * place, duplicates are dropped.
 *
 * A party is refused, with the name of the codec, if it is encrypted or if more
 * than a few of its packets have a codec that is not supported.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "text.h"

/* 1: the file begins like a capture, 0: it does not, -1 with errno. */
int capture_is(int fd);

struct capture_how {
	int party;            /* from 1; 0: all, mixed in equal parts */
	const char *streams;  /* instead of party: see streams_pick() */
	const char *payloads; /* see payload_parse(); NULL: none */
};

struct capture;
/*
 * NULL with why if the file is not a capture, has no such party, or the party
 * is refused. Sample 0 is the first sound of the earliest party in the file or,
 * with `streams`, of the streams that match. fd is borrowed until
 * capture_close().
 */
struct capture *capture_open(
    int fd, const struct capture_how *how, struct why *why);
void capture_close(struct capture *c); /* NULL is fine */

int capture_parties(const struct capture *c);   /* in the file */
unsigned capture_rate(const struct capture *c); /* 8000 or 16000 */
int64_t capture_samples(const struct capture *c);
int64_t capture_began_us(const struct capture *c); /* sample 0, since 1970 */

/*
 * Packets of the streams that are read. packets, late, doubled and unread are
 * known when the capture is open, the others after it was read to its end.
 */
struct capture_counts {
	int64_t packets;
	int64_t lost, late, doubled;
	int64_t unread;   /* a few packets of a codec that is not supported */
	int64_t hole_smp; /* silence in place of lost packets */
	int64_t cut_smp;  /* dropped: they came too late for their place */
	bool torn;        /* the file ends within a packet */
	int64_t back_us;  /* see tape_back_us() */
	int64_t untimed;  /* packets of the file without a time, of any call */
	/*
	 * It comes from the server to which another party sends, but goes to a
	 * third place, and no SIP tells whose sound it is: maybe that party's,
	 * in another codec. Only for a party that was selected by its number.
	 */
	bool relayed;
};
void capture_counts(const struct capture *c, struct capture_counts *counts);

/* The silence in place of lost packets, in the order in which it was read. */
struct capture_hole {
	int64_t at_smp, smp;
};
size_t capture_holes(
    const struct capture *c, const struct capture_hole **holes);

/* Reads up to count samples in [-1, 1]. 0 at the end; -1 with why. */
ssize_t capture_read(
    struct capture *c, float *out, size_t count, struct why *why);

#endif
