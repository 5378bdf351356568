/* SPDX-License-Identifier: ISC */
#ifndef LIVE_H
#define LIVE_H

/*
 * A call judged while it goes on: lines of text in, lines for the PBX out, as
 * recpolicy(1) describes them under --live. No files and no clock.
 *
 *	live_begin(&l, &policy, &call, started_us, &out);
 *	live_line(&l, line, now_us, &out, &why) ...	to the end of input
 *	live_end(&l, now_us, &out);
 *	... l.decision ...
 *	live_free(&l);
 *
 * Every answer ends in a line that begins with "ok" or "error"; what follows
 * "ok" is the event as it was taken, to be appended to the call's [events]:
 * judged afterwards with these the call gives the same recording.
 */

#include "decide.h"

#include "text.h"

/* Of one call; more are refused, so that a mad peer cannot fill the memory. */
#define LIVE_EVENTS_MAX 100000
/*
 * An event can come late, but not from the future: milliseconds that are taken
 * for seconds would push every later event there.
 */
#define LIVE_AHEAD_US INT64_C(300000000)

struct live {
	struct decision decision;
	int64_t started_us;
	size_t actions, messages; /* told so far */
	unsigned joins;           /* of third parties that were told */
	int lines;
	size_t events;
	bool asked;           /* for permission */
	bool ask_third;       /* again, whose message has failed */
	int button;           /* as told: 1 on, 0 off, -1 not yet */
	bool ended, by_clock; /* the last event had no time of its own */
};

void live_begin(struct live *l, const struct policy *policy,
    const struct call *call, int64_t started_us, struct buf *out);
/*
 * A line without its end, which is written into; `length` as io_line() told
 * it, which is more than what stands there for one too long. 0, or -1 with why for one
 * that is no event; the answer is in `out` in any case. A blank line or a
 * comment has none.
 */
int live_line(struct live *l, char *line, size_t length, int64_t now_us,
    struct buf *out, struct why *why);
/* The input is at its end, and so is the call if it was not before. */
void live_end(struct live *l, int64_t now_us, struct buf *out);
void live_free(struct live *l);

#endif
