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
 * A table in leg.c lists the kinds of legs: audio files (legfile.h) and packet
 * captures, whose channels are the parties (capture.h). A pipe is first read to
 * its end, into a temporary file.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "capture.h"
#include "text.h"

struct leg;

struct leg_how {
	bool follow;  /* follow links; else a plain name of a regular file */
	bool regular; /* only a regular file: do not wait for a pipe */
	int channel;  /* of the file, from 1; 0: all mixed in equal parts */
	const char *format; /* of a headerless file; NULL: by its suffix */
	unsigned rate;      /* of a headerless file; 0: that of its format */
	int channels;       /* of a headerless file; 0: one */
	/* Of a capture, see capture.h; streams NULL: by the channel. */
	const char *streams, *payloads;
};

/*
 * Why leg_open() returned NULL. MISSING: no file, or no sample in it; BAD: not
 * a supported audio file; LATER: the machine failed.
 */
enum leg_fault { LEG_FINE, LEG_MISSING, LEG_BAD, LEG_LATER };

struct leg *leg_open(int dirfd, const char *name, const struct leg_how *how,
    enum leg_fault *fault, struct why *why);
/* Opens another channel of the same file, at its beginning. */
struct leg *leg_again(const struct leg *leg, int channel, struct why *why);
/* Before the first leg_read(): keeps what is decoded for after leg_rewind(), if
 * that takes time and there is memory; see kept.h. */
void leg_keep(struct leg *leg);
/* Goes back to the beginning. 0, or -1 with why. */
int leg_rewind(struct leg *leg, struct why *why);
void leg_close(struct leg *leg); /* NULL is fine */

/* Reads up to count samples. 0 at the end; -1 with why. */
ssize_t leg_read(struct leg *leg, float *out, size_t count, struct why *why);

unsigned leg_rate(const struct leg *leg);
int leg_channels(const struct leg *leg);
int64_t leg_samples(const struct leg *leg); /* per channel */
/* The losses that the file itself shows, in samples. */
struct leg_damage {
	int64_t lost;       /* within the file; replaced by silence */
	int64_t first_lost; /* where the first loss begins; -1: none */
	int64_t cut_off;    /* by the header, but after the end of the file */
	bool unsure;        /* more is lost, of unknown length */
	int64_t late;       /* by how much sound may be too late */
	int64_t early;      /* and too early: more may be lost than it seems */
};
struct leg_damage leg_damage(const struct leg *leg);
/* True if each sample has a time of its own, as in a capture. */
bool leg_is_timed(const struct leg *leg);
/*
 * For a capture: its packets, and the silence in place of lost ones. Complete
 * after the leg was read to its end. False if the leg is not a capture.
 */
bool leg_packets(const struct leg *leg, struct capture_counts *counts,
    const struct capture_hole **hole, size_t *holes);
/* True if the number of bytes gives the number of samples, as with PCM. */
bool leg_is_plain(const struct leg *leg);
/* True if the leg is that file. */
bool leg_is_file(const struct leg *leg, dev_t dev, ino_t ino);
void leg_identity(const struct leg *leg, dev_t *dev, ino_t *ino);

#endif
