/* SPDX-License-Identifier: ISC */
#ifndef AGAINST_H
#define AGAINST_H

/*
 * recpolicy -t --against LOG: finds the queues of a policy that no call of a log
 * was in. Their names may have a typing error.
 */

#include "import.h"
#include "policy_read.h"

/*
 * Adds a note for each such queue, with the most similar name in the log. 0, or
 * -1 with why: the log cannot be read, or has no call.
 */
int against_log(const struct policy *p, const char *format,
    const struct import_options *o, const char *log, struct policy_notes *notes,
    struct why *why);

#endif
