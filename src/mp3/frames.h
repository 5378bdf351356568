/* SPDX-License-Identifier: ISC */
#ifndef FRAMES_H
#define FRAMES_H

/* Access to the frames of a scanned MP3 by number and by place. */

#include <stdint.h>

#include "mp3.h"

/* Where a frame begins; frame == m->frames: where the last one ends. */
size_t mp3_at(const struct mp3 *m, size_t frame);
/* An estimate of that, without reading the bytes. */
size_t mp3_near(const struct mp3 *m, size_t frame);
/* Where it begins; parses its header. */
size_t mp3_frame(const struct mp3 *m, size_t frame, struct mpeg *f);
/* Calls each() for every frame in order; f->bytes is valid in free format too. */
void mp3_each(const struct mp3 *m,
    void (*each)(void *arg, size_t at, const struct mpeg *f), void *arg);
/* The last frame that begins at or before a byte. */
size_t mp3_frame_at(const struct mp3 *m, size_t byte);
/* CRC-16 of the bytes [from, to). */
uint16_t mp3_crc(const struct mp3 *m, size_t from, size_t to);
/* The stretch that a frame is in. */
const struct mp3_stretch *mp3_stretch(const struct mp3 *m, size_t frame);
/* True if junk, a tag or a change of format is in [from, to]. */
bool mp3_uneven(const struct mp3 *m, size_t from, size_t to);
/*
 * The raw samples [*from, *to) of the first stretch that a gapless player plays.
 * If there are several stretches, *to is the end of the audio.
 */
void mp3_kept(const struct mp3 *m, int64_t *from, int64_t *to);

#endif
