/* SPDX-License-Identifier: ISC */
#include "findings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mem.h"

#define NOON_US INT64_C(1795348800000000) /* 2026-11-22T12:00:00Z */
#define S_US    INT64_C(1000000)

/* Servers report whole seconds, truncated. */
static void
clocks(void **state)
{
	static const struct {
		int64_t theirs_us, now_us, skew_s;
		const char *text;
	} t[] = {
	    {NOON_US, NOON_US, 0, "the same time as here"},
	    {NOON_US, NOON_US + 999999, 0, "the same time as here"},
	    {NOON_US, NOON_US + 4 * S_US + 500000, -4, "the same time as here"},
	    {NOON_US + 4 * S_US, NOON_US + 500000, 4, "the same time as here"},
	    {NOON_US, NOON_US + 5 * S_US + 500000, -5,
		"ours is 5 s ahead; set it by NTP"},
	    {NOON_US + 5 * S_US, NOON_US + 500000, 5,
		"ours is 5 s behind; set it by NTP"},
	    {NOON_US, NOON_US + 3600 * S_US + 500000, -3600,
		"ours is 3600 s ahead; set it by NTP"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct findings f;

		findings_begin(&f);
		assert_false(f.clocked);
		findings_clock(&f, t[i].theirs_us, t[i].now_us);
		assert_true(f.clocked);
		assert_int_equal(f.skew_s, t[i].skew_s);
		assert_string_equal(findings_about(&f, "clock"), t[i].text);
		findings_end(&f);
	}
}

static void
certificates(void **state)
{
	static const struct {
		int64_t days;
		const char *text;
	} t[] = {
	    {30, "ends 2026-12-22T12:00:00Z, in 30 days"},
	    {14, "ends 2026-12-06T12:00:00Z, in 14 days"},
	    {13, "ends 2026-12-05T12:00:00Z, in 13 days: renew it"},
	    {1, "ends 2026-11-23T12:00:00Z, in 1 day: renew it"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct findings f;

		findings_begin(&f);
		findings_certificate(
		    &f, NOON_US + t[i].days * 86400 * S_US, NOON_US);
		assert_string_equal(
		    findings_about(&f, "certificate"), t[i].text);
		findings_end(&f);
	}
}

static void
rights(void **state)
{
	struct findings f;
	char *text;

	(void)state;
	findings_begin(&f);
	text = findings_rights(&f);
	assert_string_equal(
	    text, "write unknown, read unknown, list unknown, delete unknown");
	free(text);
	findings_right(&f, RIGHT_WRITE, MAY, "%s", "");
	findings_right(&f, RIGHT_READ, MAY_NOT, "answered %d", 403);
	findings_right(&f, RIGHT_LIST, MAY_NOT, "first");
	findings_right(&f, RIGHT_LIST, MAY_BE, "no way");
	text = findings_rights(&f);
	assert_string_equal(text,
	    "write yes, read no (answered 403), list unknown (no way), "
	    "delete unknown");
	free(text);
	findings_end(&f);
}

/* In one line, in the order of the first entry for each. */
static void
words(void **state)
{
	struct findings f;
	char *large = mem_alloc(3000);

	(void)state;
	memset(large, 'x', 2999);
	findings_begin(&f);
	assert_null(findings_about(&f, "retention"));
	findings_tell(&f, "retention", "%s", "a\nb\tc\x7f");
	findings_tell(&f, "space", "%s", large);
	assert_string_equal(findings_about(&f, "retention"), "a b c ");
	assert_in_range(strlen(findings_about(&f, "space")), 500, 700);
	/* An earlier text may be part of the new one. */
	findings_tell(&f, "retention", "%s; until %d",
	    findings_about(&f, "retention"), 2030);
	assert_string_equal(
	    findings_about(&f, "retention"), "a b c ; until 2030");
	assert_int_equal(f.facts, 2);
	assert_string_equal(f.fact[0].about, "retention");
	findings_end(&f);
	free(large);
}

static void
space(void **state)
{
	struct findings f;

	(void)state;
	findings_begin(&f);
	assert_int_equal(f.space, -1);
	findings_space(&f, 1999999);
	assert_int_equal(f.space, 1999999);
	assert_string_equal(findings_about(&f, "space"), "1 MB free");
	findings_space(&f, UINT64_MAX);
	assert_true(f.space == INT64_MAX);
	findings_end(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(clocks),
	    cmocka_unit_test(certificates),
	    cmocka_unit_test(rights),
	    cmocka_unit_test(words),
	    cmocka_unit_test(space),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
