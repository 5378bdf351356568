/* SPDX-License-Identifier: ISC */
#ifndef TABLE_H
#define TABLE_H

/*
 * Records with named columns, from CSV or from JSON with an object in each
 * line, whichever the file begins as.
 *
 *	static const char *const names[] = {"uniqueid", "start", NULL};
 *	if (table_open(&t, im, path, names, NULL, &why) == 0)
 *		bad = table_each(&t, im, take, NULL, &why);
 *	... in take(): t->value[0] ("" where there is none), t->line ...
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
	struct json *json; /* the record, where it is JSON; else NULL */
	bool ended; /* false: the file ends within it, or is being written */
	/* Set after table_open(), where the columns are not sure. */
	int needed; /* a first record with so many of the names is a header */
	bool (*fits)(const struct table *t); /* does this record make sense? */
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
 * names: what is wanted, NULL-ended; "extra|eventextra" has two names. lists:
 * comma-separated names of the columns, NULL-ended; that with as many as the
 * record, and in which it fits, is taken; a single one where nothing says what
 * fits is taken for all. Without lists the first record names the columns. 0,
 * or -1 with why.
 */
int table_open(struct table *t, const struct import *im, const char *path,
    const char *const *names, const char *const *lists, struct why *why);
/* As csv_next(): -1 costs this record alone, CSV_UNREADABLE the rest. */
int table_next(struct table *t, struct why *why);
/*
 * Hands each record to `take`, which returns 0, or -1 with why. What is torn or
 * not taken is told by import_skip(), but not the last record of a file that is
 * still being written. 0, or -1 with why: the file cannot be read on, or not a
 * single record of it was taken, which is why the first was not.
 */
int table_each(struct table *t, struct import *im,
    int (*take)(
	struct import *im, const struct table *t, void *arg, struct why *why),
    void *arg, struct why *why);
void table_close(struct table *t);

#endif
