/* SPDX-License-Identifier: ISC */
#ifndef LIVE_H
#define LIVE_H

/*
 * Decides a call while it is in progress: reads lines with events and writes
 * lines for the PBX, see --live in recpolicy(1). It uses no files and no clock.
 *
 *	live_begin(&l, &policy, &call, started_us, &out);
 *	live_line(&l, line, now_us, &out, &why) ...	to the end of input
 *	live_end(&l, now_us, &out);
 *	... l.decision ...
 *	live_free(&l);
 *
 * Every answer ends with a line that begins with "ok" or "error". The rest of an
 * "ok" line is the event as it was accepted. A call file with these lines as its
 * [events] gives the same recording afterwards.
 */

#include "decide.h"

#include "text.h"

/* The most events of a call; more are refused, so that memory is limited. */
#define LIVE_EVENTS_MAX 100000
/*
 * An event may be late, but not in the future: with milliseconds instead of
 * seconds every later event would be in the future as well.
 */
#define LIVE_AHEAD_US INT64_C(300000000)

struct live {
	struct decision decision;
	int64_t started_us;
	size_t actions, messages; /* sent so far */
	unsigned joins;           /* of third parties, that were answered */
	int lines;
	size_t events;
	bool asked;           /* for permission */
	bool ask_third;       /* again, because the message failed */
	int button;           /* last sent: 1 on, 0 off, -1 not yet */
	bool ended, by_clock; /* the last event had no time of its own */
};

void live_begin(struct live *l, const struct policy *policy,
    const struct call *call, int64_t started_us, struct buf *out);
/*
 * Handles a line without its newline, which is modified. length: what io_line()
 * returned; it is more than the line has if the line was too long. 0, or -1 with
 * why if it is not an event. The answer is in `out` in both cases. A blank line or
 * a comment has no answer.
 */
int live_line(struct live *l, char *line, size_t length, int64_t now_us,
    struct buf *out, struct why *why);
/* The end of the input. It also ends the call, if that has not ended. */
void live_end(struct live *l, int64_t now_us, struct buf *out);
void live_free(struct live *l);

#endif
