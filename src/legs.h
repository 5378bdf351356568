/* SPDX-License-Identifier: ISC */
#ifndef LEGS_H
#define LEGS_H

/*
 * One leg of a call: an audio file as a stream of mono samples in [-1, 1].
 *
 *	struct leg *leg = leg_open(dirfd, name, follow, channel, &why);
 *	while ((n = leg_read(leg, out, count, &why)) > 0) ...
 *	leg_close(leg);
 *
 * Reads what libsndfile reads; without a header by the name's ending: .ulaw
 * .ul .pcm .pcmu, .alaw .al .pcma, .sln .slin .raw (8 kHz), .sln12 ... .sln192,
 * .gsm. A WAV whose data size was never filled in (0 or 0xFFFFFFFF, as a
 * recorder that was killed leaves it) has the length that its file has. The
 * RTP streams of a packet capture (capture.h) are its channels.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "util.h"

struct leg;

/*
 * NULL with why: no such file, no audio file, an empty one. channel: from 1; 0:
 * all channels of the file mixed in equal parts. Without follow the name is a
 * plain one in dirfd and never a link.
 */
struct leg *leg_open(
    int dirfd, const char *name, bool follow, int channel, struct why *why);
void leg_close(struct leg *leg); /* NULL is fine */

/* Up to count samples; 0 at the end; -1 with why. */
ssize_t leg_read(struct leg *leg, float *out, size_t count, struct why *why);

/* Facts of the file. leg_missing(): why leg_open() failed was that there is
 * nothing: no file, or no sample in it; else it is no audio. */
unsigned leg_rate(const struct leg *leg);
int leg_channels(const struct leg *leg);
int64_t leg_samples(const struct leg *leg); /* per channel */
bool leg_missing(int dirfd, const char *name, bool follow);
bool leg_is_file(const struct leg *leg, dev_t dev, ino_t ino);

#endif
