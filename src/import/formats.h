/* SPDX-License-Identifier: ISC */
#ifndef FORMATS_H
#define FORMATS_H

/* The formats of --from by name. */

#include "import.h"

#include "text.h"

extern const char *const formats_names[];

/* The calls of a file in that format; 0, or -1 with why. */
int formats_read(
    struct import *im, const char *format, const char *path, struct why *why);

#endif
