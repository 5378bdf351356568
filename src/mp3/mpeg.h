/* SPDX-License-Identifier: ISC */
#ifndef MPEG_H
#define MPEG_H

/*
 * Frames of MPEG-1, MPEG-2 and MPEG-2.5 audio, layer III (ISO/IEC 11172-3 and
 * 13818-3), and the Info frame: the "Xing" header with LAME's extension (Mp3
 * Info Tag revision 1), which has the samples that players drop at both ends.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mpeg {
	unsigned rate;     /* Hz */
	unsigned channels; /* 1 or 2 */
	unsigned kbps;     /* 0: free format */
	unsigned samples;  /* in a frame: 1152, or 576 below 32 kHz */
	unsigned bytes;    /* of the frame; 0: free format */
	unsigned side;     /* bytes of side info */
	unsigned head;     /* bytes of header and CRC */
	bool lsf;          /* MPEG-2 or 2.5 */
};

/* 0, or -1 if the four bytes are not a layer III header. */
int mpeg_parse(const unsigned char h[4], struct mpeg *m);
/* True if two headers can be of one stream: version, layer, rate, and mono or
 * stereo are the same. */
bool mpeg_same(const unsigned char a[4], const unsigned char b[4]);
/* How many bytes before the frame its main data begins. */
unsigned mpeg_main_data_begin(const unsigned char *frame, const struct mpeg *m);
/*
 * Makes a header like `like`, without CRC and padding, with the smallest bit rate
 * whose frame has at least n bytes. Returns the size of the frame, or 0 if there
 * is none.
 */
size_t mpeg_smallest(
    const unsigned char like[4], size_t n, unsigned char header[4]);
/*
 * The same for a stream in free format, whose frames have free_bytes; 0: not free
 * format.
 */
size_t mpeg_room(const unsigned char like[4], unsigned free_bytes, size_t n,
    unsigned char header[4]);
/*
 * Makes a header for a rate and a number of channels, plain stereo. If kbps is
 * not a valid bit rate, the lowest one is used.
 */
void mpeg_header(
    unsigned rate, unsigned channels, unsigned kbps, unsigned char header[4]);

/* CRC-16, x^16 + x^15 + x^2 + 1, least significant bit first. */
uint16_t mpeg_crc(uint16_t crc, const void *p, size_t n);

struct mpeg_info {
	unsigned char like[4]; /* header of the stream's frames */
	bool vbr;
	uint64_t frames, bytes;  /* without the Info frame */
	unsigned delay, padding; /* samples, at most 4095 */
	unsigned lowpass_hz, kbps, quality;
	uint16_t crc;             /* of all frames */
	const unsigned char *toc; /* 100 bytes; NULL: linear */
	bool plain;               /* without delays: nothing is dropped */
	unsigned free_bytes;      /* of a frame in free format; else 0 */
};
#define MPEG_INFO_MAX 5888
/* Depends on like, vbr and free_bytes; 0: a frame is too small for it. */
size_t mpeg_info_size(const struct mpeg_info *i);
size_t mpeg_info(const struct mpeg_info *i, unsigned char out[MPEG_INFO_MAX]);

/*
 * A first frame that is not sound. The places are offsets in the frame; 0: not
 * there.
 */
enum mpeg_tag_kind { MPEG_TAG_NONE, MPEG_TAG_XING, MPEG_TAG_VBRI };
struct mpeg_tag {
	enum mpeg_tag_kind kind;
	uint64_t frames; /* their number by the tag; 0: unknown */
	size_t frames_at, bytes_at, toc_at;
	size_t extension;        /* LAME's, with delays */
	unsigned delay, padding; /* if there is an extension */
};
/* True if the frame of n bytes is an Xing, Info or VBRI frame. */
bool mpeg_tag(const unsigned char *frame, size_t n, struct mpeg_tag *t);
/* Replaces the counts, delays and CRCs in such a frame. */
void mpeg_tag_update(unsigned char *frame, size_t n, const struct mpeg_info *i);

#endif
