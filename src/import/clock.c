/* SPDX-License-Identifier: ISC */
#include "import.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "num.h"
#include "text.h"
#include "when.h"

int
import_epoch(const char *text, int64_t *us)
{
	/* num_seconds() accepts at most 10^9 s. */
	char *dot = strchr(text, '.');
	char *whole =
	    text_ndup(text, dot ? (size_t)(dot - text) : strlen(text));
	int64_t s = 0, part = 0;
	int bad = num_integer(whole, 0, 9000000000000, &s);

	free(whole);
	if (bad == 0 && dot) {
		char *fraction = text_format("0%s", dot);
		bad = num_seconds(fraction, &part);
		free(fraction);
	}
	*us = s * 1000000 + part;
	return bad;
}

/* The time at which a clock of this zone shows these fields, or -1. */
static time_t
shown_by_clock(const struct tm *fields, int summer)
{
	struct tm tm = *fields, back;
	time_t t;

	tm.tm_isdst = summer;
	t = mktime(&tm);
	if (t == (time_t)-1 || !localtime_r(&t, &back) ||
	    back.tm_hour != fields->tm_hour || back.tm_min != fields->tm_min)
		return (time_t)-1;
	return t;
}

/*
 * Read as if it were UTC for its fields, which are then this machine's. Where
 * the clock is put back it shows them twice.
 */
static int
local_times(int64_t utc_us, int64_t us[2])
{
	struct tm tm;
	time_t t = (time_t)(utc_us / 1000000), at[2];
	int count = 0;

	if (!gmtime_r(&t, &tm))
		return 0;
	at[0] = shown_by_clock(&tm, 1);
	at[1] = shown_by_clock(&tm, 0);
	if (at[0] == (time_t)-1 && at[1] == (time_t)-1)
		at[0] = shown_by_clock(&tm, -1);
	if (at[0] == (time_t)-1 || at[0] == at[1])
		at[0] = at[1], at[1] = (time_t)-1;
	for (int i = 0; i < 2; i++)
		if (at[i] != (time_t)-1)
			us[count++] =
			    (int64_t)at[i] * 1000000 + utc_us % 1000000;
	if (count == 2 && us[1] < us[0]) {
		int64_t later = us[0];
		us[0] = us[1];
		us[1] = later;
	}
	return count;
}

int
import_times(const struct import_options *o, const char *text, int64_t us[2])
{
	bool local = o->zone && strcmp(o->zone, "local") == 0;
	const char *zone = !o->zone                           ? NULL
			   : local || !strcmp(o->zone, "utc") ? "Z"
							      : o->zone;
	char *full;
	int64_t utc_us;
	int bad;

	if (import_epoch(text, &us[0]) == 0 || when_parse(text, &us[0]) == 0)
		return 1;
	if (!zone)
		return 0;
	full = text_format("%s%s", text, zone);
	bad = when_parse(full, &utc_us);
	free(full);
	if (bad)
		return 0;
	us[0] = utc_us;
	return local ? local_times(utc_us, us) : 1;
}

int
import_time(const struct import_options *o, const char *text, int64_t *us)
{
	return import_time_after(o, text, INT64_MIN, us);
}

int
import_time_after(const struct import_options *o, const char *text,
    int64_t after_us, int64_t *us)
{
	/* Records of one moment may be written in another order. */
	const int64_t slack_us = 60 * INT64_C(1000000);
	int64_t found[2] = {0, 0};
	int count = import_times(o, text, found);

	if (count == 0)
		return -1;
	*us =
	    found[count == 2 && after_us > 0 && found[0] < after_us - slack_us];
	return 0;
}
