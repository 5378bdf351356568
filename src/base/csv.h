/* SPDX-License-Identifier: ISC */
#ifndef CSV_H
#define CSV_H

/*
 * Records of comma-separated values as RFC 4180 has them and Asterisk writes
 * them, in bounded memory. Strict: a quote within a bare field, text behind a
 * closing quote and a quote that never closes are errors. A field of JSON whose
 * quotes are escaped with a backslash (it begins with {\") is read so too. A
 * first line with tabs and no comma makes the tab the separator.
 *
 *	struct csv csv = {.file = file, .name = path};
 *	while ((got = csv_next(&csv, &why)) != 0 && got != CSV_UNREADABLE)
 *		... -1: why; else csv.field[i], csv.fields, csv.line ...
 *	csv_free(&csv);
 */

#include <stdbool.h>
#include <stdio.h>

#include "text.h"

/* Of one record, and of its fields. */
#define CSV_BYTES_MAX  65536
#define CSV_FIELDS_MAX 64

struct csv {
	FILE *file;       /* borrowed */
	const char *name; /* for messages */
	int line;         /* where the record begins, from 1 */
	size_t fields;
	const char *field[CSV_FIELDS_MAX]; /* good until the next record */
	bool ended; /* by a line end; false: by the end of the file */
	/* private */
	int lines;
	char separator;
	char *text;
	char *raw; /* bytes of the file, from the record on */
	size_t from, at, ahead;
};

/*
 * 1: a record, 0: there are no more; or with why = "file:line: ..." -1 for a
 * record that is torn, behind whose first line the next one begins, and
 * CSV_UNREADABLE for a file that cannot be read on.
 */
enum { CSV_UNREADABLE = -2 };
int csv_next(struct csv *csv, struct why *why);
/* A field, or "" where the record is shorter. */
const char *csv_field(const struct csv *csv, size_t n);
void csv_free(struct csv *csv);

#endif
