/* SPDX-License-Identifier: ISC */
#include "disorder.h"

#include <stdlib.h>

#include "order.h"
#include "tape.h"

/* How far a packet may be from where its timestamp places it. */
#define NEAR_US (TAPE_BACK_US / 2)

void
disorder_time(struct disorder *d, int64_t us)
{
	if (!d->any)
		d->highest_us = us;
	else if (d->last_us - us > TAPE_BACK_US) {
		d->steps++;
		if (d->opened == DISORDER_OPEN)
			d->set_back = true; /* nothing tells in time */
		else
			d->open[d->opened++] = d->steps;
	}
	d->any = true;
	d->last_us = us;
	if (us > d->highest_us)
		d->highest_us = us;
	if (d->highest_us - us > d->most_us)
		d->most_us = d->highest_us - us;
}

void
disorder_stream(struct disorder *d, struct disorder_mark *mark, int64_t us,
    uint32_t stamp, unsigned hz, bool newest)
{
	int64_t moved = us - mark->us;
	int64_t due = (int64_t)(int32_t)(stamp - mark->stamp) * 1000000 /
		      (int64_t)(hz ? hz : 1);

	if (mark->any && mark->steps < d->steps) {
		if (newest && moved < -NEAR_US)
			d->set_back = true;
		else if (llabs(moved - due) < NEAR_US)
			while (d->opened > 0 &&
			       d->open[d->opened - 1] > mark->steps)
				d->opened--;
	}
	if (newest)
		*mark = (struct disorder_mark){true, us, stamp, d->steps};
}

bool
disorder_found(const struct disorder *d)
{
	return d->steps > 0 && d->opened == 0 && !d->set_back &&
	       d->most_us <= ORDER_US;
}
