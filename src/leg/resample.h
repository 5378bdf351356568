/* SPDX-License-Identifier: ISC */
#ifndef RESAMPLE_H
#define RESAMPLE_H

/*
 * Converts one channel from one sample rate to another with libsoxr. Sample n
 * of the input is at n * to / from of the output: the delay of the filter is
 * removed. Rates need not be integers, so that the drift of a leg's clock can
 * be corrected.
 */

#include "text.h"

struct resample;
struct resample *resample_new(double from, double to, struct why *why);
/*
 * Reads up to n samples (in NULL: the end of the input) and writes up to room
 * samples; *used and *made are set to the numbers. 0, or -1 with why.
 */
int resample_run(struct resample *rs, const float *in, size_t n, size_t *used,
    float *out, size_t room, size_t *made, struct why *why);
void resample_free(struct resample *rs); /* NULL is fine */

#endif
