/* SPDX-License-Identifier: ISC */
#ifndef JOIN_FILES_H
#define JOIN_FILES_H

/*
 * recsplit --join and --check: a set of parts, from the command line or from
 * paths on standard input. Prints messages through cli.h; returns an exit status.
 */

#include <stdbool.h>

struct join_files {
	bool check; /* write nothing */
	bool nul;
	const char *output; /* directory, NULL: that of the first part */
	const char
	    *name; /* of the file, without ".mp3"; NULL: the original's */
};

int join_files(const struct join_files *o, int argc, char **argv);

#endif
