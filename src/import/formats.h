/* SPDX-License-Identifier: ISC */
#ifndef FORMATS_H
#define FORMATS_H

/* The formats of --from: one row for each in formats.c. */

#include "import.h"

struct format {
	const char *name;
	/* Adds the calls of a file; 0, or -1 with why. */
	int (*add)(struct import *im, const char *path, struct why *why);
};
extern const struct format formats[]; /* until a name is NULL */

/* The name that is nearest, or NULL where none is near. */
const char *formats_nearest(const char *name);
/* The calls of a file in that format; 0, or -1 with why. */
int formats_read(
    struct import *im, const char *format, const char *path, struct why *why);

#endif
