/* SPDX-License-Identifier: ISC */
#include "util.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int
why_set(struct why *why, const char *fmt, ...)
{
	va_list ap;

	if (!why)
		return -1;
	va_start(ap, fmt);
	(void)vsnprintf(why->text, sizeof why->text, fmt, ap);
	va_end(ap);
	return -1;
}

static int speech_fd = STDERR_FILENO;

void
util_speak_to(int fd)
{
	speech_fd = fd;
}

static void *
must(void *p)
{
	if (!p) {
		static const char text[] = "rectools: out of memory\n";
		(void)!write(speech_fd, text, sizeof text - 1);
		_exit(EXIT_LATER);
	}
	return p;
}

void *
util_alloc(size_t bytes)
{
	return must(calloc(1, bytes ? bytes : 1));
}

void *
util_resize(void *p, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		return must(NULL);
	return must(realloc(p, bytes ? bytes : 1));
}

char *
util_strdup(const char *s)
{
	return s ? must(strdup(s)) : NULL;
}

char *
util_strndup(const char *s, size_t n)
{
	return must(strndup(s, n));
}

char *
util_format(const char *fmt, ...)
{
	va_list ap;
	char *s = NULL;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		s = NULL;
	va_end(ap);
	return must(s);
}

static void
make_room(struct buf *b, size_t n)
{
	if (b->len + n + 1 <= b->cap)
		return;
	b->cap = (b->len + n + 1) * 2;
	b->s = util_resize(b->s, b->cap, 1);
}

void
buf_add(struct buf *b, const void *s, size_t n)
{
	make_room(b, n);
	if (n > 0)
		memcpy(b->s + b->len, s, n);
	b->len += n;
	b->s[b->len] = '\0';
}

void
buf_format(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	make_room(b, 64);
	va_start(ap, fmt);
	n = vsnprintf(b->s + b->len, b->cap - b->len, fmt, ap);
	va_end(ap);
	must(n < 0 ? NULL : b->s);
	if ((size_t)n >= b->cap - b->len) {
		make_room(b, (size_t)n);
		va_start(ap, fmt);
		n = vsnprintf(b->s + b->len, b->cap - b->len, fmt, ap);
		va_end(ap);
	}
	b->len += (size_t)n;
}

void
buf_free(struct buf *b)
{
	free(b->s);
	*b = (struct buf){0};
}

int
util_integer(const char *s, int64_t min, int64_t max, int64_t *out)
{
	char *end;
	long long v;

	if (!isdigit((unsigned char)s[s[0] == '-']))
		return -1;
	errno = 0;
	v = strtoll(s, &end, 10);
	if (errno || *end || v < min || v > max)
		return -1;
	*out = v;
	return 0;
}

int
util_bytes(const char *s, uint64_t *out)
{
	static const struct {
		const char *suffix;
		uint64_t unit;
	} units[] = {{"", 1}, {"B", 1}, {"k", 1000}, {"K", 1000}, {"kB", 1000},
	    {"KB", 1000}, {"M", 1000000}, {"MB", 1000000}, {"G", 1000000000},
	    {"GB", 1000000000}, {"KiB", 1 << 10}, {"kiB", 1 << 10},
	    {"MiB", 1 << 20}, {"GiB", 1 << 30}};
	char *end;
	unsigned long long v;

	if (!isdigit((unsigned char)s[0]))
		return -1;
	errno = 0;
	v = strtoull(s, &end, 10);
	if (errno)
		return -1;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (strcmp(end, units[i].suffix) == 0)
			return __builtin_mul_overflow(v, units[i].unit, out)
				   ? -1
				   : 0;
	return -1;
}

int
util_bool(const char *s, bool *out)
{
	static const char *const yes[] = {"yes", "on", "true", "1"};
	static const char *const no[] = {"no", "off", "false", "0"};

	for (size_t i = 0; i < 4; i++) {
		if (strcmp(s, yes[i]) == 0)
			return *out = true, 0;
		if (strcmp(s, no[i]) == 0)
			return *out = false, 0;
	}
	return -1;
}

int
util_seconds(const char *s, int64_t *us)
{
	int64_t whole = 0, part = 0;
	int digits = 0;

	if (!isdigit((unsigned char)*s))
		return -1;
	for (; isdigit((unsigned char)*s); s++) {
		whole = whole * 10 + (*s - '0');
		if (whole > 1000000000)
			return -1;
	}
	if (*s == '.') {
		if (!isdigit((unsigned char)*++s))
			return -1;
		for (; isdigit((unsigned char)*s); s++)
			if (digits < 6) {
				part = part * 10 + (*s - '0');
				digits++;
			}
	}
	if (*s)
		return -1;
	for (; digits < 6; digits++)
		part *= 10;
	*us = whole * 1000000 + part;
	return 0;
}

const char *
util_seconds_text(int64_t us, char buf[UTIL_SECONDS_SIZE])
{
	uint64_t v = us < 0 ? -(uint64_t)us : (uint64_t)us;
	uint64_t part = v % 1000000, whole = v / 1000000;
	int decimals = part % 1000 ? 6 : 3;
	char *at = buf + UTIL_SECONDS_SIZE - 1;

	/* By hand and from its end: many times in every call. */
	*at = '\0';
	part /= decimals == 6 ? 1 : 1000;
	for (int i = 0; i < decimals; i++, part /= 10)
		*--at = (char)('0' + part % 10);
	*--at = '.';
	do
		*--at = (char)('0' + whole % 10);
	while ((whole /= 10) > 0);
	if (us < 0)
		*--at = '-';
	return memmove(buf, at, (size_t)(buf + UTIL_SECONDS_SIZE - at));
}

