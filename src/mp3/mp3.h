/* SPDX-License-Identifier: ISC */
#ifndef MP3_H
#define MP3_H

/*
 * The frames of an MP3 in memory, of any of MPEG-1, 2 and 2.5, with or without
 * CRC, at a constant, an average or a variable bit rate, or in free format.
 *
 *	if (mp3_scan(&m, p, n, &why) == 0) { ... }
 *	mp3_free(&m);
 *
 * or, where the memory is a mapping of which only a little may stay resident,
 *
 *	if (mp3_open(&m, p, n, &why) == 0)
 *		while (mp3_walk(&m, m.at + some))
 *			... the walk does not look at p up to m.at again ...
 *	if (mp3_end(&m, &why) == 0) ...
 *
 * Sync is believed only where several headers agree; what lies before, between
 * and after frames (ID3, APE, Lyrics3, RIFF, junk) is passed over and listed.
 * Where the format changes a new stretch begins, with a timeline of its own.
 * The bytes are borrowed. Of the frames only every 64th is remembered. Bytes
 * that change after the scan make wrong answers, but lead nowhere outside.
 */

#include <stdint.h>

#include "mpeg.h"
#include "tags.h"

#include "text.h"

enum mp3_fault_kind {
	MP3_TAG,     /* a tag between frames: no damage, but a gap */
	MP3_JUNK,    /* bytes that are no frame */
	MP3_FORMAT,  /* another rate, version or number of channels */
	MP3_STARVED, /* frames reach back to bytes that are not there */
	MP3_TORN,    /* the last frame is not whole */
	MP3_FAULTS
};
extern const char *const mp3_fault_names[MP3_FAULTS + 1];

struct mp3_fault {
	enum mp3_fault_kind kind;
	size_t at, bytes; /* MP3_STARVED: bytes of all frames in a row */
	size_t frame;     /* the fault stands before it, or is in it */
};

struct mp3_tag {
	enum tags_kind kind;
	size_t at, bytes;
};

struct mp3_stretch {
	size_t frame; /* its first */
	unsigned char like[4];
	struct mpeg format;  /* of its first frame */
	unsigned free_bytes; /* of a free format frame without its padding */
	unsigned char sizes[256][2]; /* frame bytes by the header's 3rd byte */
	bool vbr;
};

struct mp3_mark {
	size_t frame, at;
};

/* The bytes that have one CRC in mp3.block_crc. */
#define MP3_BLOCK ((size_t)1 << 16)

struct mp3 {
	const unsigned char *p;
	size_t n;
	size_t at, limit; /* of the walk; where trailing tags begin */

	struct mp3_tag *tag; /* around the audio, in the order of the file */
	size_t tags;
	struct mp3_fault *fault;
	size_t faults;
	struct mp3_stretch *stretch; /* at least one */
	size_t stretches;
	struct mp3_mark *mark;
	size_t marks;
	/* Borrowed: the CRC-16 of every whole block of p, if known, or NULL. */
	const uint16_t *block_crc;

	size_t info_at, info_bytes; /* Xing, Info or VBRI frame; 0: none */
	struct mpeg_tag info;
	size_t first, end; /* audio frames are within these bytes */
	size_t frames;
	bool reservoir;
	bool cut;    /* private: a mark is due */
	size_t have; /* private: main data that the next frame can reach */
};

/* 0; -1 with why: there is no layer III in it. */
int mp3_open(struct mp3 *m, const unsigned char *p, size_t n, struct why *why);
/* Goes on at least to byte `upto`; false: the end was reached. */
bool mp3_walk(struct mp3 *m, size_t upto);
/* After the walk: 0, or -1 with why where there is too little audio; freed. */
int mp3_end(struct mp3 *m, struct why *why);
/* All three. */
int mp3_scan(struct mp3 *m, const unsigned char *p, size_t n, struct why *why);
void mp3_free(struct mp3 *m);

/* The size of a frame that agrees with the stretch, or 0. */
static inline size_t
mp3_size_in(const struct mp3_stretch *s, const unsigned char *h)
{
	if (h[0] != 0xFF || (h[1] ^ s->like[1]) & 0xFE || (h[3] & 3) == 2 ||
	    (h[3] >> 6 == 3) != (s->like[3] >> 6 == 3))
		return 0;
	return (size_t)s->sizes[h[2]][0] << 8 | s->sizes[h[2]][1];
}

#endif
