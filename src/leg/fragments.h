/* SPDX-License-Identifier: ISC */
#ifndef FRAGMENTS_H
#define FRAGMENTS_H

/*
 * Reassembles UDP datagrams from IP fragments (RFC 791, RFC 8200). Long SIP
 * messages arrive in fragments.
 *
 *	f = fragments_new();
 *	if (fragments_take(f, &packet, at_us)) ... packet is whole
 *	fragments_free(f);
 *
 * Only a few datagrams can be incomplete at once: a new one replaces the oldest.
 */

#include "packet.h"

struct fragments;
struct fragments *fragments_new(void);
void fragments_free(struct fragments *f); /* NULL is fine */

/* True if p was the last missing fragment: p is then the whole datagram, valid
 * until the next call. False if p is no fragment, or others are missing. */
bool fragments_take(struct fragments *f, struct packet *p, int64_t at_us);

#endif
