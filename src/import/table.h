/* SPDX-License-Identifier: ISC */
#ifndef TABLE_H
#define TABLE_H

/*
 * Reads records with named columns from CSV, or from JSON with an object in each
 * line; the beginning of the file shows which.
 *
 *	static const char *const names[] = {"uniqueid", "start", NULL};
 *	if (table_open(&t, im, path, names, NULL, &why) == 0)
 *		bad = table_each(&t, im, take, NULL, &why);
 *	... in take(): t->value[0] ("" if missing), t->line ...
 *	table_close(&t);
 */

#include "csv.h"
#include "import.h"

#include "text.h"

enum { TABLE_COLUMNS = 32 };

struct table {
	const char *const *names;
	const char *value[TABLE_COLUMNS];
	int line;
	struct json *json; /* the record, if it is JSON; else NULL */
	bool ended; /* false: the file ends within it, or is being written */
	/* Set these after table_open() if the order of columns is unknown. */
	int needed; /* a first record with so many of the names is a header */
	bool (*fits)(const struct table *t); /* is this record plausible? */
	/* private */
	FILE *file;
	const char *const *lists;
	struct csv csv;
	char *text;
	bool is_json, begun, headed;
	size_t fields;             /* for which column[] is */
	int column[TABLE_COLUMNS]; /* of each name; -1: none */
};

/*
 * names: the columns to get, NULL-ended; "extra|eventextra" is either name. lists:
 * orders of columns, each with comma-separated names, NULL-ended. The one that
 * has as many columns as the record, and for which fits() is true, is used; a
 * single one without fits() is used for all records. Without lists, the first
 * record has the names of the columns. 0, or -1 with why.
 */
int table_open(struct table *t, const struct import *im, const char *path,
    const char *const *names, const char *const *lists, struct why *why);
/* Returns what csv_next() does: after -1, other records can be read. */
int table_next(struct table *t, struct why *why);
/*
 * Calls take() for each record, which returns 0, or -1 with why. Records that are
 * torn or not taken are reported by import_skip(), except the last one of a file
 * that is still being written. 0, or -1 with why: the rest of the file cannot be
 * read, or no record was taken (why is that of the first).
 */
int table_each(struct table *t, struct import *im,
    int (*take)(
	struct import *im, const struct table *t, void *arg, struct why *why),
    void *arg, struct why *why);
void table_close(struct table *t);

#endif
