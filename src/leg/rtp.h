/* SPDX-License-Identifier: ISC */
#ifndef RTP_H
#define RTP_H

/* Parses the header of an RTP packet (RFC 3550). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rtp {
	uint32_t ssrc, timestamp;
	uint16_t sequence;
	int type;                     /* payload type, 0 to 127 */
	const unsigned char *payload; /* within the packet's bytes */
	size_t bytes;
};

/*
 * True if the bytes can be an RTP packet with a payload. RTCP packets are
 * refused; their types look like RTP's payload types 64 to 95 (RFC 5761).
 * clipped: the packet is truncated, and p->bytes has no meaning.
 */
bool rtp_parse(
    const unsigned char *bytes, size_t n, bool clipped, struct rtp *p);

/* A hash of the payload. */
uint64_t rtp_hash(const struct rtp *p);

#endif
