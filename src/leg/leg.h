/* SPDX-License-Identifier: ISC */
#ifndef LEG_H
#define LEG_H

/*
 * One leg of a call: an audio file as a stream of mono samples in [-1, 1].
 *
 *	struct leg *leg = leg_open(dirfd, name, &how, &fault, &why);
 *	while ((n = leg_read(leg, out, count, &why)) > 0) ...
 *	leg_close(leg);
 *
 * What can be a leg is a table of kinds in leg.c: files of samples
 * (legfile.h) and packet captures, whose RTP streams are their channels
 * (capture.h). A pipe is read to its end into a temporary file without a name.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "capture.h"
#include "text.h"

struct leg;

struct leg_how {
	bool follow;  /* else a plain name in dirfd, regular, never a link */
	bool regular; /* nothing else: no pipe that could be waited for */
	int channel;  /* of the file, from 1; 0: all mixed in equal parts */
	const char *format; /* of a headerless file; NULL: by its ending */
	unsigned rate;      /* of a headerless file; 0: as its format says */
	int channels;       /* of a headerless file; 0: one */
	/* Of a capture, see capture.h; NULL: by the channel. */
	const char *streams, *payloads;
};

/* Why leg_open() gave NULL: there is nothing (no file, or no sample in it), it
 * is no audio, or the machine failed. */
enum leg_fault { LEG_FINE, LEG_MISSING, LEG_BAD, LEG_LATER };

struct leg *leg_open(int dirfd, const char *name, const struct leg_how *how,
    enum leg_fault *fault, struct why *why);
/* The same file once more from its beginning, with another channel. */
struct leg *leg_again(const struct leg *leg, int channel, struct why *why);
/* From its beginning. 0, or -1 with why. */
int leg_rewind(struct leg *leg, struct why *why);
void leg_close(struct leg *leg); /* NULL is fine */

/* Up to count samples; 0 at the end; -1 with why. */
ssize_t leg_read(struct leg *leg, float *out, size_t count, struct why *why);

/* Facts of the file. */
unsigned leg_rate(const struct leg *leg);
int leg_channels(const struct leg *leg);
int64_t leg_samples(const struct leg *leg); /* per channel */
/* What its file shows to be lost, in samples. */
struct leg_damage {
	int64_t lost;       /* in between; there is silence in its place */
	int64_t first_lost; /* where that begins; -1: nowhere */
	int64_t cut_off;    /* promised by its header beyond its end */
	bool unsure;        /* something else, and nobody knows how much */
	int64_t late;       /* by which sound may stand later than it should */
};
struct leg_damage leg_damage(const struct leg *leg);
/* Where every sample has a time of its own, as in a capture. */
bool leg_is_timed(const struct leg *leg);
/*
 * Of a capture: what the network did to its packets, and where lost ones left
 * silence. False: it is a file. Complete when the leg was read to its end.
 */
bool leg_packets(const struct leg *leg, struct capture_counts *counts,
    const struct capture_hole **hole, size_t *holes);
/* Where the number of samples follows from that of the bytes. */
bool leg_is_plain(const struct leg *leg);
bool leg_is_file(const struct leg *leg, dev_t dev, ino_t ino);

#endif
