/* SPDX-License-Identifier: ISC */
#include "num.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int
num_integer(const char *s, int64_t min, int64_t max, int64_t *out)
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
num_bytes(const char *s, uint64_t *out)
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
num_bool(const char *s, bool *out)
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
num_seconds(const char *s, int64_t *us)
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
num_seconds_text(int64_t us, char buf[NUM_SECONDS_SIZE])
{
	uint64_t v = us < 0 ? -(uint64_t)us : (uint64_t)us;
	uint64_t part = v % 1000000, whole = v / 1000000;
	int decimals = part % 1000 ? 6 : 3;
	char *at = buf + NUM_SECONDS_SIZE - 1;

	/* By hand, from the end: this is called many times per call. */
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
	return memmove(buf, at, (size_t)(buf + NUM_SECONDS_SIZE - at));
}

int64_t
num_samples(int64_t us, unsigned rate)
{
	/* Whole seconds separately: 10^15 us x 192000 Hz exceeds 64 bits. */
	int64_t rest = us % 1000000 * rate;

	return us / 1000000 * rate +
	       (rest + (us < 0 ? -500000 : 500000)) / 1000000;
}

uint64_t
num_part(uint64_t all, uint32_t share, uint32_t of)
{
	return all / of * share + all % of * share / of;
}

int64_t
num_us(int64_t samples, unsigned rate)
{
	return samples / rate * 1000000 + samples % rate * 1000000 / rate;
}
