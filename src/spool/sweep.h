/* SPDX-License-Identifier: ISC */
#ifndef SWEEP_H
#define SWEEP_H

/*
 * The sweep of one spool: recsweep(1). It prints a line through cli.h for each
 * folder that was deleted and never uploaded, for each that could not be
 * deleted, and for each entry that does not belong into a spool.
 *
 *	struct sweep s = {.spool = &sp, .now_us = now, .keep_us = keep,
 *	    .warn_us = -1, .show = show};
 *	sweep_root(&s);
 *	for each stage: sweep_stage(&s, stage);
 *
 * The age of a folder is read from its name. If the name has no time, or a time
 * in the future, the time of its last change on disk counts. A folder in tmp/ is
 * deleted as soon as no program has it locked, but never within an hour of its
 * creation, because it is made before it is locked.
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
	int64_t warn_us; /* only show what is due within it; -1: sweep */
	bool dry_run;    /* only show what would be deleted */
	/* action: "due", "warned", "deleted"; show may be NULL */
	void (*show)(const struct sweep *s, const struct sweep_folder *f,
	    const char *action);
	/* the results */
	size_t deleted, unsent, warned;
	size_t held;                     /* due, but on hold */
	size_t folders[SPOOL_STAGES];    /* that remain */
	int64_t oldest_us[SPOOL_STAGES]; /* entry of the oldest of them */
	int status;
	char said[512]; /* the last message: not printed twice in a row */
};

/* Reports what does not belong into a spool. */
void sweep_root(struct sweep *s);
void sweep_stage(struct sweep *s, enum spool_stage stage);
/* The size of the files of a stage; opens each folder. */
uint64_t sweep_bytes(const struct sweep *s, enum spool_stage stage);

#endif
