/* SPDX-License-Identifier: ISC */
#ifndef FORMATS_H
#define FORMATS_H

/* The formats of --from: one row for each in formats.c. */

#include "import.h"

struct format {
	const char *name;
	/* Adds the calls of a file; 0, or -1 with why. */
	int (*add)(struct import *im, const char *path, struct why *why);
	/* or of all files at once, as one log; else NULL */
	int (*join)(struct import *im, const char *const *path, size_t paths,
	    struct why *why);
};
extern const struct format formats[]; /* until a name is NULL */

/* The name that is nearest, or NULL where none is near. */
const char *formats_nearest(const char *name);
/* A call may be in several of its files, which are rotated logs. */
bool formats_join(const char *format);
/* The calls of files in that format; 0, or -1 with why. */
int formats_read(struct import *im, const char *format, const char *const *path,
    size_t paths, struct why *why);

#endif
