/* SPDX-License-Identifier: ISC */
#ifndef STORED_CHECK_H
#define STORED_CHECK_H

/*
 * recupload --check: checks whether everything that the audit log says was
 * uploaded is still at its destination. It uses the destination's look, which
 * compares size and hash as a delivery does, and changes nothing.
 */

#include "spool.h"
#include "upload.h"

struct stored_report {
	size_t asked, missing, differs, unknown;
	size_t by_size; /* found, but only the size was compared */
};

/*
 * Adds a line or a JSON object for each object that is missing, differs or could
 * not be checked, and with JSON one object with the counts. An exit status: 1 if
 * one is missing or differs, 75 if one could not be checked.
 */
int stored_check(const struct upload *up, const struct spool *sp,
    int64_t since_us, bool json, struct buf *out, struct stored_report *r);

#endif
