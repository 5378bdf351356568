/* SPDX-License-Identifier: ISC */
#ifndef TABLE_H
#define TABLE_H

/*
 * Records with named columns, from CSV or from JSON with an object in each
 * line, whichever the file begins as.
 *
 *	static const char *const names[] = {"uniqueid", "start", NULL};
 *	if (table_open(&t, path, names, NULL, &why) == 0)
 *		while ((got = table_next(&t, &why)) > 0)
 *			... t.value[0] ("" where there is none), t.line ...
 *	table_close(&t);
 */

#include "csv.h"

#include "text.h"

enum { TABLE_COLUMNS = 32 };

struct table {
	const char *const *names;
	const char *value[TABLE_COLUMNS];
	int line;
	struct json *json; /* the record, where it is JSON; else NULL */
	/* private */
	FILE *file;
	const char *const *lists;
	struct csv csv;
	char *text;
	bool is_json, headed;
	char number[TABLE_COLUMNS][24];
	int column[TABLE_COLUMNS]; /* of each name; -1: none */
};

/*
 * names: what is wanted, NULL-ended. lists: comma-separated names of the
 * columns, NULL-ended; that with as many as the first record counts, else the
 * first. Without lists the first record names the columns. 0, or -1 with why.
 */
int table_open(struct table *t, const char *path, const char *const *names,
    const char *const *lists, struct why *why);
/* 1: a record, 0: there are no more, -1: why. */
int table_next(struct table *t, struct why *why);
void table_close(struct table *t);

#endif
