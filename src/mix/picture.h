/* SPDX-License-Identifier: ISC */
#ifndef PICTURE_H
#define PICTURE_H

/*
 * A call at a glance, as SVG 1.1 text: the waveform of each channel over the
 * call's clock, the recordings as bands, and what was cut hatched. Without
 * script or anything from outside; the colours follow the reader's light or
 * dark scheme.
 *
 *	r.picture = picture_begin(&r);	of a session that has started
 *	render_file(&r, ...) ...	calls picture_add()
 *	picture_end(&r, &svg);
 *	picture_free(r.picture);
 *
 * Memory does not grow with the sound.
 */

#include <stdint.h>

#include "session.h"

#include "text.h"

struct picture;
struct picture *picture_begin(const struct session *r);
/* n samples of the kept sound, from sample `at` of the call on; channel[1] is
 * NULL in mono. */
void picture_add(
    struct picture *p, int64_t at, const float *const channel[2], size_t n);
/* The id and the names may hold any bytes. */
void picture_end(const struct session *r, struct buf *svg);
void picture_free(struct picture *p); /* NULL is fine */

#endif
