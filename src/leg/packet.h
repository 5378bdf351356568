/* SPDX-License-Identifier: ISC */
#ifndef PACKET_H
#define PACKET_H

/*
 * A captured frame down to what UDP (or one segment of TCP) carries: link
 * layer, IPv4 or IPv6, ports. Fragments are put together by fragments.h.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Link layers, numbered as in https://www.tcpdump.org/linktypes.html. */
enum packet_link {
	PACKET_LINK_NULL = 0,
	PACKET_LINK_ETHERNET = 1,
	PACKET_LINK_PPP = 9,
	PACKET_LINK_RAW = 101,
	PACKET_LINK_LOOP = 108,
	PACKET_LINK_SLL = 113,
	PACKET_LINK_IPV4 = 228,
	PACKET_LINK_IPV6 = 229,
	PACKET_LINK_SLL2 = 276
};
/* Whether packet_parse() knows it. DLT_RAW of some systems, 12, is known too. */
bool packet_link_known(int link);

/* IPv4 stands in the first four bytes, the others are 0. */
struct packet_end {
	unsigned char address[16];
	uint16_t port;
};
struct packet_path {
	struct packet_end from, to;
};
bool packet_end_same(const struct packet_end *a, const struct packet_end *b);
bool packet_path_same(const struct packet_path *a, const struct packet_path *b);
bool packet_address_is_v4(const unsigned char address[16]);
/* "192.0.2.1:4000", "[2001:db8::1]:4000". Returns text. */
#define PACKET_END_SIZE 64
const char *packet_end_text(
    const struct packet_end *end, char text[PACKET_END_SIZE]);
/* "192.0.2.1" or "2001:db8::1"; 0 or -1. */
int packet_address_parse(const char *text, unsigned char address[16]);

struct packet {
	struct packet_path path;
	bool tcp;
	bool clipped;                 /* the capture holds its beginning only */
	const unsigned char *payload; /* within the frame's bytes */
	size_t bytes;
	int64_t at_us; /* since 1970; the tape sets it */
	/* Of a fragment of UDP, with its bytes in payload, and no ports. */
	bool fragment, more;
	uint32_t id;
	size_t offset;
};

/* False: nothing of UDP or TCP, or a fragment of it. */
bool packet_parse(
    int link, const unsigned char *bytes, size_t n, struct packet *p);

/* What stands behind the header of IP, of p->tcp or UDP: ports and payload. */
bool packet_parse_transport(
    struct packet *p, const unsigned char *bytes, size_t n);

#endif
