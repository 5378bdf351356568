/* SPDX-License-Identifier: ISC */
#ifndef MIXMONITOR_H
#define MIXMONITOR_H

/*
 * What Asterisk's MixMonitor (and the old Monitor) wrote, and where in the call
 * it belongs. Source: app_mixmonitor.c, measured with real calls:
 *
 * The file begins when there is sound: at once where the channel was answered
 * before, else with the first early media or the answer; with option b at the
 * bridge, with s(6) so many seconds later. It ends up to 0.1 s before
 * StopMixMonitor, or when its channel leaves its last bridge. r() is what comes
 * from the channel, t() what goes to it.
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
	int64_t answered_us;    /* when its channel was; 0: not told */
	struct recorder_run *bridged;
	size_t bridgeds;
};

void recorder_bridged(struct recorder *r, int64_t at_us, bool enters);
void recorder_free(struct recorder *r);
/*
 * The legs of a call; outbound: the side that began it is the agent's. torn: the
 * call has no end, and a file may be one that nobody closed.
 */
void recorder_legs(struct import *im, struct import_call *c, struct recorder *r,
    size_t n, bool outbound, bool torn);
/* The end of legs that only their names tell of, so exact. */
void recorder_fit_found(struct import *im, struct import_call *c,
    int64_t end_us, int64_t within_us);

#endif
