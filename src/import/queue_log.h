/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_LOG_H
#define QUEUE_LOG_H

/*
 * Asterisk's queue_log: "epoch|uniqueid|queue|agent|event|data...". It tells of
 * the calls that are there already (by uniqueid) which queue had them, which
 * agent and since when. Source: docs.asterisk.org, "Queue Logs".
 */

#include "import.h"

#include "text.h"

/*
 * 0, or -1 with why = "file: ...". names_only: nothing but the queues of calls
 * that have none, for a source that tells the rest more exactly.
 */
int queue_log_add(
    struct import *im, const char *path, bool names_only, struct why *why);

#endif
