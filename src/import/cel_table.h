/* SPDX-License-Identifier: ISC */
#ifndef CEL_TABLE_H
#define CEL_TABLE_H

/*
 * Reads a channel event log as a table: CSV with a header or in one of the orders
 * of cel_custom.conf.sample, or JSON. Values are t->value[CEL_TYPE] ...
 *
 *	struct table t;
 *	if (cel_table_open(&t, im, path, &why) == 0)
 *		got = table_next(&t, &why);
 *	table_close(&t);
 */

#include "table.h"

enum cel_column {
	CEL_TYPE,
	CEL_TIME,
	CEL_CHANNEL,
	CEL_UNIQUEID,
	CEL_LINKEDID,
	CEL_NEEDED,
	CEL_EXTRA = CEL_NEEDED,
	CEL_APP,
	CEL_DATA,
	CEL_USER_TYPE,
	CEL_NUMBER,
	CEL_DNID,
	CEL_EXTEN,
	CEL_CONTEXT
};

/* 0, or -1 with why. Close it in either case. */
int cel_table_open(struct table *t, const struct import *im, const char *path,
    struct why *why);

#endif
