/* SPDX-License-Identifier: ISC */
#ifndef CEL_BOARD_H
#define CEL_BOARD_H

/*
 * Which channels of an Asterisk hear each other, row by row of its CEL. A bridge
 * joins those who are in it; a Local channel joins the bridges at its two ends;
 * a holding bridge (parking) joins nobody. Calls may meet in a bridge, as in
 * ConfBridge, and become one, as after an attended transfer by the phone.
 *
 *	struct cel_board b = {.im = im};
 *	cel_board_take(&b, &row) ...	calls that are over go to im->done
 *	cel_board_end(&b);		those that go on, too
 *
 * Memory is for the calls that go on.
 */

#include "cel_agent.h"
#include "cel_call.h"
#include "map.h"
#include "queue_log.h"

struct cel_row {
	const char *type, *user_type, *number, *dnid, *exten, *context;
	const char *channel, *app, *data, *uniqueid, *linkedid, *extra;
	int64_t at_us;
	bool hidden; /* there is a column for the number, and nothing in it */
};

enum { CEL_RECENT = 256, CEL_ORPHANS = 1024 };

struct cel_board {
	struct import *im;
	struct queue_log *log; /* or NULL */
	struct map chan, call, bridge;
	struct cel_members members;
	char *recent[CEL_RECENT]; /* calls that are over: late rows */
	size_t finished;
	char *orphan[CEL_ORPHANS]; /* channels that may go on in another call */
	size_t orphans;
	int64_t now_us;
	struct cel_call **over; /* every channel has ended, no LINKEDID_END */
	size_t overs;
};

void cel_board_take(struct cel_board *b, const struct cel_row *row);
void cel_board_end(struct cel_board *b);

#endif
