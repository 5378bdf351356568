/* SPDX-License-Identifier: ISC */
#ifndef STRETCH_H
#define STRETCH_H

#include <stddef.h>

/*
 * n samples become `to`, a few more or fewer, in place; there is room for the
 * more. The first stays the first, and what follows the last goes on without
 * a seam: for the packets of a clock that drifts. Returns `to`.
 */
size_t stretch(float *block, size_t n, size_t to);

#endif
