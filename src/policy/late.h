/* SPDX-License-Identifier: ISC */
#ifndef LATE_H
#define LATE_H

/*
 * Finds the calls that the spool took before and that a call file is of, and
 * holds them.
 *
 *	if (late_find(&admit, &call, &bag, declined, &late, &why) == 0)
 *		for (size_t i = 0; i < late.count; i++)
 *			late_hold(&door, call.id, late.own[i], ...);
 *	late_free(&late);
 */

#include "admit.h"

/* The hashes of their ids in the spool. */
struct late {
	uint64_t *own;
	size_t count;
};
/*
 * The legs in the bag are the same as then, or they are gone and the marks of
 * the call file (proof.h) are the same. If no call has its marks, a no
 * (declined) may be of any call of its id. 0, or -1 with why.
 */
int late_find(struct admit *a, const struct call *call, struct admit_bag *bag,
    bool declined, struct late *late, struct why *why);
void late_free(struct late *late);

/*
 * `reason` is what came late to a call. If the recording is wrong by it and was
 * not uploaded, the call moves to failed/. 0 with a text, to be freed, that says
 * where the call is then; -1 with why.
 */
int late_hold(struct door *door, const char *told, uint64_t own,
    const char *reason, bool wrong, char **text, struct why *why);

#endif
