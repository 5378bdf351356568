/* SPDX-License-Identifier: ISC */
#include "hours.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

enum { DAYS = 7, DAY_MIN = 1440 };

struct hours_span {
	int first, last; /* days, 0 is Monday; Sunday to Monday is 6 to 0 */
	int from, to;    /* minutes of a day */
};

static const char *
skip_spaces(const char *s)
{
	return s + strspn(s, " \t");
}

static int
take_day(const char **s)
{
	static const char names[DAYS][4] = {
	    "mon", "tue", "wed", "thu", "fri", "sat", "sun"};

	for (int i = 0; i < DAYS; i++)
		if (strncasecmp(*s, names[i], 3) == 0) {
			*s += 3;
			return i;
		}
	return -1;
}

/* "8:00", "24:00", in minutes; -1: it is none. */
static int
take_hour(const char **s)
{
	int part[2] = {0, 0};

	for (int i = 0; i < 2; i++) {
		const char *begin = *s;

		for (; isdigit((unsigned char)**s) && *s - begin < 2; (*s)++)
			part[i] = part[i] * 10 + (**s - '0');
		if (*s == begin || (i == 1 && *s - begin != 2))
			return -1;
		if (i == 0 && *(*s)++ != ':')
			return -1;
	}
	if (part[1] > 59 || part[0] * 60 + part[1] > DAY_MIN)
		return -1;
	return part[0] * 60 + part[1];
}

static bool
take_span(const char **s, struct hours_span *p)
{
	*p = (struct hours_span){.last = DAYS - 1};
	if (isalpha((unsigned char)**s)) {
		p->first = p->last = take_day(s);
		if (**s == '-' && p->first >= 0) {
			(*s)++;
			p->last = take_day(s);
		}
		if (p->last < 0 || (**s != ' ' && **s != '\t'))
			return false;
		*s = skip_spaces(*s);
	}
	p->from = take_hour(s);
	if (p->from < 0 || *(*s)++ != '-')
		return false;
	p->to = take_hour(s);
	return p->to >= 0 && p->from != p->to && p->from < DAY_MIN;
}

static bool
has_day(const struct hours_span *p, int day)
{
	return (day - p->first + DAYS) % DAYS <=
	       (p->last - p->first + DAYS) % DAYS;
}

static bool
has_minute(const struct hours_span *p, int day, int minute)
{
	if (p->from < p->to)
		return has_day(p, day) && minute >= p->from && minute < p->to;
	return (has_day(p, day) && minute >= p->from) ||
	       (has_day(p, (day + DAYS - 1) % DAYS) && minute < p->to);
}

/* Is it good, and has it this minute of this day? */
static bool
read_spans(const char *s, int day, int minute, bool *has)
{
	struct hours_span p;

	*has = strcasecmp(s, "always") == 0;
	if (*has)
		return true;
	for (;;) {
		s = skip_spaces(s);
		if (!take_span(&s, &p))
			return false;
		*has = *has || has_minute(&p, day, minute);
		s = skip_spaces(s);
		if (!*s)
			return true;
		if (*s++ != ',')
			return false;
	}
}

bool
hours_are_good(const char *text)
{
	bool has;

	return read_spans(text, 0, 0, &has);
}

bool
hours_have(const char *text, int64_t local_us)
{
	int64_t s = local_us / 1000000 - (local_us % 1000000 < 0);
	int64_t minutes = s / 60 - (s % 60 < 0);
	int64_t day = minutes / DAY_MIN - (minutes % DAY_MIN < 0);
	bool has;

	/* 1970 began on a Thursday. */
	return read_spans(text, (int)(((day + 3) % DAYS + DAYS) % DAYS),
		   (int)(minutes - day * DAY_MIN), &has) &&
	       has;
}

bool
hours_forget_days(const char *text)
{
	bool days = false;

	for (const char *s = text; s; s = strchr(s, ',')) {
		s += strspn(s, ", \t");
		if (isalpha((unsigned char)*s))
			days = true;
		else if (days)
			return hours_are_good(text);
	}
	return false;
}
