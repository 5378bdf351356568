/* SPDX-License-Identifier: ISC */
#ifndef SOUND_H
#define SOUND_H

/* How long and how loud a sound file is, asked of libsndfile. */

#include <stdbool.h>
#include <stdint.h>

#include "text.h"

/* 0, or -1 with why = "file: ...". rate may be NULL. */
int sound_length(
    const char *path, int64_t *us, unsigned *rate, struct why *why);

/*
 * The greatest sample of each of the first channels, 0 to 1 (or above), and how
 * many channels there are. Reads the whole file. 0, or -1 with why.
 */
#define SOUND_CHANNELS 8
int sound_peaks(const char *path, float peak[SOUND_CHANNELS], int *channels,
    struct why *why);

/* A WAV file of 16-bit PCM; false also where it is not there. */
bool sound_is_pcm16_wav(const char *path);
/* The same of one channel, written to fd. 0, or -1 with why. */
int sound_write_wav(
    int fd, const float *sample, size_t n, unsigned rate, struct why *why);

#endif
