/* SPDX-License-Identifier: ISC */
#include "zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "when.h"

/* libc's answer, for one zone at a time. */
static long
libc_offset_s(int64_t s)
{
	time_t t = (time_t)s;
	struct tm tm;

	assert_non_null(localtime_r(&t, &tm));
	return tm.tm_gmtoff;
}

static int64_t
any_second(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407U;
	return (int64_t)(*seed >> 33) % (INT64_C(150) * 365 * 86400);
}

static void
agree(const char *name, uint64_t *seed)
{
	struct why why = {0};
	struct zone *z = zone_open(name, &why);

	if (!z)
		fail_msg("%s: %s", name, why.text);
	(void)setenv("TZ", name, 1);
	tzset();
	/* From 1970 to 2120; then each hour of a year, for its changes. */
	for (int i = 0; i < 400; i++) {
		int64_t s = any_second(seed);

		if (zone_offset_s(z, s * 1000000) != libc_offset_s(s))
			fail_msg("%s at %lld", name, (long long)s);
	}
	for (int64_t s = 2082758400; s < 2082758400 + 366 * 86400; s += 3599)
		if (zone_offset_s(z, s * 1000000) != libc_offset_s(s))
			fail_msg("%s at %lld", name, (long long)s);
	zone_free(z);
}

/* All that the system has. */
static void
as_libc_says(void **state)
{
	FILE *list = fopen("/usr/share/zoneinfo/tzdata.zi", "r");
	char line[256], name[64], path[128];
	uint64_t seed = 1;
	int zones = 0;

	(void)state;
	assert_non_null(list);
	while (fgets(line, sizeof line, list)) {
		if (sscanf(line, "Z %63s", name) != 1 &&
		    sscanf(line, "L %*s %63s", name) != 1)
			continue;
		/* Old names may be in a package of their own. */
		(void)snprintf(
		    path, sizeof path, "/usr/share/zoneinfo/%s", name);
		if (access(path, F_OK) != 0)
			continue;
		agree(name, &seed);
		zones++;
	}
	(void)fclose(list);
	(void)unsetenv("TZ");
	assert_true(zones > 300);
}

static void
write_file(const char *path, const char *rule)
{
	static const unsigned char part[] = {'T', 'Z', 'i', 'f', '2', 0, 0, 0,
	    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* utcs, standards, leaps: */
	    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* times, types, chars: */
	    0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 4, /* one type: */
	    0, 0, 14, 16, 0, 0, 'A', 'B', 'C', 0};
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	for (int i = 0; i < 2; i++)
		assert_int_equal(fwrite(part, sizeof part, 1, f), 1);
	assert_true(fprintf(f, "\n%s\n", rule) > 0);
	assert_int_equal(fclose(f), 0);
}

