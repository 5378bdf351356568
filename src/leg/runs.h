/* SPDX-License-Identifier: ISC */
#ifndef RUNS_H
#define RUNS_H

/*
 * A compressed file as its undamaged runs, each with its place by what the file
 * itself tells: the frame numbers of FLAC, the granule positions of Ogg, the
 * frames of MP3. A file of one run that begins at 0 is undamaged.
 *
 *	if (runs_find(fd, &r, &why) > 0 && runs_damaged(&r))
 *		mended = runs_mend(fd, &r, &why);
 *	runs_free(&r);
 *
 * What is lost between two runs is silence in the mended file, so that all
 * else keeps its time. A decoder alone does not do that: libsndfile closes the
 * holes of Ogg, and ends at the first broken frame of FLAC.
 */

#include <stdbool.h>
#include <stdint.h>

#include "text.h"

struct run {
	int64_t from, to; /* bytes of the file */
	int64_t end;      /* its last sample's place, by the file's clock */
};

struct runs {
	unsigned char *head; /* what a decoder needs before each of them */
	size_t head_bytes;
	unsigned clock_hz; /* of the places; 0: the sample rate */
	int64_t start;     /* where the first run begins */
	int64_t total;     /* promised by the header; 0: not told */
	bool unsure;       /* lost sound whose length nobody knows */
	int64_t late;      /* samples by which all may stand too late */
	struct run *run;
	size_t runs;
	/* After runs_mend(): of the mended file, floats without a header. */
	unsigned rate;
	int channels;
	int64_t samples, lost, first_lost, cut_off;
};

/* 1: they are known, 0: another kind of file, -1: why, the machine's. */
int runs_find(int fd, struct runs *r, struct why *why);
bool runs_damaged(const struct runs *r);
/* The mended file's descriptor, without a name; -1 with why, which tells whose
 * fault it is. */
int runs_mend(int fd, struct runs *r, struct why *why);
void runs_free(struct runs *r);

/* For those that find them; the same answers. */
int runs_flac(int fd, struct runs *r, struct why *why);
int runs_ogg(int fd, struct runs *r, struct why *why);
int runs_mp3(int fd, struct runs *r, struct why *why);
void runs_add(struct runs *r, int64_t from, int64_t to, int64_t end);
/* The part of the last run that is known so far grows. */
void runs_grow(struct runs *r, int64_t to, int64_t end);

#endif