int64_t
util_samples(int64_t us, unsigned rate)
{
	/* 128 bits: 10^15 us x 192000 Hz is beyond 64. */
	__int128 v = (__int128)us * rate;

	return (int64_t)((v + (v < 0 ? -500000 : 500000)) / 1000000);
}

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

/* The fields of a date and a time with the separators of fmt: "YmdTHMS". */
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
	if (tm->tm_sec == 60) /* a leap second: POSIX time has none */
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
util_time(const char *s, int64_t *us)
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
time_format(int64_t us, const char *fmt, char buf[UTIL_TIME_SIZE])
{
	time_t t = (time_t)(us / 1000000 - (us % 1000000 < 0));
	struct tm tm;

	if (!gmtime_r(&t, &tm) || !strftime(buf, UTIL_TIME_SIZE, fmt, &tm))
		buf[0] = '\0';
	return buf;
}

const char *
util_time_text(int64_t us, char buf[UTIL_TIME_SIZE])
{
	return time_format(us, "%Y-%m-%dT%H:%M:%SZ", buf);
}

const char *
util_time_stamp(int64_t us, char buf[UTIL_TIME_SIZE])
{
	return time_format(us, "%Y%m%dT%H%M%SZ", buf);
}

int
util_time_unstamp(const char *s, int64_t *us)
{
	struct tm tm;

	if (fields(&s, "YmdTHMSZ", &tm) != 0)
		return -1;
	*us = (int64_t)timegm(&tm) * 1000000;
	return 0;
}

int64_t
util_now_us(void)
{
	const char *set = getenv("RECTOOLS_NOW");
	struct timespec ts;
	int64_t us;

	if (set && util_time(set, &us) == 0)
		return us;
	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

const char *
util_id_fault(const char *id)
{
	size_t n = strlen(id);

	if (n == 0)
		return "a call id cannot be empty";
	if (n > 128)
		return "a call id has at most 128 bytes";
	if (id[0] == '.')
		return "a call id cannot begin with '.'";
	for (; *id; id++)
		if (!isalnum((unsigned char)*id) && !strchr("._-", *id))
			return "a call id has only letters, digits, '.', '_' "
			       "and '-'";
	return NULL;
}

bool
util_is_utf8(const char *text)
{
	static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
	const unsigned char *s = (const unsigned char *)text;

	while (*s) {
		int more = *s < 0x80             ? 0
			   : (*s & 0xe0) == 0xc0 ? 1
			   : (*s & 0xf0) == 0xe0 ? 2
			   : (*s & 0xf8) == 0xf0 ? 3
						 : -1;
		uint32_t letter;

		if (more < 0)
			return false;
		letter = more == 0 ? *s : *s & (0x3fU >> more);
		s++;
		for (int i = 0; i < more; i++, s++) {
			if ((*s & 0xc0) != 0x80)
				return false;
			letter = letter << 6 | (*s & 0x3f);
		}
		if (letter < least[more] || letter > 0x10ffff ||
		    (letter >= 0xd800 && letter <= 0xdfff))
			return false;
	}
	return true;
}

/* Levenshtein distance, given up past 31 characters. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[33], la = strlen(a), lb = strlen(b);

	if (la > 31 || lb > 31)
		return 99;
	for (size_t j = 0; j <= lb; j++)
		row[j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t cost = diagonal + (a[i - 1] != b[j - 1]);
			diagonal = row[j];
			if (row[j] + 1 < cost)
				cost = row[j] + 1;
			if (row[j - 1] + 1 < cost)
				cost = row[j - 1] + 1;
			row[j] = cost;
		}
	}
	return row[lb];
}

const char *
util_nearest(const char *s, const char *const *list)
{
	const char *best = NULL;
	size_t least = 1 + strlen(s) / 3;

	for (; *list; list++) {
		size_t d = distance(s, *list);
		if (d <= least && (!best || d < least)) {
			best = *list;
			least = d;
		}
	}
	return best;
}

ssize_t
util_record(FILE *file, int end, char *buf, size_t size)
{
	enum { RECORD_MAX = 1 << 20 };
	size_t n = 0;
	int c;

	while ((c = getc_unlocked(file)) != EOF && c != end && n < RECORD_MAX) {
		if (n + 1 < size)
			buf[n] = (char)c;
		n++;
	}
	buf[n < size ? n : size - 1] = '\0';
	return c == EOF && n == 0 ? -1 : (ssize_t)n;
}

ssize_t
util_line(FILE *file, char *buf, size_t size)
{
	return util_record(file, '\n', buf, size);
}

int
util_write(int fd, const void *p, size_t n)
{
	const char *at = p;

	while (n > 0) {
		ssize_t k = write(fd, at, n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -1;
		at += k;
		n -= (size_t)k;
	}
	return 0;
}

ssize_t
util_read(int fd, void *p, size_t n)
{
	size_t got = 0;

	while (got < n) {
		ssize_t k = read(fd, (char *)p + got, n - got);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -1;
		if (k == 0)
			break;
		got += (size_t)k;
	}
	return (ssize_t)got;
}

ssize_t
util_pread(int fd, void *p, size_t n, int64_t at)
{
	size_t got = 0;

	while (got < n) {
		ssize_t k =
		    pread(fd, (char *)p + got, n - got, at + (int64_t)got);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -1;
		if (k == 0)
			break;
		got += (size_t)k;
	}
	return (ssize_t)got;
}
