/* SPDX-License-Identifier: ISC */
#ifndef STAGE_H
#define STAGE_H

/*
 * The loop of a program that serves one stage of the spool. It takes each folder
 * that is not locked, oldest first, calls each(), which returns an exit status
 * and may move the folder, and releases it.
 *
 * With watch it keeps running until SIGTERM or SIGINT, and then finishes the
 * current folder. It reacts to new folders at once, and looks at all of them
 * every half second, but at one that returned EXIT_LATER less and less often,
 * at least once a minute.
 *
 * Returns the worst status; EXIT_USAGE if the spool cannot be opened.
 */

#include "spool.h"
#include "stage_metrics.h"

int stage_spool(const char *path, enum spool_stage stage, bool watch,
    int (*each)(struct spool_item *it, void *arg), void *arg);

/*
 * The same with several threads: each() is called from all of them, for
 * different folders. Metrics are written repeatedly and at the end.
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

/* Moves a folder to failed/, with a line in the audit log and a message. Returns
 * EXIT_GIVEN_UP. */
int stage_fail(struct spool_item *it, const char *reason);
/* Writes a line to the audit log. 0, or -1 after a message. */
int stage_log(const struct spool_item *it, const char *event, const char *fmt,
    ...) __attribute__((format(printf, 3, 4)));
/* True after SIGTERM or SIGINT. */
bool stage_stopping(void);

#endif
