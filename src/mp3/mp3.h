/* SPDX-License-Identifier: ISC */
#ifndef MP3_H
#define MP3_H

/*
 * Finds the frames of an MP3 in memory: MPEG-1, 2 and 2.5, with or without CRC,
 * constant, average or variable bit rate, or free format.
 *
 *	if (mp3_scan(&m, p, n, &why) == 0) { ... }
 *	mp3_free(&m);
 *
 * or, if the memory is a mapping of which only a part may be resident,
 *
 *	if (mp3_open(&m, p, n, &why) == 0)
 *		while (mp3_walk(&m, m.at + some))
 *			... the bytes before m.at are not read again ...
 *	if (mp3_end(&m, &why) == 0) ...
 *
 * A frame is accepted only if several headers agree. Bytes before, between and
 * after frames (ID3, APE, Lyrics3, RIFF, junk) are skipped and listed. If the
 * format changes, a new stretch begins, with a timeline of its own. The bytes are
 * borrowed. Only every 64th frame is remembered. If bytes change after the scan,
 * results are wrong, but nothing outside of p is read.
 */

#include <stdint.h>

#include "mpeg.h"
#include "tags.h"

#include "text.h"

enum mp3_fault_kind {
	MP3_TAG,     /* a tag between frames: no damage, but a gap */
	MP3_JUNK,    /* bytes that are not a frame */
	MP3_FORMAT,  /* another rate, version or number of channels */
	MP3_STARVED, /* main data that a frame refers to is missing */
	MP3_TORN,    /* the last frame is incomplete */
	MP3_FAULTS
};
extern const char *const mp3_fault_names[MP3_FAULTS + 1];

struct mp3_fault {
	enum mp3_fault_kind kind;
	size_t at, bytes; /* MP3_STARVED: bytes of all frames in a row */
	size_t frame;     /* the fault is before it or in it */
};

struct mp3_tag {
	enum tags_kind kind;
	size_t at, bytes;
};

struct mp3_stretch {
	size_t frame; /* its first frame */
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
	size_t at, limit; /* place of the walk; begin of the trailing tags */

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

/* 0, or -1 with why: there is no layer III frame in it. */
int mp3_open(struct mp3 *m, const unsigned char *p, size_t n, struct why *why);
/* Scans at least up to byte `upto`. False: the end was reached. */
bool mp3_walk(struct mp3 *m, size_t upto);
/* After the walk: 0, or -1 with why if there is too little audio; m is then
 * freed. */
int mp3_end(struct mp3 *m, struct why *why);
/* All three. */
int mp3_scan(struct mp3 *m, const unsigned char *p, size_t n, struct why *why);
void mp3_free(struct mp3 *m);

/* The size of a frame by its header; 0: it does not match the stretch. */
static inline size_t
mp3_size_in(const struct mp3_stretch *s, const unsigned char *h)
{
	if (h[0] != 0xFF || (h[1] ^ s->like[1]) & 0xFE || (h[3] & 3) == 2 ||
	    (h[3] >> 6 == 3) != (s->like[3] >> 6 == 3))
		return 0;
	return (size_t)s->sizes[h[2]][0] << 8 | s->sizes[h[2]][1];
}

#endif
