/* SPDX-License-Identifier: ISC */
#ifndef VERIFY_H
#define VERIFY_H

/*
 * Whether an MP3 plays what was to be in it: the length to the sample; in every
 * tenth of a second on every channel as much sound as went in: neither more, as
 * it would be where a cut or another channel leaked, nor less; and over every
 * two seconds the same sound at the same place, not another of that level. Only
 * levels and sums with random signs are kept of what goes in, about 2 kB for a
 * second.
 *
 *	v = verify_new(rate, channels);
 *	verify_add(v, channel, n) ...	what goes to the encoder
 *	verify_fd(v, fd, &why);		a file open for reading
 *	verify_free(v);
 */

#include "text.h"

struct verify;
/* lowpass_hz: the encoder's; what lies above may be lost. */
struct verify *verify_new(unsigned rate, int channels, unsigned lowpass_hz);
/* n samples of each channel. */
void verify_add(struct verify *v, const float *const channel[2], size_t n);
/* 0, or -1 with why it is not the same. */
int verify_fd(struct verify *v, int fd, struct why *why);
void verify_free(struct verify *v); /* NULL is fine */

#endif
