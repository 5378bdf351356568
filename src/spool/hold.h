/* SPDX-License-Identifier: ISC */
#ifndef HOLD_H
#define HOLD_H

/*
 * Calls that must not be deleted, as a court may order: neither by the sweep
 * nor after their upload. A hold is a file SPOOL/hold/ID, an INI file with
 * [hold] reason and since. It concerns the call's id, whatever stage the call
 * is in, and calls of that id that enter later.
 */

#include "spool.h"

/*
 * Keeps holds from being set while folders are removed: taken shared (false)
 * by who asks hold_has() and removes, exclusively by hold_set(). A descriptor
 * to be closed, or -1 with errno; where no hold was ever set, -1 with ENOENT.
 */
int hold_lock(const struct spool *sp, bool exclusive);

/* Durable, with an audit line, when it returns 0; -1 with why. */
int hold_set(const struct spool *sp, const char *id, const char *reason,
    int64_t now_us, struct why *why);
/* Ends a hold. 0; -1 with why, also where there is none (content). */
int hold_release(const struct spool *sp, const char *id, const char *reason,
    int64_t now_us, struct why *why);
bool hold_has(const struct spool *sp, const char *id);

struct hold {
	const char *id, *reason;
	int64_t
	    since_us; /* 0: its file cannot be read; it holds all the same */
};
/* Each hold by id, in order; 0, or -1 with why. */
int hold_each(const struct spool *sp,
    void (*each)(const struct hold *h, void *arg), void *arg, struct why *why);

#endif
