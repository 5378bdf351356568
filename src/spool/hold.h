/* SPDX-License-Identifier: ISC */
#ifndef HOLD_H
#define HOLD_H

/*
 * Holds: calls that must not be deleted, by the sweep or after their upload, for
 * instance by order of a court. A hold is an INI file SPOOL/hold/ID with the
 * section [hold] and the keys reason and since. It applies to the call with this
 * id in any stage, and to calls with this id that enter later.
 */

#include "spool.h"

/*
 * A lock, so that no hold is set while folders are removed. Take it shared
 * (false) around hold_has() and the removal; hold_set() takes it exclusively.
 * Returns a descriptor to be closed, or -1 with errno, which is ENOENT if no hold
 * was ever set.
 */
int hold_lock(const struct spool *sp, bool exclusive);

/* Sets a hold and logs it. Durable when it returns 0; -1 with why. */
int hold_set(const struct spool *sp, const char *id, const char *reason,
    int64_t now_us, struct why *why);
/* Ends a hold. 0, or -1 with why, also if there is none (then the content is at
 * fault). */
int hold_release(const struct spool *sp, const char *id, const char *reason,
    int64_t now_us, struct why *why);
bool hold_has(const struct spool *sp, const char *id);

struct hold {
	const char *id, *reason;
	int64_t since_us; /* 0: its file cannot be read; the hold is valid */
};
/* Calls each() for each hold, sorted by id. 0, or -1 with why. */
int hold_each(const struct spool *sp,
    void (*each)(const struct hold *h, void *arg), void *arg, struct why *why);

#endif
