/* SPDX-License-Identifier: ISC */
#ifndef PICTURE_H
#define PICTURE_H

/*
 * A call at a glance, as SVG 1.1 text: the waveform of each channel over the
 * call's clock, the recordings as bands, and what was cut hatched. Without
 * script or anything from outside; the colours follow the reader's light or
 * dark scheme.
 *
 *	p = picture_new(from, to, rate, channels);	samples of the call
 *	picture_segment(p, from, to, "Billing, alice") ...
 *	picture_cut(p, from, to, "pause") ...
 *	picture_add(p, at, channel, n) ...		the kept sound
 *	picture_write(p, "c1042", "2026-11-22 10:00 UTC", names, &svg);
 *	picture_free(p);
 *
 * Memory does not grow with the sound.
 */

#include <stdint.h>

#include "text.h"

struct picture;
struct picture *picture_new(
    int64_t from, int64_t to, unsigned rate, int channels);
void picture_free(struct picture *p); /* NULL is fine */

void picture_segment(
    struct picture *p, int64_t from, int64_t to, const char *label);
void picture_cut(
    struct picture *p, int64_t from, int64_t to, const char *label);
/* n samples from `at` on; channel[1] is NULL in mono. */
void picture_add(
    struct picture *p, int64_t at, const float *const channel[2], size_t n);

/* name: of each channel. Any text may hold any bytes. */
void picture_write(const struct picture *p, const char *title,
    const char *subtitle, const char *const name[2], struct buf *svg);

#endif
