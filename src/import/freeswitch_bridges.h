/* SPDX-License-Identifier: ISC */
#ifndef FREESWITCH_BRIDGES_H
#define FREESWITCH_BRIDGES_H

/*
 * Finds when a channel was bridged, and to whom. A part of the callflow only has
 * the time of its last bridge. Earlier ones of the same part are found in the
 * CDRs of the other channels, or by the application that made them.
 */

#include "freeswitch_call.h"

struct bridge {
	int64_t at_us;
	int64_t asked_us; /* when the other channel was called */
	bool silent;      /* nothing was played from then on */
	char *who;        /* number or name of the other side */
	char *uuid;
};

struct bridges {
	struct bridge *list; /* in order of time */
	size_t count;
};

void bridges_find(
    struct bridges *all, const struct switch_record *r, struct switch_book *b);
void bridges_free(struct bridges *all);

#endif
