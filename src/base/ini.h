/* SPDX-License-Identifier: ISC */
#ifndef RECTOOLS_INI_H
#define RECTOOLS_INI_H

/*
 * Reads INI text with inih into a document (doc.h).
 *
 * Besides what inih does: a line that inih would cut in two, a key outside a
 * section, a NUL byte and text that is neither section nor key are errors with
 * file:line; indented lines are keys like all others, not continuations; and
 * section names may be as long as the line.
 *
 * All return 0, or -1 with why. The document is freed on error.
 */

#include <stdio.h>

#include "doc.h"

#include "text.h"

/* Of one document; with it memory is bounded, whatever is read. */
#define INI_LINES_MAX 50000

/* "-" is standard input. */
int ini_read(struct doc *doc, const char *path, struct why *why);
/* What is left of a stream; `name` is for messages. */
int ini_read_stream(
    struct doc *doc, FILE *file, const char *name, struct why *why);
/* The file `name` in an open directory, never through a link. */
int ini_read_at(struct doc *doc, int dirfd, const char *name,
    const char *shown_as, struct why *why);

/*
 * Several documents one after the other, each beginning with [call], as
 * recpolicy prints plans: {file, name} to begin; each call reads the next.
 * 1: one was read, 0: there are no more, -1: why.
 */
struct ini_stream {
	FILE *file;       /* borrowed */
	const char *name; /* for messages */
	int line;         /* lines read so far */
	char *pushed;     /* private: the [call] line of the next document */
};
int ini_next(struct ini_stream *cs, struct doc *doc, struct why *why);

#endif
