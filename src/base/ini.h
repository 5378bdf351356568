/* SPDX-License-Identifier: ISC */
#ifndef RECTOOLS_INI_H
#define RECTOOLS_INI_H

/*
 * Reads INI text with inih into a document (doc.h).
 *
 * In addition to inih: a line that inih would split, a key outside a section, a
 * NUL byte and text that is neither section nor key are errors with file:line.
 * An indented line is a key like any other, not a continuation. A section name
 * may be as long as the line.
 *
 * All return 0, or -1 with why. The document is freed on error.
 */

#include <stdio.h>

#include "doc.h"
#include "hash.h"

#include "text.h"

/* The largest number of lines of a document, so that memory is bounded. */
#define INI_LINES_MAX 50000
/* More than that many lines of DOC_LINE_MAX can have. */
#define INI_BYTES_MAX (16 << 20)

/* "-" is standard input. */
int ini_read(struct doc *doc, const char *path, struct why *why);
/* The same, with the SHA-256 of the file. */
int ini_read_hashed(struct doc *doc, const char *path, char hex[HASH_HEX_SIZE],
    struct why *why);
/* Reads the rest of a stream; `name` is for messages. */
int ini_read_stream(
    struct doc *doc, FILE *file, const char *name, struct why *why);
/* The file `name` in an open directory, never through a link. */
int ini_read_at(struct doc *doc, int dirfd, const char *name,
    const char *shown_as, struct why *why);

/*
 * Reads several documents in one stream, each beginning with [call], as
 * recpolicy prints plans. Begin with {file, name}; each call reads the next
 * document. 1: it was read, 0: the end, -1 with why.
 */
struct ini_stream {
	FILE *file;       /* borrowed */
	const char *name; /* for messages */
	int line;         /* lines read so far */
	char *pushed;     /* private: the [call] line of the next document */
};
int ini_next(struct ini_stream *cs, struct doc *doc, struct why *why);

#endif
