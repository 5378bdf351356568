/* SPDX-License-Identifier: ISC */
#ifndef PICTURE_H
#define PICTURE_H

/*
 * Draws a call as SVG 1.1: the waveform of each channel over the time of the
 * call, the recordings as bands, the cuts hatched. It has no script and no
 * external resource. The colours follow the reader's light or dark scheme.
 *
 *	r.picture = picture_begin(&r);	of a session that has started
 *	render_file(&r, ...) ...	calls picture_add()
 *	picture_end(&r, &svg);
 *	picture_free(r.picture);
 *
 * Memory does not depend on the length of the sound.
 */

#include <stdint.h>

#include "session.h"

#include "text.h"

struct picture;
struct picture *picture_begin(const struct session *r);
/* Adds n samples of kept sound, from sample `at` of the call; channel[1] is NULL
 * in mono. */
void picture_add(
    struct picture *p, int64_t at, const float *const channel[2], size_t n);
/* The id and the names may contain any bytes. */
void picture_end(const struct session *r, struct buf *svg);
void picture_free(struct picture *p); /* NULL is fine */

#endif
