/* SPDX-License-Identifier: ISC */
#ifndef CODEC_H
#define CODEC_H

/*
 * Decodes the codecs of telephony. Each library has one file: codec_spandsp.c
 * (G.711, G.722 at 64 kbit/s, G.726, GSM 06.10), codec_g729.c, codec_opus.c and
 * codec_amr.c. Use one struct codec for each stream, and decode its packets in
 * order, because most codecs keep state between packets.
 *
 *	c = codec_new(&payload);
 *	n = codec_decode(c, bytes, size, out);	each packet
 *	codec_free(c);
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "payload.h"
#include "text.h"

/* The largest number of samples in one packet. */
enum { CODEC_MOST = 8192 };

/*
 * True if this build decodes it. If not, *library (may be NULL) is set to the
 * library that would, or to NULL.
 */
bool codec_reads(const struct payload *p, const char **library);
/* Adds the codecs of this build, "G.711, G.722, ...", and those whose library
 * was missing, "G.729 (libbcg729)", or nothing. */
void codec_list(struct buf *with, struct buf *without);

struct codec;
struct codec *codec_new(const struct payload *p); /* NULL: not supported */
/* A frame of GSM has 33 bytes and 160 samples (RFC 3551, 4.5.8). With wav49,
 * as in WAV files, two frames are packed into 65 bytes. */
struct codec *codec_new_gsm(bool wav49);
void codec_free(struct codec *c); /* NULL is fine */

/* The sample rate of the output: 8000, or 16000 for G.722 and Opus. */
unsigned codec_rate(const struct payload *p);
/*
 * Decodes a packet into out, which has room for CODEC_MOST samples. Returns the
 * number of samples. Partial frames of GSM, G.729 and AMR are ignored.
 */
size_t codec_decode(
    struct codec *c, const unsigned char *bytes, size_t n, int16_t *out);

/* What each codec_*.c defines. */
struct codec_library {
	const char *name;   /* "libopus" */
	const char *codecs; /* "Opus" */
	bool (*takes)(const struct payload *p);
	/* NULL if this build does not have the library. */
	void *(*open)(const struct payload *p);
	size_t (*decode)(
	    void *state, const unsigned char *bytes, size_t n, int16_t *out);
	void (*close)(void *state);
};
extern const struct codec_library codec_spandsp, codec_g729, codec_opus,
    codec_amr;
void *codec_spandsp_gsm(bool wav49);

#endif
