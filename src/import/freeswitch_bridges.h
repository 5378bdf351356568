/* SPDX-License-Identifier: ISC */
#ifndef FREESWITCH_BRIDGES_H
#define FREESWITCH_BRIDGES_H

/*
 * When a channel was bridged, and to whom. A part of the callflow has the time
 * of its last bridge alone; earlier ones of the same part are known by the CDRs
 * of the channels they led to, or else by the application that made them.
 */

#include "freeswitch_call.h"

struct bridge {
	int64_t at_us;
	int64_t asked_us; /* since when the other one was waited for */
	bool silent;      /* and nothing was played meanwhile */
	char *who;        /* the number or name of the other side */
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
