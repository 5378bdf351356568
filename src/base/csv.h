/* SPDX-License-Identifier: ISC */
#ifndef CSV_H
#define CSV_H

/*
 * Reads comma-separated values (RFC 4180, and as Asterisk writes them), in
 * bounded memory. A quote within an unquoted field, text after a closing quote
 * and a quote that is never closed are errors. A field with JSON whose quotes
 * are escaped by a backslash (it begins with {\") is also read. If the first line
 * has tabs and no comma, the separator is the tab.
 *
 *	struct csv csv = {.file = file, .name = path};
 *	while ((got = csv_next(&csv, &why)) != 0 && got != CSV_UNREADABLE)
 *		... -1: why; else csv.field[i], csv.fields, csv.line ...
 *	csv_free(&csv);
 */

#include <stdbool.h>
#include <stdio.h>

#include "text.h"

/* The largest record, and the largest number of its fields. */
#define CSV_BYTES_MAX  65536
#define CSV_FIELDS_MAX 64

struct csv {
	FILE *file;       /* borrowed */
	const char *name; /* for messages */
	int line;         /* where the record begins, from 1 */
	size_t fields;
	const char *field[CSV_FIELDS_MAX]; /* valid until the next record */
	bool ended; /* by a newline; false: by the end of the file */
	/* private */
	int lines;
	char separator;
	char *text;
	char *raw; /* bytes of the file, from the record on */
	size_t from, at, ahead;
};

/*
 * 1: a record; 0: the end. With why = "file:line: ...", -1: the record is
 * damaged, and the next one begins after its first line; CSV_UNREADABLE: the
 * rest of the file cannot be read.
 */
enum { CSV_UNREADABLE = -2 };
int csv_next(struct csv *csv, struct why *why);
/* A field, or "" if the record has fewer. */
const char *csv_field(const struct csv *csv, size_t n);
void csv_free(struct csv *csv);

#endif
