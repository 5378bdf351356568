/* SPDX-License-Identifier: ISC */
#ifndef PACKET_H
#define PACKET_H

/*
 * Parses a captured frame (link layer, IPv4 or IPv6, UDP or TCP) to find its
 * addresses, ports and payload. fragments.h reassembles IP fragments.
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
/* True if packet_parse() supports it; also 12, DLT_RAW of some systems. */
bool packet_link_known(int link);

/* An IPv4 address is in the first four bytes, and the others are 0. */
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
	bool clipped;                 /* truncated in the capture */
	const unsigned char *payload; /* within the frame's bytes */
	size_t bytes;
	int64_t at_us;   /* since 1970; set by tape.h */
	int64_t file_us; /* as in the file: see tape_back_us() */
	/* For a fragment: its bytes are in payload, and there are no ports. */
	bool fragment, more;
	uint32_t id;
	size_t offset;
};

/* False if the frame is neither UDP nor TCP, nor a fragment of UDP. */
bool packet_parse(
    int link, const unsigned char *bytes, size_t n, struct packet *p);

/* Parses what follows the IP header, TCP if p->tcp, else UDP: sets the ports
 * and the payload. */
bool packet_parse_transport(
    struct packet *p, const unsigned char *bytes, size_t n);

#endif
