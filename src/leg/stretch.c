/* SPDX-License-Identifier: ISC */
#include "stretch.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

enum { TAPS = 8 }; /* on each side */

/* A sinc with Hann's window; the values before and after the block are those of
 * its ends. */
static float
sample_at(const float *x, size_t n, double at)
{
	int64_t whole = (int64_t)floor(at);
	double part = at - (double)whole, sum = 0, weights = 0;

	for (int k = 1 - TAPS; k <= TAPS; k++) {
		int64_t i = whole + k;
		double d = part - k, w;

		w = fabs(d) < 1e-9 ? 1
				   : sin(M_PI * d) / (M_PI * d) *
					 (0.5 + 0.5 * cos(M_PI * d / TAPS));
		if (fabs(d) >= TAPS)
			w = 0;
		i = i < 0 ? 0 : i >= (int64_t)n ? (int64_t)n - 1 : i;
		sum += w * (double)x[i];
		weights += w;
	}
	return (float)(sum / weights);
}

size_t
stretch(float *block, size_t n, size_t to)
{
	float *from;

	if (n == 0 || to == n)
		return n;
	from = mem_alloc(n * sizeof *from);
	memcpy(from, block, n * sizeof *from);
	for (size_t i = 0; i < to; i++)
		block[i] =
		    sample_at(from, n, (double)i * (double)n / (double)to);
	free(from);
	return to;
}
