/* SPDX-License-Identifier: ISC */
#ifndef NOTIFIER_H
#define NOTIFIER_H

/*
 * Tells what lies in SPOOL/notice/, on threads of its own, and takes there what
 * was set aside in failed/, by whatever program. Recordings never wait for it.
 *
 *	struct notifier *n = notifier_start(&up, &sp, watch);
 *	... the recordings ...
 *	status = cli_worse(status, notifier_end(n));
 *
 * Each notice is told at least once: its file goes after the answer. One
 * process at a time does this for a spool; another one leaves it alone.
 */

#include "spool.h"
#include "upload.h"

struct notifier;
/* Borrows both. NULL: nobody is to be told anything. */
struct notifier *notifier_start(
    const struct upload *up, const struct spool *sp, bool watching);
/*
 * Watching: stops it, as lanes_stopping() has it. Else everything that is due
 * has been tried once when it returns. An exit status; NULL is fine.
 */
int notifier_end(struct notifier *n);

#endif
