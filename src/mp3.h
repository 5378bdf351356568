/* SPDX-License-Identifier: ISC */
#ifndef MP3_H
#define MP3_H

/*
 * The frames of an MP3 in memory. Sync is believed only where three headers
 * agree; what lies between, before and after frames (ID3, APE, junk) is passed
 * over. The bytes are borrowed.
 *
 *	if (mp3_scan(&m, p, n, &why) == 0) { ... mp3_free(&m); }
 */

#include "mpeg.h"

struct mp3 {
	const unsigned char *p;
	size_t n;
	unsigned char like[4]; /* header that all frames agree with */
	struct mpeg format;    /* of the first frame */
	size_t *frame;         /* where each audio frame begins */
	size_t frames;
	size_t end; /* of the last frame */
	bool vbr, reservoir;
	bool tagged; /* an Info frame with delays stood in front */
	unsigned delay, padding;
	uint64_t tag_frames; /* as the tag counts, or `frames` */
	size_t id3;          /* bytes of ID3v2 in front */
};

/* 0; -1 with why: there is no layer III in it. */
int mp3_scan(struct mp3 *m, const unsigned char *p, size_t n, struct why *why);
void mp3_free(struct mp3 *m);
/* The raw samples [*from, *to) that a gapless player plays. */
void mp3_kept(const struct mp3 *m, int64_t *from, int64_t *to);

#endif
