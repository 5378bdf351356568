/* SPDX-License-Identifier: ISC */
#ifndef SOUND_H
#define SOUND_H

/* How long a sound file is, asked of libsndfile. */

#include "util.h"

/* 0, or -1 with why = "file: ...". rate may be NULL. */
int sound_length(
    const char *path, int64_t *us, unsigned *rate, struct why *why);

#endif
