/* SPDX-License-Identifier: ISC */
#ifndef CEL_BOARD_H
#define CEL_BOARD_H

/*
 * Tracks which channels of Asterisk hear each other, by the rows of its CEL. A
 * bridge joins its channels; a Local channel joins the bridges at its two ends; a
 * holding bridge (parking) joins nothing. Calls can meet in a bridge, as in
 * ConfBridge, and become one, as after an attended transfer by the phone.
 *
 *	struct cel_board b = {.im = im};
 *	cel_board_take(&b, &row) ...	ended calls go to im->done
 *	cel_board_end(&b);		the others, too
 *
 * Only calls that have not ended need memory.
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
	char *recent[CEL_RECENT]; /* ended calls, for rows that come late */
	size_t finished;
	char *orphan[CEL_ORPHANS]; /* channels that may join another call */
	size_t orphans;
	int64_t now_us;
	struct cel_call **over; /* all channels ended, but no LINKEDID_END */
	size_t overs;
};

void cel_board_take(struct cel_board *b, const struct cel_row *row);
void cel_board_end(struct cel_board *b);

#endif
