/* SPDX-License-Identifier: ISC */
#ifndef INFOFRAME_H
#define INFOFRAME_H

/*
 * The frame at the head of an MP3 that tells players its length and which
 * samples are the encoder's own: "Info" with a LAME tag. LAME itself leaves it
 * out where its bit rate is too small for it; this one takes a larger one.
 * Also what is known of MPEG audio layer III frames on the way.
 */

#include <stddef.h>
#include <stdint.h>

struct infoframe {
	unsigned rate; /* one of infoframe_rates */
	int channels;
	int kbps; /* of the audio */
	uint32_t frames;
	uint64_t bytes; /* of the audio frames */
	int delay, padding;
	uint16_t crc; /* of all audio frames, by infoframe_crc() from 0 */
};

#define INFOFRAME_MAX 1500

extern const unsigned infoframe_rates[10]; /* rising, ends with 0 */
/* Samples in a frame, or 0: not a rate of MPEG. */
int infoframe_samples(unsigned rate);
/* Whether layer III knows that bit rate at that sample rate. */
int infoframe_has_kbps(unsigned rate, int kbps);
/* Bytes of the frame whose four header bytes these are, or 0. */
size_t infoframe_size_of(const unsigned char header[4]);

/* Writes the frame; its size depends on rate and channels alone. */
size_t infoframe_make(
    const struct infoframe *f, unsigned char out[INFOFRAME_MAX]);
uint16_t infoframe_crc(uint16_t crc, const void *p, size_t n);

#endif
