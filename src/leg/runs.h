/* SPDX-License-Identifier: ISC */
#ifndef RUNS_H
#define RUNS_H

/*
 * Finds the undamaged parts (runs) of a compressed file and their places, by
 * the frame numbers of FLAC, the granule positions of Ogg, or the frames of
 * MP3. A file with a single run that begins at 0 is undamaged.
 *
 *	if (runs_find(fd, &r, &why) > 0 && runs_damaged(&r))
 *		mended = runs_mend(fd, &r, &why);
 *	runs_free(&r);
 *
 * In the mended file, silence replaces the sound that is lost between two runs,
 * so that the rest keeps its time. libsndfile does not do this: it skips over
 * the holes of Ogg, and stops at the first broken frame of FLAC.
 */

#include <stdbool.h>
#include <stdint.h>

#include "text.h"

struct run {
	int64_t from, to; /* bytes of the file */
	int64_t end;      /* place of its last sample, in units of clock_hz */
};

struct runs {
	unsigned char *head; /* what a decoder needs before each run */
	size_t head_bytes;
	unsigned clock_hz; /* unit of the places; 0: the sample rate */
	int64_t start;     /* place of the first run */
	int64_t total;     /* length by the header; 0: unknown */
	bool unsure;       /* sound of unknown length is lost */
	int64_t late;      /* samples by which sound may be too late */
	struct run *run;
	size_t runs;
	/* Set by runs_mend() for the mended file: floats without a header. */
	unsigned rate;
	int channels;
	int64_t samples, lost, first_lost, cut_off;
};

/* 1: r is set, 0: another kind of file, -1 with why: the machine failed. */
int runs_find(int fd, struct runs *r, struct why *why);
bool runs_damaged(const struct runs *r);
/* The descriptor of the mended file, a temporary one; -1 with why, and
 * why_status() says whose fault it is. */
int runs_mend(int fd, struct runs *r, struct why *why);
void runs_free(struct runs *r);

/* One for each format; they return what runs_find() does. */
int runs_flac(int fd, struct runs *r, struct why *why);
int runs_ogg(int fd, struct runs *r, struct why *why);
int runs_mp3(int fd, struct runs *r, struct why *why);
void runs_add(struct runs *r, int64_t from, int64_t to, int64_t end);
/* Extends the last run. */
void runs_grow(struct runs *r, int64_t to, int64_t end);

#endif
