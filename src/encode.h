/* SPDX-License-Identifier: ISC */
#ifndef ENCODE_H
#define ENCODE_H

/*
 * PCM to MP3 frames by libmp3lame, on as many cores as are given.
 *
 *	e = encode_new(&settings, put, arg, &why);
 *	encode_add(e, pcm, samples, &why) ...
 *	encode_end(e, &facts, &why);
 *	encode_free(e);
 *
 * Without a bit reservoir every frame stands alone. The sound is cut into
 * chunks of a fixed number of frames; each is encoded by itself after a few
 * frames of pre-roll that are dropped, so that the bytes do not depend on the
 * number of threads, nor on the machine.
 */

#include "mpeg.h"
#include "util.h"

struct encode_settings {
	unsigned rate; /* one of encode_rates */
	int channels;  /* 1 or 2: plain, never joint */
	int kbps;      /* constant */
	int quality;   /* LAME's, 0 best to 9 */
	int jobs;      /* threads, from 1 */
};

extern const unsigned encode_rates[10]; /* rising, ends with 0 */
bool encode_has_rate(unsigned rate);
bool encode_has_kbps(unsigned rate, int kbps);
/* For speech; what telephones deliver at 8 kHz needs 16 for each channel. */
int encode_default_kbps(unsigned rate, int channels);

struct encode;
/* put writes the frames, in order, from the caller's thread: 0, or -1. */
struct encode *encode_new(const struct encode_settings *s,
    int (*put)(void *arg, const void *p, size_t n), void *arg, struct why *why);
/* Interleaved samples in [-1, 1]; n per channel. 0 or -1 with why. */
int encode_add(struct encode *e, const float *pcm, size_t n, struct why *why);
/* The rest of the frames; then the facts for the Info frame,
 * whose size is known before: of mpeg_header(rate, channels). */
int encode_end(struct encode *e, struct mpeg_info *facts, struct why *why);
void encode_free(struct encode *e); /* NULL is fine */

#endif
