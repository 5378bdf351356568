/* SPDX-License-Identifier: ISC */
#ifndef FINISHED_H
#define FINISHED_H

/*
 * Finds the finished recordings in a directory and below, by the ids of their
 * calls: files that a ticket names (NAME.ini beside NAME.mp3, ticket.ini of a
 * spool), files that recupload's metadata names (NAME.json or NAME.vcon), and MP3s
 * whose ID3 tag has the id.
 */

#include <stdint.h>

#include "text.h"

struct finished_file {
	char *id, *path;
	char *doubt;  /* of its ticket or metadata; or NULL */
	char *sha256; /* of the MP3, as they say; or NULL */
};
struct finished {
	struct finished_file *file; /* by id, then path; each path once */
	size_t files;
};
/* Other files are ignored. 0, or -1 with why. */
int finished_read(struct finished *f, const char *dir, struct why *why);
void finished_free(struct finished *f);
/* The first recording of a call; *count: how many there are, in a row. */
const struct finished_file *finished_of(
    const struct finished *f, const char *id, size_t *count);

#endif
