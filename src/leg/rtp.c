/* SPDX-License-Identifier: ISC */
#include "rtp.h"

#include <string.h>

/* Lags and places in ticks of 1/8000 s. */
enum {
	TICKS_LOOSE = RTP_CLOCK_HZ / 50, /* 20 ms: held to the clock so far */
	TICKS_NEAR = RTP_CLOCK_HZ / 4,   /* two jumps that agree */
	TICKS_JUMP = RTP_CLOCK_HZ        /* no network is so late */
};
#define WINDOW_US (INT64_C(10) * 1000000)

static unsigned
big16(const unsigned char *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static uint32_t
big32(const unsigned char *p)
{
	return (uint32_t)big16(p) << 16 | big16(p + 2);
}

/* Bytes of the link layer before IP; 0 or more, or -1. */
static int
link_header(int link, const unsigned char *b, size_t n)
{
	size_t at = 12;

	switch (link) {
	case RTP_LINK_NULL:
	case RTP_LINK_LOOP:
		return 4;
	case 12: /* DLT_RAW as most systems number it */
	case RTP_LINK_RAW:
	case RTP_LINK_IPV4:
	case RTP_LINK_IPV6:
		return 0;
	case RTP_LINK_SLL:
		return 16;
	case RTP_LINK_SLL2:
		return 20;
	case RTP_LINK_ETHERNET:
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
rtp_link_known(int link)
{
	static const unsigned char any[14];

	return link_header(link, any, sizeof any) >= 0;
}

/* RFC 791: whole datagrams of UDP. Returns the bytes before UDP, or 0. */
static size_t
ipv4(const unsigned char *b, size_t *n, struct rtp_path *path)
{
	size_t header = (size_t)(b[0] & 15) * 4, total;

	if (*n < 20 || header < 20 || b[9] != 17 || (big16(b + 6) & 0x3fff))
		return 0;
	total = big16(b + 2);
	if (total < header || total > *n)
		return 0;
	*n = total; /* Ethernet pads short frames */
	memcpy(path->address, b + 12, 4);
	memcpy(path->address + 16, b + 16, 4);
	return header;
}

/* RFC 8200; UDP as the next header, without extensions between. */
static size_t
ipv6(const unsigned char *b, size_t *n, struct rtp_path *path)
{
	if (*n < 40 || b[6] != 17 || 40 + big16(b + 4) > *n)
		return 0;
	*n = 40 + big16(b + 4);
	memcpy(path->address, b + 8, 32);
	return 40;
}

/* RFC 3550, 5.1: from the fixed header to the padding's count at the end. */
static bool
rtp_header(const unsigned char *b, size_t n, struct rtp_packet *p)
{
	size_t at;

	if (n < 12 || b[0] >> 6 != 2)
		return false;
	at = 12 + (size_t)(b[0] & 15) * 4;
	if (b[0] & 0x10) {
		if (at + 4 > n)
			return false;
		at += 4 + (size_t)big16(b + at + 2) * 4;
	}
	if (b[0] & 0x20) {
		if (b[n - 1] == 0 || b[n - 1] > n)
			return false;
		n -= b[n - 1];
	}
	p->type = b[1] & 127;
	p->sequence = (uint16_t)big16(b + 2);
	p->timestamp = big32(b + 4);
	p->ssrc = big32(b + 8);
	p->payload = b + at;
	if (at >= n || (p->type >= 72 && p->type <= 76))
		return false;
	p->bytes = n - at;
	return true;
}

bool
rtp_parse(int link, const unsigned char *b, size_t n, struct rtp_packet *p)
{
	int header = link_header(link, b, n);
	size_t at;

	*p = (struct rtp_packet){0};
	if (header < 0 || (size_t)header + 20 > n)
		return false;
	b += header;
	n -= (size_t)header;
	at = b[0] >> 4 == 4   ? ipv4(b, &n, &p->path)
	     : b[0] >> 4 == 6 ? ipv6(b, &n, &p->path)
			      : 0;
	if (at == 0 || at + 8 > n || big16(b + at + 4) < 8 ||
	    at + big16(b + at + 4) > n)
		return false;
	memcpy(p->path.port, b + at, 4);
	return rtp_header(b + at + 8, big16(b + at + 4) - 8u, p);
}

static void
restart(struct rtp_clock *c, const struct rtp_packet *p, int64_t now)
{
	*c = (struct rtp_clock){.started = true,
	    .ssrc = p->ssrc,
	    .timestamp = p->timestamp,
	    .ticks = now,
	    .least = INT64_MAX};
}

/* What arrives earlier than its place, or never as early, moves the places. */
static void
hold(struct rtp_clock *c, int64_t lag, int64_t arrival_us)
{
	if (c->window_us == 0)
		c->window_us = arrival_us + WINDOW_US;
	if (arrival_us >= c->window_us) {
		if (c->least != INT64_MAX &&
		    (c->least > TICKS_LOOSE || c->least < -TICKS_LOOSE))
			c->shift += c->least;
		c->least = INT64_MAX;
		c->window_us = arrival_us + WINDOW_US;
		return;
	}
	if (lag < c->least)
		c->least = lag;
}

bool
rtp_place(struct rtp_clock *c, const struct rtp_packet *p, int64_t arrival_us,
    int64_t *at)
{
	int64_t now = arrival_us * RTP_CLOCK_HZ / 1000000;
	int64_t lag, ticks;

	if (!c->started || c->ssrc != p->ssrc)
		restart(c, p, now);
	/* The difference as a signed number: RTP timestamps wrap. */
	ticks = c->ticks + (int32_t)(p->timestamp - c->timestamp);
	lag = now - (ticks + c->shift);
	if (lag > TICKS_JUMP || lag < -TICKS_JUMP) {
		int64_t apart = lag - c->doubt;

		if (!c->doubting || apart > TICKS_NEAR || apart < -TICKS_NEAR) {
			c->doubting = true;
			c->doubt = lag;
			return false;
		}
		restart(c, p, now);
		ticks = now;
		lag = 0;
	}
	c->doubting = false;
	c->ticks = ticks;
	c->timestamp = p->timestamp;
	hold(c, lag, arrival_us);
	*at = ticks + c->shift;
	return *at >= 0;
}
