/* SPDX-License-Identifier: ISC */
#include "rtp.h"

#include <string.h>

static unsigned
rtp_u16(const unsigned char *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static uint32_t
big32(const unsigned char *p)
{
	return (uint32_t)rtp_u16(p) << 16 | rtp_u16(p + 2);
}

/* RFC 3550, 5.1: from the fixed header to the count of padding at the end. */
bool
rtp_parse(const unsigned char *b, size_t n, bool clipped, struct rtp *p)
{
	size_t at;

	if (n < 12 || b[0] >> 6 != 2)
		return false;
	at = 12 + (size_t)(b[0] & 15) * 4;
	if (b[0] & 0x10 && !clipped) {
		if (at + 4 > n)
			return false;
		at += 4 + (size_t)rtp_u16(b + at + 2) * 4;
	}
	if (b[0] & 0x20 && !clipped) {
		if (b[n - 1] == 0 || b[n - 1] > n)
			return false;
		n -= b[n - 1];
	}
	p->type = b[1] & 127;
	p->sequence = (uint16_t)rtp_u16(b + 2);
	p->timestamp = big32(b + 4);
	p->ssrc = big32(b + 8);
	if (clipped)
		at = n - 1;
	p->payload = b + at;
	if (at >= n || (p->type >= 64 && p->type <= 95))
		return false;
	p->bytes = n - at;
	return true;
}

uint64_t
rtp_hash(const struct rtp *p)
{
	uint64_t h = p->bytes, word;
	size_t i = 0;

	for (; i + 8 <= p->bytes; i += 8) {
		memcpy(&word, p->payload + i, 8);
		h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 32;
	}
	for (; i < p->bytes; i++)
		h = (h ^ p->payload[i]) * 1099511628211u;
	return h ^ h >> 29;
}
