/* SPDX-License-Identifier: ISC */
#ifndef CODEC_H
#define CODEC_H

/*
 * Decodes the payloads of telephony: G.711 mu-law and A-law, G.722 at
 * 64 kbit/s, and GSM 06.10, by libspandsp. One struct codec for each stream,
 * packets in order, for G.722 and GSM have a memory.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct codec;
/* type is the RTP payload type 0, 8 or 9 (RFC 3551); NULL for others. */
struct codec *codec_new(int type);
/* GSM comes in frames of 33 bytes, 160 samples (RFC 3551, 4.5.8); in WAV files
 * two of them are packed in 65 bytes. */
struct codec *codec_new_gsm(bool wav49);
void codec_free(struct codec *c); /* NULL is fine */

/* Samples for each byte: 1 at 8 kHz, 2 at 16 kHz. */
int codec_factor(int type);
/* Decodes n bytes into n * codec_factor() samples; returns how many. Of GSM
 * only whole blocks. */
size_t codec_decode(
    struct codec *c, const unsigned char *bytes, size_t n, int16_t *out);

#endif
