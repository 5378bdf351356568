/* SPDX-License-Identifier: ISC */
#ifndef CDR_H
#define CDR_H

/*
 * Reads Asterisk's call detail records: Master.csv of cdr-csv, cdr_custom with
 * --columns, or JSON with an object in each line. Records with the same uniqueid
 * are one call. Times are local unless usegmtime is set; the file does not say
 * which, so --zone must. Source: cdr_csv.conf.sample, and the names of the
 * columns in Asterisk's CDR() function.
 */

#include "import.h"

#include "text.h"

int cdr_add(
    struct import *im, const char *const *path, size_t paths, struct why *why);

/* The columns that the first record of a file has. */
struct cdr_shape {
	bool uniqueid, linkedid;
};
/* False: it is not a CDR. */
bool cdr_looks(
    const struct import *im, const char *path, struct cdr_shape *shape);

#endif
