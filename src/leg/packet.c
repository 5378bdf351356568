/* SPDX-License-Identifier: ISC */
#include "packet.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum { UDP = 17, TCP = 6, TAGS_MOST = 20 };

static unsigned
packet_u16(const unsigned char *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

/* Skips what is between an Ethernet type and IP: tags of IEEE 802.1Q and
 * 802.1ad, PPPoE. The type is at `at`. The number of bytes before IP, or -1. */
static int
after_type(const unsigned char *b, size_t n, size_t at)
{
	size_t most = at + TAGS_MOST;

	while (at + 2 <= n && at < most &&
	       (packet_u16(b + at) == 0x8100 || packet_u16(b + at) == 0x88a8 ||
		   packet_u16(b + at) == 0x9100))
		at += 4;
	if (at + 2 > n || at == most)
		return -1;
	return (int)at + (packet_u16(b + at) == 0x8864 ? 10 : 2);
}

/* The number of bytes of the link layer before IP, or -1. */
static int
link_header(int link, const unsigned char *b, size_t n)
{
	switch (link) {
	case PACKET_LINK_NULL:
	case PACKET_LINK_LOOP:
		return 4;
	case 12: /* DLT_RAW on most systems */
	case PACKET_LINK_RAW:
	case PACKET_LINK_IPV4:
	case PACKET_LINK_IPV6:
		return 0;
	case PACKET_LINK_SLL:
		return after_type(b, n, 14);
	case PACKET_LINK_SLL2:
		return 20;
	case PACKET_LINK_PPP:
		return n >= 4 && b[0] == 0xff ? 4 : 2;
	case PACKET_LINK_ETHERNET:
		return after_type(b, n, 12);
	default:
		return -1;
	}
}

bool
packet_link_known(int link)
{
	static const unsigned char any[16];

	return link_header(link, any, sizeof any) >= 0;
}

/* RFC 791. The number of bytes before UDP or TCP, or 0. */
static size_t
ipv4(const unsigned char *b, size_t *n, struct packet *p)
{
	size_t header = (size_t)(b[0] & 15) * 4, total;

	if (*n < 20 || header < 20 || (b[9] != UDP && b[9] != TCP))
		return 0;
	total = packet_u16(b + 2);
	if (total < header)
		return 0;
	p->clipped = total > *n;
	if (!p->clipped)
		*n = total; /* Ethernet pads short frames */
	p->tcp = b[9] == TCP;
	p->more = packet_u16(b + 6) & 0x2000;
	p->offset = (size_t)(packet_u16(b + 6) & 0x1fff) * 8;
	p->fragment = p->more || p->offset > 0;
	p->id = packet_u16(b + 4);
	memcpy(p->path.from.address, b + 12, 4);
	memcpy(p->path.to.address, b + 16, 4);
	return header;
}

enum { HOP = 0, ROUTING = 43, FRAGMENT = 44, OPTIONS = 60 };

/* RFC 8200, 4.5 */
static void
ipv6_fragment(const unsigned char *b, struct packet *p)
{
	p->offset = packet_u16(b + 2) & ~7U;
	p->more = b[3] & 1;
	p->fragment = p->more || p->offset > 0;
	p->id = (uint32_t)packet_u16(b + 4) << 16 | packet_u16(b + 6);
}

/* RFC 8200: the number of bytes of the header and its extensions. */
static size_t
ipv6(const unsigned char *b, size_t *n, struct packet *p)
{
	size_t total = *n < 40 ? 0 : 40 + (size_t)packet_u16(b + 4), at = 40;
	unsigned next = *n < 40 ? 0 : b[6];

	p->clipped = total > *n;
	if (!p->clipped)
		*n = total;
	while (at + 8 <= *n && (next == HOP || next == ROUTING ||
				   next == OPTIONS || next == FRAGMENT)) {
		size_t length = next == FRAGMENT ? 0 : b[at + 1];

		if (next == FRAGMENT)
			ipv6_fragment(b + at, p);
		next = b[at];
		at += 8 + length * 8;
	}
	if (*n < 40 || (next != UDP && next != TCP))
		return 0;
	p->tcp = next == TCP;
	memcpy(p->path.from.address, b + 8, 16);
	memcpy(p->path.to.address, b + 24, 16);
	return at;
}

bool
packet_parse_transport(struct packet *p, const unsigned char *b, size_t n)
{
	size_t header = p->tcp && n >= 20 ? (size_t)(b[12] >> 4) * 4 : 8;
	size_t all = p->tcp || n < 8 ? n : packet_u16(b + 4);

	if (n < header || all < header || (p->tcp && header < 20))
		return false;
	p->clipped |= all > n;
	p->bytes = (all < n ? all : n) - header;
	p->path.from.port = (uint16_t)packet_u16(b);
	p->path.to.port = (uint16_t)packet_u16(b + 2);
	p->payload = b + header;
	return true;
}

bool
packet_parse(int link, const unsigned char *b, size_t n, struct packet *p)
{
	int before = link_header(link, b, n);
	size_t at;

	*p = (struct packet){0};
	if (before < 0 || (size_t)before + 20 > n)
		return false;
	b += before;
	n -= (size_t)before;
	at = b[0] >> 4 == 4   ? ipv4(b, &n, p)
	     : b[0] >> 4 == 6 ? ipv6(b, &n, p)
			      : 0;
	if (at == 0 || at > n) {
		p->fragment = false;
		return false;
	}
	if (!p->fragment)
		return packet_parse_transport(p, b + at, n - at);
	p->payload = b + at;
	p->bytes = n - at;
	return false;
}

bool
packet_end_same(const struct packet_end *a, const struct packet_end *b)
{
	return a->port == b->port && memcmp(a->address, b->address, 16) == 0;
}

bool
packet_path_same(const struct packet_path *a, const struct packet_path *b)
{
	return packet_end_same(&a->from, &b->from) &&
	       packet_end_same(&a->to, &b->to);
}

bool
packet_address_is_v4(const unsigned char address[16])
{
	static const unsigned char none[12];

	return memcmp(address + 4, none, 12) == 0;
}

const char *
packet_end_text(const struct packet_end *end, char text[PACKET_END_SIZE])
{
	bool v4 = packet_address_is_v4(end->address);
	char address[INET6_ADDRSTRLEN] = "";

	(void)inet_ntop(
	    v4 ? AF_INET : AF_INET6, end->address, address, sizeof address);
	(void)snprintf(text, PACKET_END_SIZE, v4 ? "%s:%u" : "[%s]:%u", address,
	    (unsigned)end->port);
	return text;
}

int
packet_address_parse(const char *text, unsigned char address[16])
{
	memset(address, 0, 16);
	if (inet_pton(AF_INET, text, address) == 1 ||
	    inet_pton(AF_INET6, text, address) == 1)
		return 0;
	return -1;
}
