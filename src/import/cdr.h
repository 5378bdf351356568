/* SPDX-License-Identifier: ISC */
#ifndef CDR_H
#define CDR_H

/*
 * Asterisk's call detail records: Master.csv of cdr-csv, or cdr_custom with its
 * columns told, or JSON with an object in each line. Records of one uniqueid
 * are one call. Times are local unless usegmtime is set, which the file does
 * not say: so --zone must. Source: cdr_csv.conf.sample and the columns' names
 * as Asterisk's CDR() function has them.
 */

#include "import.h"

#include "text.h"

int cdr_add(
    struct import *im, const char *const *path, size_t paths, struct why *why);

/* What the first record of a file has. */
struct cdr_shape {
	bool uniqueid, linkedid;
};
/* false: it is no CDR. */
bool cdr_looks(
    const struct import *im, const char *path, struct cdr_shape *shape);

#endif