/* Features of the format that no present zone has. */
static void
rules(void **state)
{
	static const struct {
		const char *rule, *at;
		int offset_s; /* 1: the file is refused */
	} table[] = {
	    {"", "2026-07-01T00:00:00Z", 3600},
	    {"ABC-3", "2026-07-01T00:00:00Z", 10800},
	    {"<+03>-3:30", "2026-07-01T00:00:00Z", 12600},
	    {"ABC5DEF,M3.2.0,M11.1.0", "2026-07-01T00:00:00Z", -14400},
	    {"ABC5DEF,0/0,J365/25", "2026-12-31T23:30:00Z", -14400},
	    {"ABC5DEF,0/0,J365/25", "2027-01-01T04:30:00Z", -14400},
	    {"ABC0DEF,J60/0,J61/0", "2028-03-01T00:00:00Z", 3600},
	    {"ABC0DEF,J60/0,J61/0", "2028-02-29T12:00:00Z", 0},
	    {"ABC0DEF,59/0,60/1", "2028-02-29T12:00:00Z", 3600},
	    {"ABC0DEF-2,M1.5.6/-2,M2.1.0", "2026-01-30T22:00:00Z", 7200},
	    {"ABC0DEF-2,M1.5.6/-2,M2.1.0", "2026-01-30T21:59:59Z", 0},
	    {"AB-3", "2026-07-01T00:00:00Z", 1},
	    {"ABC", "2026-07-01T00:00:00Z", 1},
	    {"ABC-168", "2026-07-01T00:00:00Z", 1},
	    {"ABC-3DEF", "2026-07-01T00:00:00Z", 1},
	    {"ABC-3DEF,M0.1.1,M2.1.1", "2026-07-01T00:00:00Z", 1},
	    {"ABC-3DEF,M1.6.1,M2.1.1", "2026-07-01T00:00:00Z", 1},
	    {"ABC-3DEF,J0,J2", "2026-07-01T00:00:00Z", 1},
	    {"ABC-3DEF,1,2x", "2026-07-01T00:00:00Z", 1},
	    {"ABC-99999999999999999999", "2026-07-01T00:00:00Z", 1},
	};
	char dir[] = "/tmp/zone.XXXXXX", path[64];

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof path, "%s/Z", dir);
	(void)setenv("TZDIR", dir, 1);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct why why = {0};
		struct zone *z;
		int64_t us;

		print_message("%s %s\n", table[i].rule, table[i].at);
		write_file(path, table[i].rule);
		z = zone_open("Z", &why);
		assert_int_equal(z == NULL, table[i].offset_s == 1);
		assert_int_equal(when_parse(table[i].at, &us), 0);
		if (z)
			assert_int_equal(
			    zone_offset_s(z, us), table[i].offset_s);
		else
			assert_non_null(strstr(why.text, "not a time zone"));
		zone_free(z);
	}
	(void)unlink(path);
	(void)rmdir(dir);
	(void)unsetenv("TZDIR");
}

/* A file that is cut anywhere, or has any byte changed, is refused or read, without
 * other harm. */
static void
damaged(void **state)
{
	char dir[] = "/tmp/zone.XXXXXX", path[64];
	unsigned char data[4096];
	FILE *f = fopen("/usr/share/zoneinfo/Europe/Berlin", "r");
	size_t n;

	(void)state;
	assert_non_null(f);
	n = fread(data, 1, sizeof data, f);
	(void)fclose(f);
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof path, "%s/Z", dir);
	(void)setenv("TZDIR", dir, 1);
	for (size_t i = 0; i < n; i++) {
		unsigned char was = data[i];
		struct why why = {0};
		struct zone *z;

		data[i] ^= 0x80;
		f = fopen(path, "w");
		assert_non_null(f);
		(void)fwrite(data, 1, i % 3 ? n : i, f);
		(void)fclose(f);
		z = zone_open("Z", &why);
		if (z)
			(void)zone_offset_s(z, INT64_C(1) << 50);
		assert_true(z || why.text[0]);
		assert_true(i % 3 || !z); /* a part of it is none */
		zone_free(z);
		data[i] = was;
	}
	(void)unlink(path);
	(void)rmdir(dir);
	(void)unsetenv("TZDIR");
}

static void
names(void **state)
{
	static const char *const bad[] = {"", "/etc/localtime", "../passwd",
	    "Europe/Nowhere", "Europe", "Europe/Berlin\n", "a b"};
	struct why why = {0};
	struct zone *z = zone_open("UTC", &why);

	(void)state;
	assert_non_null(z);
	assert_int_equal(zone_offset_s(z, 0), 0);
	zone_free(z);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		print_message("'%s'\n", bad[i]);
		assert_null(zone_open(bad[i], &why));
	}
	z = zone_open("Asia/Kolkata", &why);
	assert_non_null(z);
	assert_int_equal(zone_local_us(z, -1), INT64_C(19800000000) - 1);
	zone_free(z);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(as_libc_says),
	    cmocka_unit_test(rules),
	    cmocka_unit_test(damaged),
	    cmocka_unit_test(names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
