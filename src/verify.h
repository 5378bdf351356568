/* SPDX-License-Identifier: ISC */
#ifndef VERIFY_H
#define VERIFY_H

/*
 * Whether an MP3 plays what was to be in it: the length to the sample, and in
 * every tenth of a second on every channel as much sound as went in: neither
 * more, as it would be where a cut or another channel leaked, nor less.
 *
 *	v = verify_new(rate, channels);
 *	verify_add(v, pcm, n) ...	what goes to the encoder
 *	verify_file(v, dirfd, name, &why);
 *	verify_free(v);
 */

#include "util.h"

struct verify;
struct verify *verify_new(unsigned rate, int channels);
/* Interleaved; n per channel. */
void verify_add(struct verify *v, const float *pcm, size_t n);
/* 0, or -1 with why it is not the same. */
int verify_file(struct verify *v, int dirfd, const char *name, struct why *why);
void verify_free(struct verify *v); /* NULL is fine */

#endif
