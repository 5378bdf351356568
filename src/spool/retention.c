/* SPDX-License-Identifier: ISC */
#include "retention.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "num.h"
#include "text.h"

#define HOUR_US  INT64_C(3600000000)
#define DAY_US   (24 * HOUR_US)
#define SLACK_US HOUR_US                  /* clocks are stepped by this */
#define AHEAD_US (30 * DAY_US - SLACK_US) /* the longest time between sweeps */

int
retention_parse(const char *s, int64_t *keep_us)
{
	size_t n = strlen(s);
	bool hours = n > 1 && s[n - 1] == 'h';
	char *number =
	    text_ndup(s, n > 1 && (hours || s[n - 1] == 'd') ? n - 1 : n);
	int64_t v;
	int status = num_integer(number, 1, hours ? 87600 : 3650, &v);

	free(number);
	if (status == 0)
		*keep_us = v * (hours ? HOUR_US : DAY_US);
	return status;
}

bool
retention_due(int64_t entered_us, int64_t now_us, int64_t keep_us)
{
	return now_us - entered_us >= keep_us;
}

const char *
retention_clock_fault(const struct retention_clock *c)
{
	int64_t passed = c->now_us - c->last_us;

	if (c->last_us == 0)
		return NULL;
	if (passed < -SLACK_US)
		return "the clock is behind the last sweep's";
	if (c->same_boot) {
		/* Within one boot the kernel knows how much time has passed. */
		if (passed > c->boot_us - c->last_boot_us + DAY_US)
			return "the clock is ahead of the time since the last "
			       "sweep";
	} else if (passed > AHEAD_US) {
		return "the clock is more than 30 days after the last sweep";
	}
	return NULL;
}
