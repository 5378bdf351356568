/* SPDX-License-Identifier: ISC */
#ifndef VERIFY_H
#define VERIFY_H

/*
 * Checks that an MP3 plays what was encoded: the exact length in samples; in
 * every tenth of a second of every channel the same level, neither more (a cut or
 * another channel has leaked) nor less; and over every two seconds the same sound
 * at the same place, not another one of that level. Of the input, only levels and
 * sums with random signs are kept, about 2 kB per second.
 *
 *	v = verify_new(rate, channels, lowpass_hz);
 *	verify_add(v, channel, n) ...	the input of the encoder
 *	verify_fd(v, fd, &why);		the MP3, open for reading
 *	verify_free(v);
 */

#include "text.h"

struct verify;
/* lowpass_hz: the encoder's; sound above it may be missing. */
struct verify *verify_new(unsigned rate, int channels, unsigned lowpass_hz);
/* n samples of each channel. */
void verify_add(struct verify *v, const float *const channel[2], size_t n);
/* 0, or -1 with why: the difference. */
int verify_fd(struct verify *v, int fd, struct why *why);
void verify_free(struct verify *v); /* NULL is fine */

#endif
