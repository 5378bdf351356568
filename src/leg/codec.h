/* SPDX-License-Identifier: ISC */
#ifndef CODEC_H
#define CODEC_H

/*
 * Decodes the payloads of telephony, each library in a file of its own:
 * codec_spandsp.c (G.711, G.722 at 64 kbit/s, G.726, GSM 06.10), codec_g729.c,
 * codec_opus.c and codec_amr.c. One struct codec for each stream, packets in
 * order, for most have a memory.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "payload.h"
#include "text.h"

/* Samples of one packet, at the most. */
enum { CODEC_MOST = 8192 };

/* Whether this build decodes it; library: else the one that does, or NULL. */
bool codec_reads(const struct payload *p, const char **library);
/* "G.711, G.722, ..."; without: "G.729 (libbcg729)", "" where none is. */
void codec_list(struct buf *with, struct buf *without);

struct codec;
struct codec *codec_new(const struct payload *p); /* NULL where not read */
/* GSM comes in frames of 33 bytes, 160 samples (RFC 3551, 4.5.8); in WAV files
 * two of them are packed in 65 bytes. */
struct codec *codec_new_gsm(bool wav49);
void codec_free(struct codec *c); /* NULL is fine */

/* Of the samples: 8000, or 16000 for G.722 and Opus. */
unsigned codec_rate(const struct payload *p);
/*
 * Decodes a packet into out, room for CODEC_MOST samples; returns how many.
 * Of GSM, G.729 and AMR only whole frames.
 */
size_t codec_decode(
    struct codec *c, const unsigned char *bytes, size_t n, int16_t *out);

/* What a codec_*.c gives. */
struct codec_library {
	const char *name;   /* "libopus" */
	const char *codecs; /* "Opus" */
	bool (*takes)(const struct payload *p);
	/* NULL where the library is not built in. */
	void *(*open)(const struct payload *p);
	size_t (*decode)(
	    void *state, const unsigned char *bytes, size_t n, int16_t *out);
	void (*close)(void *state);
};
extern const struct codec_library codec_spandsp, codec_g729, codec_opus,
    codec_amr;
void *codec_spandsp_gsm(bool wav49);

#endif
