/* SPDX-License-Identifier: ISC */
#ifndef FORMATS_H
#define FORMATS_H

/* The formats of --from: one row for each in formats.c. */

#include "import.h"

struct format {
	const char *name;
	/* Adds the calls of a file. 0, or -1 with why. */
	int (*add)(struct import *im, const char *path, struct why *why);
	/* The same of all files, as one log; or NULL. */
	int (*join)(struct import *im, const char *const *path, size_t paths,
	    struct why *why);
};
extern const struct format formats[]; /* ends with a name of NULL */

/* The most similar name, or NULL if none is similar. */
const char *formats_nearest(const char *name);
/* True if the files are read as one log, because they may be rotated ones. */
bool formats_join(const char *format);
/* Adds the calls of files in that format. 0, or -1 with why. */
int formats_read(struct import *im, const char *format, const char *const *path,
    size_t paths, struct why *why);

#endif
