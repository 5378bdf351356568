/* SPDX-License-Identifier: ISC */
#ifndef SWEEP_H
#define SWEEP_H

/*
 * The sweep of one spool: recsweep(1). It speaks through cli.h: a line for
 * each folder that went and was never uploaded, for each that could not go,
 * and for each entry that is nobody's.
 *
 *	struct sweep s = {.spool = &sp, .now_us = now, .keep_us = keep,
 *	    .warn_us = -1, .show = show};
 *	sweep_root(&s);
 *	for each stage: sweep_stage(&s, stage);
 *
 * The age of a folder is read from its name. Where the name has no time, or
 * one that is to come, the time of its last change on disk counts. In tmp/ a
 * folder goes as soon as no program holds it, but not in the hour in which it
 * was made: it is made before it is held.
 */

#include "spool.h"

struct sweep_folder {
	enum spool_stage stage;
	const char *name, *id; /* id "-": has none */
	int64_t entered_us;
};

struct sweep {
	const struct spool *spool;
	int64_t now_us, keep_us;
	int64_t warn_us; /* only show what is due so much later; -1: sweep */
	bool dry_run;    /* only show what would go */
	/* action: "due", "warned", "deleted" (before it is told, may be NULL) */
	void (*show)(const struct sweep *s, const struct sweep_folder *f,
	    const char *action);
	/* what came of it */
	size_t deleted, unsent, warned;
	size_t held;                     /* due, and kept for a hold */
	size_t folders[SPOOL_STAGES];    /* that stay */
	int64_t oldest_us[SPOOL_STAGES]; /* entry of the oldest of them */
	int status;
	char said[512]; /* the last trouble: not said twice in a row */
};

/* Tells of what does not belong into a spool. */
void sweep_root(struct sweep *s);
void sweep_stage(struct sweep *s, enum spool_stage stage);
/* Of the files in a stage's folders; each folder has to be opened for that. */
uint64_t sweep_bytes(const struct sweep *s, enum spool_stage stage);

#endif
