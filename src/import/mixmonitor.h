/* SPDX-License-Identifier: ISC */
#ifndef MIXMONITOR_H
#define MIXMONITOR_H

/*
 * Finds the files that Asterisk's MixMonitor (and the old Monitor) wrote, and
 * their places in the call. Source: app_mixmonitor.c, measured with real calls:
 *
 * The file begins when there is sound: at once if the channel was answered
 * before, else with the first early media or the answer; with option b at the
 * bridge, with s(6) six seconds later. It ends up to 0.1 s before
 * StopMixMonitor, or when its channel leaves its last bridge. r() is the sound
 * from the channel, t() the sound to it.
 */

#include "import.h"

struct recorder_run {
	int64_t from_us, to_us; /* to_us 0: still */
};

struct recorder {
	char *uniqueid;         /* of the recorded channel */
	char *data;             /* its arguments */
	bool monitor;           /* the old application */
	bool on_main;           /* on the channel that began the call */
	bool caller_side;       /* r() is on the side that began the call */
	int64_t from_us, to_us; /* to_us 0: still */
	int64_t answered_us;    /* when its channel was; 0: unknown */
	struct recorder_run *bridged;
	size_t bridgeds;
};

void recorder_bridged(struct recorder *r, int64_t at_us, bool enters);
void recorder_free(struct recorder *r);
/*
 * Adds the legs of a call. outbound: the side that began it is the agent's. torn:
 * the call has no end, and its files may not have been closed.
 */
void recorder_legs(struct import *im, struct import_call *c, struct recorder *r,
    size_t n, bool outbound, bool torn);
/* Sets the end of legs that were found by name, with this uncertainty. */
void recorder_fit_found(struct import *im, struct import_call *c,
    int64_t end_us, int64_t within_us);

#endif
