/* SPDX-License-Identifier: ISC */
#ifndef SOUND_H
#define SOUND_H

/* Finds the length of a leg with the code that mixes it; reads and writes WAV. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "call.h"

#include "text.h"

/* The leg's file at path. 0, or -1 with why = "file: ...". */
int sound_length(
    const char *path, const struct call_leg *leg, int64_t *us, struct why *why);

/*
 * The same for a file that is not trusted, in an open directory: no link is
 * followed, and it must be the file of st.
 */
int sound_length_at(int dirfd, const char *name, const struct stat *st,
    const struct call_leg *leg, int64_t *us, struct why *why);

/* True for a WAV file of 16-bit PCM; false also if it is missing. */
bool sound_is_pcm16_wav(const char *path);
/* Writes such a file with one channel to fd. 0, or -1 with why. */
int sound_write_wav(
    int fd, const float *sample, size_t n, unsigned rate, struct why *why);

#endif
