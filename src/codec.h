/* SPDX-License-Identifier: ISC */
#ifndef CODEC_H
#define CODEC_H

/*
 * Decodes the payloads of telephony: G.711 mu-law and A-law, and G.722 at
 * 64 kbit/s, by libspandsp. One struct codec for each stream, packets in
 * order, for G.722 has a memory.
 */

#include <stddef.h>
#include <stdint.h>

struct codec;
/* type is the RTP payload type 0, 8 or 9 (RFC 3551); NULL for others. */
struct codec *codec_new(int type);
void codec_free(struct codec *c); /* NULL is fine */

/* Samples for each byte: 1 at 8 kHz, 2 at 16 kHz. */
int codec_factor(int type);
/* Decodes n bytes into n * codec_factor() samples; returns how many. */
size_t codec_decode(
    struct codec *c, const unsigned char *bytes, size_t n, int16_t *out);

#endif
