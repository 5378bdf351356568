/* SPDX-License-Identifier: ISC */
#ifndef DRAW_H
#define DRAW_H

/*
 * The picture of a call that render.h has started.
 *
 *	r.picture = draw_begin(&r);	with its segments and cuts
 *	recording_make(&r, ...) ...	draws the waveforms into it
 *	draw_write(&r, &svg);
 *	picture_free(r.picture);
 */

#include "picture.h"
#include "render.h"

#include "text.h"

struct picture *draw_begin(const struct render *r);
void draw_write(const struct render *r, struct buf *svg);

#endif
