/* SPDX-License-Identifier: ISC */
#ifndef RTP_H
#define RTP_H

/*
 * RTP (RFC 3550) in captured packets, and the place of each packet on the
 * clock of the capture.
 *
 * A packet's RTP timestamp tells where its sound belongs among the sender's
 * other packets to the sample, but from an unknown beginning and by the
 * sender's clock; its arrival tells the time, but late by whatever the network
 * took. rtp_place() puts both together: the earliest arrivals of each ten
 * seconds hold the stream to the clock of the capture, within 20 ms; jitter,
 * reordering and loss move nothing. After a jump of the timestamps (another
 * source, a new SSRC) the arrival alone decides.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Payload types of RFC 3551 that can be decoded here. */
enum { RTP_PCMU = 0, RTP_PCMA = 8, RTP_G722 = 9 };
/* The RTP clock of all three: also that of G.722, see RFC 3551, 4.5.2. */
#define RTP_CLOCK_HZ 8000

/* Link layers, numbered as in https://www.tcpdump.org/linktypes.html. */
enum rtp_link {
	RTP_LINK_NULL = 0,
	RTP_LINK_ETHERNET = 1,
	RTP_LINK_RAW = 101,
	RTP_LINK_LOOP = 108,
	RTP_LINK_SLL = 113,
	RTP_LINK_IPV4 = 228,
	RTP_LINK_IPV6 = 229,
	RTP_LINK_SLL2 = 276
};
/* Whether rtp_parse() knows it. DLT_RAW of some systems, 12, is known too. */
bool rtp_link_known(int link);

/* Source and destination: 2 addresses of 16 bytes, 2 ports. */
struct rtp_path {
	unsigned char address[32];
	unsigned char port[4];
};

struct rtp_packet {
	struct rtp_path path;
	uint32_t ssrc, timestamp;
	uint16_t sequence;
	int type;                     /* payload type, 0 to 127 */
	const unsigned char *payload; /* within the packet's bytes */
	size_t bytes;
};

/*
 * True if the captured bytes are a whole RTP packet in UDP in IP. RTCP, which
 * has payload types 72 to 76 where RTP has them, and fragments are not.
 */
bool rtp_parse(
    int link, const unsigned char *bytes, size_t n, struct rtp_packet *p);

/* One stream's place on the clock; {0} to begin. */
struct rtp_clock {
	bool started;
	uint32_t ssrc, timestamp; /* of the latest packet */
	int64_t ticks;            /* its place, before shift */
	int64_t shift;            /* what brings places to the clock */
	int64_t window_us;        /* end of these ten seconds */
	int64_t least;            /* smallest lag in them */
	int64_t doubt;            /* lag of a packet that jumped */
	bool doubting;
};

/*
 * Where the packet's first sample belongs, in ticks of RTP_CLOCK_HZ after the
 * capture's first packet; arrival_us is after that packet too. False: it
 * belongs nowhere (alone with its timestamp, or before the capture).
 */
bool rtp_place(struct rtp_clock *c, const struct rtp_packet *p,
    int64_t arrival_us, int64_t *at);

#endif
