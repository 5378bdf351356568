/* SPDX-License-Identifier: ISC */
#ifndef FRAGMENTS_H
#define FRAGMENTS_H

/*
 * Datagrams of UDP that came in fragments of IP, as long messages of SIP do
 * (RFC 791, RFC 8200), put together again.
 *
 *	f = fragments_new();
 *	if (fragments_take(f, &packet, at_us)) ... packet is whole
 *	fragments_free(f);
 *
 * Few are under way at once: the oldest gives its place to a new one.
 */

#include "packet.h"

struct fragments;
struct fragments *fragments_new(void);
void fragments_free(struct fragments *f); /* NULL is fine */

/* False: p is no fragment, or others of its datagram are still to come. The
 * payload is good until the next call. */
bool fragments_take(struct fragments *f, struct packet *p, int64_t at_us);

#endif
