/* SPDX-License-Identifier: ISC */
#ifndef ENCODE_H
#define ENCODE_H

/*
 * PCM to MP3 frames by libmp3lame, on as many cores as the pool has threads.
 *
 *	e = encode_new(&settings, put, arg, &why);
 *	encode_add(e, channel, samples, &why) ...
 *	encode_end(e, &facts, &why);
 *	encode_free(e);
 *
 * Without a bit reservoir every frame stands alone. The sound is cut into
 * chunks, by its length alone; each is encoded by itself after a pre-roll of
 * frames that are dropped, long enough that the frames are the same, byte for
 * byte, as in one run of LAME over the whole. So the bytes depend neither on
 * the number of threads nor on the machine.
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
	int64_t samples; /* per channel, that will come */
	struct pool *pool;
};

extern const unsigned encode_rates[10]; /* rising, ends with 0 */
bool encode_has_rate(unsigned rate);
bool encode_has_kbps(unsigned rate, int kbps);
/* For speech; what telephones deliver at 8 kHz needs 16 for each channel. */
int encode_default_kbps(unsigned rate, int channels);
/* What lies above is not encoded; half the rate where all of it is. */
unsigned encode_lowpass_hz(const struct encode_settings *s);
/* Once, before there are threads that encode. */
void encode_prepare(void);

struct encode;
/* put writes the frames, in order, from the caller's thread: 0, or -1. */
struct encode *encode_new(const struct encode_settings *s,
    int (*put)(void *arg, const void *p, size_t n), void *arg, struct why *why);
/* Samples in [-1, 1], n on each channel. 0 or -1 with why. */
int encode_add(
    struct encode *e, const float *const channel[2], size_t n, struct why *why);
/*
 * The rest of the frames; then the facts for the Info frame, whose size is
 * known before: of mpeg_header(rate, channels, kbps). Its table of contents lives as
 * long as e.
 */
int encode_end(struct encode *e, struct mpeg_info *facts, struct why *why);
void encode_free(struct encode *e); /* NULL is fine */

#endif
