/* SPDX-License-Identifier: ISC */
#ifndef SOUND_H
#define SOUND_H

/* How long a leg is, by the same code that mixes it; and WAV files. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "call.h"

#include "text.h"

/* The leg's file at path. 0, or -1 with why = "file: ...". */
int sound_length(
    const char *path, const struct call_leg *leg, int64_t *us, struct why *why);

/*
 * That of a stranger, in an open directory, never through a link, and only the
 * very file that st is of.
 */
int sound_length_at(int dirfd, const char *name, const struct stat *st,
    const struct call_leg *leg, int64_t *us, struct why *why);

/* A WAV file of 16-bit PCM; false also where it is not there. */
bool sound_is_pcm16_wav(const char *path);
/* The same of one channel, written to fd. 0, or -1 with why. */
int sound_write_wav(
    int fd, const float *sample, size_t n, unsigned rate, struct why *why);

#endif
