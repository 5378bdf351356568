/* SPDX-License-Identifier: ISC */
#include "zone.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "guard.h"
#include "io.h"
#include "mem.h"

enum { FILE_MAX = 1 << 18, HEAD = 44, TYPE = 6, DAY_S = 86400 };

/* When clocks change in a year: RFC 8536, 3.3, and POSIX's TZ. */
struct zone_change {
	char form; /* 'M': month.week.day; 'J': no 29 February; 'N': from 0 */
	int month, week, day;
	int at_s; /* local time */
};

struct zone {
	size_t count;
	int64_t *from_s; /* ascending, since 1970 */
	int32_t *offset_s;
	int32_t first_s; /* before all of them */
	/* After the last change. */
	bool has_rule, has_summer;
	int standard_s, summer_s;
	struct zone_change begin, end;
};

/* ---- the rule ---- */

static bool
take_zone_number(const char **s, int most, int *out)
{
	int v = 0;

	if (!isdigit((unsigned char)**s))
		return false;
	for (; isdigit((unsigned char)**s) && v <= most; (*s)++)
		v = v * 10 + (**s - '0');
	*out = v;
	return v <= most;
}

static bool
take_char(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

/* "-3", "+01:30", "167:00:00" */
static bool
take_zone_time(const char **s, int *seconds)
{
	bool minus = take_char(s, '-');
	int h, m = 0, sec = 0;

	if (!minus)
		(void)take_char(s, '+');
	if (!take_zone_number(s, 167, &h))
		return false;
	if (take_char(s, ':') && !take_zone_number(s, 59, &m))
		return false;
	if (take_char(s, ':') && !take_zone_number(s, 59, &sec))
		return false;
	*seconds = (h * 60 + m) * 60 + sec;
	if (minus)
		*seconds = -*seconds;
	return true;
}

/* "CET" or "<+03>": the name is ignored. */
static bool
skip_name(const char **s)
{
	const char *begin = *s;

	if (take_char(s, '<')) {
		*s += strcspn(*s, ">");
		return take_char(s, '>');
	}
	while (isalpha((unsigned char)**s))
		(*s)++;
	return *s - begin >= 3;
}

/* ",M10.5.0/3" */
static bool
take_change(const char **s, struct zone_change *c)
{
	*c = (struct zone_change){.form = 'N', .at_s = 2 * 3600};
	if (!take_char(s, ','))
		return false;
	if (take_char(s, 'M')) {
		c->form = 'M';
		if (!take_zone_number(s, 12, &c->month) || !take_char(s, '.') ||
		    !take_zone_number(s, 5, &c->week) || !take_char(s, '.') ||
		    !take_zone_number(s, 6, &c->day) || !c->month || !c->week)
			return false;
	} else {
		if (take_char(s, 'J'))
			c->form = 'J';
		if (!take_zone_number(s, 365, &c->day) ||
		    (c->form == 'J' && c->day == 0))
			return false;
	}
	return !take_char(s, '/') || take_zone_time(s, &c->at_s);
}

/* "CET-1CEST,M3.5.0,M10.5.0/3"; POSIX counts west of Greenwich. */
static bool
take_zone_rule(const char *s, struct zone *z)
{
	int west;

	if (!skip_name(&s) || !take_zone_time(&s, &west))
		return false;
	z->has_rule = true;
	z->standard_s = -west;
	if (!*s)
		return true;
	if (!skip_name(&s))
		return false;
	z->has_summer = true;
	z->summer_s = z->standard_s + 3600;
	if (*s != ',') {
		if (!take_zone_time(&s, &west))
			return false;
		z->summer_s = -west;
	}
	return take_change(&s, &z->begin) && take_change(&s, &z->end) && !*s;
}

static bool
is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int64_t
day_s(int year, int month, int day) /* month and day from 0 */
{
	struct tm tm = {
	    .tm_year = year - 1900, .tm_mon = month, .tm_mday = day + 1};

	return timegm(&tm);
}

/* The n-th weekday of a month; the fifth is the last. */
static int64_t
weekday_s(int year, const struct zone_change *c)
{
	int64_t first = day_s(year, c->month - 1, 0);
	int64_t next = day_s(year, c->month, 0);
	int weekday = (int)((first / DAY_S % 7 + 7 + 4) % 7);
	int64_t at = first + (int64_t)((c->day - weekday + 7) % 7) * DAY_S +
		     (int64_t)(c->week - 1) * 7 * DAY_S;

	while (at >= next)
		at -= INT64_C(7) * DAY_S;
	return at;
}

/* In the local time before the change. */
static int64_t
change_s(int year, const struct zone_change *c)
{
	int day = c->day;

	if (c->form == 'M')
		return weekday_s(year, c) + c->at_s;
	/* J60 is always the first of March. */
	if (c->form == 'J')
		day += is_leap(year) && day >= 60 ? 0 : -1;
	return day_s(year, 0, 0) + (int64_t)day * DAY_S + c->at_s;
}

static int
by_rule(const struct zone *z, int64_t s)
{
	time_t local = (time_t)(s + z->standard_s);
	int64_t begin, end;
	struct tm tm;
	bool summer;

	if (!z->has_summer || !gmtime_r(&local, &tm))
		return z->standard_s;
	begin = change_s(tm.tm_year + 1900, &z->begin) - z->standard_s;
	end = change_s(tm.tm_year + 1900, &z->end) - z->summer_s;
	summer = begin < end ? s >= begin && s < end : s >= begin || s < end;
	return summer ? z->summer_s : z->standard_s;
}

/* ---- the file ---- */

struct zone_part {
	size_t utcs, standards, leaps, times, types, chars;
	const unsigned char *data;
	size_t bytes;
};

static int64_t
big_endian(const unsigned char *p, int bytes)
{
	uint64_t v = bytes == 4 && p[0] & 0x80 ? UINT64_MAX : 0;

	for (int i = 0; i < bytes; i++)
		v = v << 8 | p[i];
	return (int64_t)v;
}

/* Parses a header and its data, whose times have `width` bytes. */
static bool
take_part(
    const unsigned char **p, size_t *left, size_t width, struct zone_part *d)
{
	size_t *count[] = {&d->utcs, &d->standards, &d->leaps, &d->times,
	    &d->types, &d->chars};

	if (*left < HEAD || memcmp(*p, "TZif", 4) != 0 || (*p)[4] < '2')
		return false;
	for (int i = 0; i < 6; i++) {
		int64_t n = big_endian(*p + 20 + (ptrdiff_t)4 * i, 4);

		if (n < 0 || n > FILE_MAX)
			return false;
		*count[i] = (size_t)n;
	}
	d->data = *p + HEAD;
	d->bytes = d->times * (width + 1) + d->types * TYPE + d->chars +
		   d->leaps * (width + 4) + d->standards + d->utcs;
	if (d->types == 0 || d->bytes > *left - HEAD)
		return false;
	*p += HEAD + d->bytes;
	*left -= HEAD + d->bytes;
	return true;
}

static bool
take_zone_times(const struct zone_part *d, struct zone *z)
{
	const unsigned char *type = d->data + d->times * 8;
	const unsigned char *offset = type + d->times;

	z->count = d->times;
	z->from_s = mem_alloc((d->times + 1) * sizeof *z->from_s);
	z->offset_s = mem_alloc((d->times + 1) * sizeof *z->offset_s);
	z->first_s = (int32_t)big_endian(offset, 4);
	for (size_t i = 0; i < d->times; i++) {
		if (type[i] >= d->types)
			return false;
		z->from_s[i] = big_endian(d->data + 8 * i, 8);
		z->offset_s[i] =
		    (int32_t)big_endian(offset + (size_t)type[i] * TYPE, 4);
		if (i > 0 && z->from_s[i] <= z->from_s[i - 1])
			return false;
	}
	return true;
}

/* The data comes twice, with times of 4 and of 8 bytes, then the rule in a
 * line. */
static bool
parse_tzif(const unsigned char *p, size_t left, struct zone *z)
{
	struct zone_part old, part;
	char *rule;
	size_t n;
	bool good;

	if (!take_part(&p, &left, 4, &old) || !take_part(&p, &left, 8, &part) ||
	    !take_zone_times(&part, z) || left < 2 || p[0] != '\n' ||
	    p[left - 1] != '\n')
		return false;
	n = left - 2;
	if (n == 0)
		return true;
	rule = text_ndup((const char *)p + 1, n);
	good = take_zone_rule(rule, z);
	free(rule);
	return good;
}

static bool
is_name(const char *name)
{
	for (const char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("_+-/", *c))
			return false;
	return *name && *name != '/';
}

static int
read_zone_file(const char *path, struct zone *z, struct why *why)
{
	int fd = guard_open(path, FILE_MAX, why);
	unsigned char *data;
	ssize_t n;
	int status = 0;

	if (fd < 0)
		return -1;
	data = mem_alloc(FILE_MAX);
	n = io_read(fd, data, FILE_MAX);
	if (n < 0)
		status = why_errno(why, "%s", path);
	else if (!parse_tzif(data, (size_t)n, z))
		status = why_set(why, "%s: not a time zone", path);
	free(data);
	(void)close(fd);
	return status;
}

struct zone *
zone_open(const char *name, struct why *why)
{
	const char *dir = getenv("TZDIR");
	struct zone *z;
	char *path;
	int status = 0;

	if (!is_name(name)) {
		(void)why_set(
		    why, "'%.60s' is not the name of a time zone", name);
		return NULL;
	}
	z = mem_alloc(sizeof *z);
	*z = (struct zone){0};
	path = text_format(
	    "%s/%s", dir && *dir ? dir : "/usr/share/zoneinfo", name);
	if (strcmp(name, "UTC") != 0)
		status = read_zone_file(path, z, why);
	free(path);
	if (status == 0)
		return z;
	zone_free(z);
	return NULL;
}

void
zone_free(struct zone *z)
{
	if (!z)
		return;
	free(z->from_s);
	free(z->offset_s);
	free(z);
}

int
zone_offset_s(const struct zone *z, int64_t us)
{
	int64_t s = us / 1000000 - (us % 1000000 < 0);
	size_t low = 0, high = z->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (z->from_s[mid] <= s)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == z->count && z->has_rule)
		return by_rule(z, s);
	return low > 0 ? z->offset_s[low - 1] : z->first_s;
}

int64_t
zone_local_us(const struct zone *z, int64_t us)
{
	return us + zone_offset_s(z, us) * INT64_C(1000000);
}
