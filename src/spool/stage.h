/* SPDX-License-Identifier: ISC */
#ifndef STAGE_H
#define STAGE_H

/*
 * The loop of a program that serves one stage of the spool: takes every folder
 * that is free, oldest first, and hands it to `each`, which returns an exit
 * status and may move the folder on; then releases it. With watch it stays,
 * reacts to new folders at once, looks at all of them again every half second,
 * at one that returned EXIT_LATER less and less often, up to a minute,
 * and ends on SIGTERM or SIGINT after the folder at hand.
 *
 * Returns the worst status; EXIT_USAGE where the spool cannot be opened.
 */

#include "spool.h"
#include "stage_metrics.h"

int stage_spool(const char *path, enum spool_stage stage, bool watch,
    int (*each)(struct spool_item *it, void *arg), void *arg);

/*
 * The same by several threads, each with a folder of its own: `each` is called
 * from all of them. Figures of it are written now and then, and at the end.
 */
struct stage_work {
	const char *path;
	enum spool_stage stage;
	bool watch;
	int workers;
	int (*each)(struct spool_item *it, void *arg);
	void *arg;
	struct stage_metrics *metrics; /* NULL: none */
};
int stage_serve(const struct stage_work *work);

/* Sets a folder aside: failed/, audit log, one line; EXIT_GIVEN_UP. */
int stage_fail(struct spool_item *it, const char *reason);
/* Writes a line to the audit log: 0, or -1 after one warning. */
int stage_log(const struct spool_item *it, const char *event, const char *fmt,
    ...) __attribute__((format(printf, 3, 4)));
/* True once SIGTERM or SIGINT came. */
bool stage_stopping(void);

#endif
