/* SPDX-License-Identifier: ISC */
#ifndef STORED_CHECK_H
#define STORED_CHECK_H

/*
 * recupload --check: is what the audit log says was stored still there? Each
 * destination is asked by its look, which compares size and hash as strongly as
 * a delivery does, and changes nothing.
 */

#include "spool.h"
#include "upload.h"

struct stored_report {
	size_t asked, missing, differs, unknown;
	size_t by_size; /* there, by their size alone */
};

/*
 * Adds a line, or a JSON object, for each that is not there as it was stored,
 * or that could not be asked for; and with JSON one with the counts. An exit
 * status: 1 where one is missing or differs, 75 where one could not be asked.
 */
int stored_check(const struct upload *up, const struct spool *sp,
    int64_t since_us, bool json, struct buf *out, struct stored_report *r);

#endif
