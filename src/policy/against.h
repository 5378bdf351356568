/* SPDX-License-Identifier: ISC */
#ifndef AGAINST_H
#define AGAINST_H

/*
 * recpolicy -t --against LOG: the queues of a policy that no call of a log was
 * in, which may be a typing error in a queue's name.
 */

#include "import.h"
#include "policy_read.h"

/*
 * A note for each such queue, with the nearest name that calls had. 0, or -1
 * with why: the log cannot be read.
 */
int against_log(const struct policy *p, const char *format,
    const struct import_options *o, const char *log, struct policy_notes *notes,
    struct why *why);

#endif
