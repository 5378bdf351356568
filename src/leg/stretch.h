/* SPDX-License-Identifier: ISC */
#ifndef STRETCH_H
#define STRETCH_H

#include <stddef.h>

/*
 * Resamples a block of n samples to `to` samples, a few more or fewer, in place;
 * the block must have room for them. The first sample keeps its place, and the
 * next block continues without a gap. Used to follow the drift of a sender's
 * clock. Returns `to`.
 */
size_t stretch(float *block, size_t n, size_t to);

#endif
