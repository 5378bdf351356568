/* SPDX-License-Identifier: ISC */
#ifndef RESAMPLE_H
#define RESAMPLE_H

/*
 * One channel from one sample rate to another, by libsoxr. Sample n of the
 * input stands at n * to / from of the output: the filter's delay is taken
 * out. Rates need not be whole: a leg whose clock ran slow is mended with it.
 */

#include "text.h"

struct resample;
struct resample *resample_new(double from, double to, struct why *why);
/*
 * Takes up to n samples (in NULL: there are no more), gives up to room;
 * *used and *made say how many. 0, or -1 with why.
 */
int resample_run(struct resample *rs, const float *in, size_t n, size_t *used,
    float *out, size_t room, size_t *made, struct why *why);
void resample_free(struct resample *rs); /* NULL is fine */

#endif
