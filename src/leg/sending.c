/* SPDX-License-Identifier: ISC */
#include "sending.h"

#include <stdlib.h>

/* So many packets have one smallest lag; fewer than ENOUGH show nothing. A lag that
 * changes by JUMP_US has another cause. */
enum { TOGETHER = 50, ENOUGH = 10 };
#define JUMP_US INT64_C(500000)
/* Jitter hides less. */
#define SHOWS_US INT64_C(10000)

static void
begin_lags(struct sending *s)
{
	s->least_us = s->earlier_us = INT64_MAX;
	s->count = 0;
}

static int64_t
smallest_lag(const struct sending *s)
{
	return s->least_us < s->earlier_us ? s->least_us : s->earlier_us;
}

/* Compares the lag after a change of the length with that before it. */
static void
judge_change(struct sending *s)
{
	int64_t more_us = smallest_lag(s) - s->before_us;

	s->changed = false;
	if (llabs(more_us) < llabs(more_us - s->more_us))
		s->at_once++;
	else
		s->spoken++;
}

static void
change_length(struct sending *s, const struct sending_packet *p)
{
	bool enough = s->earlier_us != INT64_MAX || s->count >= ENOUGH;

	if (s->changed && enough)
		judge_change(s);
	s->more_us = p->late_us - s->last.late_us;
	s->changed = enough && llabs(s->more_us) >= SHOWS_US;
	s->before_us = smallest_lag(s);
	begin_lags(s);
}

void
sending_take(struct sending *s, const struct sending_packet *p)
{
	int64_t step = (int32_t)(p->timestamp - s->last.timestamp);
	int64_t more_us = p->arrival_us - s->last.arrival_us -
			  step * 1000000 / (int64_t)p->hz;

	if (!s->started || llabs(more_us) > JUMP_US) {
		s->started = true;
		s->changed = false;
		s->lag_us = 0;
		begin_lags(s);
	} else {
		s->lag_us += more_us;
		if (p->ticks != s->last.ticks || p->hz != s->last.hz)
			change_length(s, p);
	}
	if (s->lag_us < s->least_us)
		s->least_us = s->lag_us;
	if (++s->count == TOGETHER) {
		if (s->changed)
			judge_change(s);
		s->earlier_us = s->least_us;
		s->least_us = INT64_MAX;
		s->count = 0;
	}
	s->last = *p;
}

bool
sending_is_at_once(const struct sending *s)
{
	return s->at_once > s->spoken;
}
