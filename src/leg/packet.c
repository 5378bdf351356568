/* SPDX-License-Identifier: ISC */
#include "packet.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum { UDP = 17, TCP = 6 };

static unsigned
big16(const unsigned char *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

/* Bytes of the link layer before IP; 0 or more, or -1. */
static int
link_header(int link, const unsigned char *b, size_t n)
{
	size_t at = 12;

	switch (link) {
	case PACKET_LINK_NULL:
	case PACKET_LINK_LOOP:
		return 4;
	case 12: /* DLT_RAW as most systems number it */
	case PACKET_LINK_RAW:
	case PACKET_LINK_IPV4:
	case PACKET_LINK_IPV6:
		return 0;
	case PACKET_LINK_SLL:
		return 16;
	case PACKET_LINK_SLL2:
		return 20;
	case PACKET_LINK_PPP:
		return n >= 4 && b[0] == 0xff ? 4 : 2;
	case PACKET_LINK_ETHERNET:
		/* IEEE 802.1Q and 802.1ad tags stand before the type. */
		while (at + 2 <= n &&
		       (big16(b + at) == 0x8100 || big16(b + at) == 0x88a8))
			at += 4;
		return at + 2 <= n && at < 32 ? (int)at + 2 : -1;
	default:
		return -1;
	}
}

bool
packet_link_known(int link)
{
	static const unsigned char any[14];

	return link_header(link, any, sizeof any) >= 0;
}

/* RFC 791. Returns the bytes before UDP or TCP, or 0. */
static size_t
ipv4(const unsigned char *b, size_t *n, struct packet *p)
{
	size_t header = (size_t)(b[0] & 15) * 4, total;

	if (*n < 20 || header < 20 || (b[9] != UDP && b[9] != TCP) ||
	    (big16(b + 6) & 0x3fff))
		return 0;
	total = big16(b + 2);
	if (total < header)
		return 0;
	p->clipped = total > *n;
	if (!p->clipped)
		*n = total; /* Ethernet pads short frames */
	p->tcp = b[9] == TCP;
	memcpy(p->path.from.address, b + 12, 4);
	memcpy(p->path.to.address, b + 16, 4);
	return header;
}

/* RFC 8200; the next header without extensions between. */
static size_t
ipv6(const unsigned char *b, size_t *n, struct packet *p)
{
	size_t total = *n < 40 ? 0 : 40 + (size_t)big16(b + 4);

	if (*n < 40 || (b[6] != UDP && b[6] != TCP))
		return 0;
	p->clipped = total > *n;
	if (!p->clipped)
		*n = total;
	p->tcp = b[6] == TCP;
	memcpy(p->path.from.address, b + 8, 16);
	memcpy(p->path.to.address, b + 24, 16);
	return 40;
}

/* The bytes of the header, or 0. */
static size_t
transport(const unsigned char *b, size_t n, struct packet *p)
{
	size_t header = p->tcp && n >= 20 ? (size_t)(b[12] >> 4) * 4 : 8;
	size_t all = p->tcp ? n : big16(b + 4);

	if (n < header || all < header || (p->tcp && header < 20))
		return 0;
	p->clipped |= all > n;
	p->bytes = (all < n ? all : n) - header;
	return header;
}

bool
packet_parse(int link, const unsigned char *b, size_t n, struct packet *p)
{
	int before = link_header(link, b, n);
	size_t at, header;

	*p = (struct packet){0};
	if (before < 0 || (size_t)before + 20 > n)
		return false;
	b += before;
	n -= (size_t)before;
	at = b[0] >> 4 == 4   ? ipv4(b, &n, p)
	     : b[0] >> 4 == 6 ? ipv6(b, &n, p)
			      : 0;
	if (at == 0 || at + 8 > n)
		return false;
	header = transport(b + at, n - at, p);
	if (header == 0)
		return false;
	p->path.from.port = (uint16_t)big16(b + at);
	p->path.to.port = (uint16_t)big16(b + at + 2);
	p->payload = b + at + header;
	return true;
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
