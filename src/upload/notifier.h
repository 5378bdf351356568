/* SPDX-License-Identifier: ISC */
#ifndef NOTIFIER_H
#define NOTIFIER_H

/*
 * Sends the notices in SPOOL/notice/ (notice.h) in threads of its own, and adds
 * notices for calls that any program set aside in failed/. Uploads never wait
 * for it.
 *
 *	struct notifier *n = notifier_start(&up, &sp, watch);
 *	... the recordings ...
 *	status = cli_worse(status, notifier_end(n));
 *
 * Each notice is sent at least once: its file is deleted after the answer. Only
 * one process at a time does this for a spool.
 */

#include "spool.h"
#include "upload.h"

struct notifier;
/* Borrows both. NULL: no hook is set. */
struct notifier *notifier_start(
    const struct upload *up, const struct spool *sp, bool watching);
/*
 * If watching: waits for its end after lanes_stopping(). Otherwise, waits until
 * everything that is due has been tried once. An exit status; NULL is fine.
 */
int notifier_end(struct notifier *n);

#endif
