/* SPDX-License-Identifier: ISC */
#ifndef RTP_H
#define RTP_H

/* The header of RTP, RFC 3550. */

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
 * True if the bytes can be a packet of RTP with something in it. RTCP, which
 * has payload types 64 to 95 where RTP has them (RFC 5761), is not. clipped:
 * they are its beginning only, and payload tells nothing.
 */
bool rtp_parse(
    const unsigned char *bytes, size_t n, bool clipped, struct rtp *p);

#endif
