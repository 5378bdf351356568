/* SPDX-License-Identifier: ISC */
#ifndef ENCODE_H
#define ENCODE_H

/*
 * Encodes PCM as MP3 frames with libmp3lame, in all threads of a pool.
 *
 *	e = encode_new(&settings, put, arg, &why);
 *	encode_add(e, channel, samples, &why) ...
 *	encode_end(e, &facts, &why);
 *	encode_free(e);
 *
 * There is no bit reservoir, so that frames do not depend on each other. The
 * sound is divided into chunks, whose size depends only on its length. Each chunk
 * is encoded separately after a pre-roll of frames that are dropped. The pre-roll
 * is long enough that the frames are the same, byte for byte, as in one run of
 * LAME over the whole. So the bytes depend neither on the number of threads nor
 * on the machine.
 */

#include <stdint.h>

#include "mpeg.h"
#include "pool.h"
#include "text.h"

#define ENCODE_CBR (-1)

struct encode_settings {
	unsigned rate;   /* one of encode_rates */
	int channels;    /* 1 or 2: plain, never joint */
	int kbps;        /* constant; with VBR not used */
	int vbr;         /* LAME's -V, 0 best to 9; or ENCODE_CBR */
	int quality;     /* LAME's -q, 0 best to 9 */
	int64_t samples; /* per channel, in all */
	struct pool *pool;
};

extern const unsigned encode_rates[10]; /* ascending, ends with 0 */
bool encode_has_rate(unsigned rate);
bool encode_has_kbps(unsigned rate, int kbps);
/* The bit rate for speech: 16 per channel at 8 kHz. */
int encode_default_kbps(unsigned rate, int channels);
/* The encoder's low-pass; half the rate if there is none. */
unsigned encode_lowpass_hz(const struct encode_settings *s);
/* Call it once, before any thread encodes. */
void encode_prepare(void);

struct encode;
/* put() writes the frames, in order, in the caller's thread. It returns 0 or
 * -1. */
struct encode *encode_new(const struct encode_settings *s,
    int (*put)(void *arg, const void *p, size_t n), void *arg, struct why *why);
/* n samples in [-1, 1] of each channel. 0, or -1 with why. */
int encode_add(
    struct encode *e, const float *const channel[2], size_t n, struct why *why);
/*
 * Writes the remaining frames, and fills the facts for the Info frame, whose size
 * is known before: that of mpeg_header(rate, channels, kbps). Its table of
 * contents is valid until encode_free().
 */
int encode_end(struct encode *e, struct mpeg_info *facts, struct why *why);
void encode_free(struct encode *e); /* NULL is fine */

#endif
