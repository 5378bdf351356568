/* SPDX-License-Identifier: ISC */
#include "when.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int
digits(const char **s, int count, int *out)
{
	int v = 0;

	for (int i = 0; i < count; i++, (*s)++) {
		if (!isdigit((unsigned char)**s))
			return -1;
		v = v * 10 + (**s - '0');
	}
	*out = v;
	return 0;
}

/*
 * Parses the fields of a date and time, with the separators of fmt: "YmdTHMS".
 */
static int
fields(const char **s, const char *fmt, struct tm *tm)
{
	struct tm back;
	time_t t;

	memset(tm, 0, sizeof *tm);
	for (; *fmt; fmt++) {
		int *to = *fmt == 'Y'   ? &tm->tm_year
			  : *fmt == 'm' ? &tm->tm_mon
			  : *fmt == 'd' ? &tm->tm_mday
			  : *fmt == 'H' ? &tm->tm_hour
			  : *fmt == 'M' ? &tm->tm_min
			  : *fmt == 'S' ? &tm->tm_sec
					: NULL;
		if (to && digits(s, *fmt == 'Y' ? 4 : 2, to) != 0)
			return -1;
		if (!to && *(*s)++ != *fmt)
			return -1;
	}
	if (tm->tm_sec == 60) /* a leap second; POSIX time has none */
		tm->tm_sec = 59;
	tm->tm_year -= 1900;
	tm->tm_mon -= 1;
	back = *tm;
	t = timegm(&back);
	return t != (time_t)-1 && back.tm_mday == tm->tm_mday &&
		       back.tm_mon == tm->tm_mon &&
		       back.tm_hour == tm->tm_hour &&
		       back.tm_min == tm->tm_min && back.tm_sec == tm->tm_sec
		   ? 0
		   : -1;
}

int
when_parse(const char *s, int64_t *us)
{
	struct tm tm;
	int64_t part = 0;
	int hours = 0, minutes = 0, sign = 0;

	if (fields(&s,
		s[0] && strlen(s) > 10 && s[10] == ' ' ? "Y-m-d H:M:S"
						       : "Y-m-dTH:M:S",
		&tm) != 0)
		return -1;
	if (*s == '.') {
		int64_t unit = 100000;
		if (!isdigit((unsigned char)*++s))
			return -1;
		for (; isdigit((unsigned char)*s); s++, unit /= 10)
			part += unit * (*s - '0');
	}
	if (*s == '+' || *s == '-') {
		sign = *s++ == '+' ? 1 : -1;
		if (digits(&s, 2, &hours) != 0 || *s++ != ':' ||
		    digits(&s, 2, &minutes) != 0 || hours > 23 || minutes > 59)
			return -1;
	} else if (*s++ != 'Z') {
		return -1;
	}
	if (*s)
		return -1;
	*us = ((int64_t)timegm(&tm) - sign * (hours * 3600 + minutes * 60)) *
		  1000000 +
	      part;
	return 0;
}

static const char *
time_format(int64_t us, const char *fmt, char buf[WHEN_SIZE])
{
	time_t t = (time_t)(us / 1000000 - (us % 1000000 < 0));
	struct tm tm;

	if (!gmtime_r(&t, &tm) || !strftime(buf, WHEN_SIZE, fmt, &tm))
		buf[0] = '\0';
	return buf;
}

const char *
when_text(int64_t us, char buf[WHEN_SIZE])
{
	return time_format(us, "%Y-%m-%dT%H:%M:%SZ", buf);
}

const char *
when_stamp(int64_t us, char buf[WHEN_SIZE])
{
	return time_format(us, "%Y%m%dT%H%M%SZ", buf);
}

int
when_unstamp(const char *s, int64_t *us)
{
	struct tm tm;

	if (fields(&s, "YmdTHMSZ", &tm) != 0)
		return -1;
	*us = (int64_t)timegm(&tm) * 1000000;
	return 0;
}

int
when_web(const char *s, int64_t *us)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	unsigned year, day, h, m, sec;
	const char *at;
	char month[4], text[80];

	if (sscanf(s, " %*[A-Za-z], %2u%*1[ -]%3[A-Za-z]%*1[ -]%4u %2u:%2u:%2u",
		&day, month, &year, &h, &m, &sec) != 6 &&
	    sscanf(s, " %*3[A-Za-z] %3[A-Za-z] %2u %2u:%2u:%2u %4u", month,
		&day, &h, &m, &sec, &year) != 6 &&
	    sscanf(s, " %3[A-Za-z] %2u %2u:%2u:%2u %4u", month, &day, &h, &m,
		&sec, &year) != 6)
		return -1;
	at = strlen(month) == 3 ? strstr(months, month) : NULL;
	if (!at || (at - months) % 3 != 0)
		return -1;
	if (year < 100) /* RFC 850; below 70 it is this century */
		year += year < 70 ? 2000 : 1900;
	(void)snprintf(text, sizeof text, "%04u-%02u-%02uT%02u:%02u:%02uZ",
	    year, (unsigned)(at - months) / 3 + 1, day, h, m, sec);
	return when_parse(text, us);
}

int64_t
when_now_us(void)
{
	const char *set = getenv("RECTOOLS_NOW");
	struct timespec ts;
	int64_t us;

	if (set && when_parse(set, &us) == 0)
		return us;
	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t
when_steady_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}
