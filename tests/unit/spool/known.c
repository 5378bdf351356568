/* SPDX-License-Identifier: ISC */
#include "known.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "mem.h"
#include "text.h"

enum { NOW = 1795341600 };

static char top[] = "/tmp/rectools-known.XXXXXX";
static struct spool sp;
static struct why why;

static int
set_up(void **state)
{
	char *path;

	(void)state;
	assert_non_null(mkdtemp(top));
	path = text_format("%s/spool", top);
	assert_int_equal(spool_create(path, &why), 0);
	assert_int_equal(spool_open(&sp, path, &why), 0);
	free(path);
	return 0;
}

static int
tear_down(void **state)
{
	char *command = text_format("rm -rf %s", top);

	(void)state;
	spool_close(&sp);
	assert_int_equal(system(command), 0);
	free(command);
	return 0;
}

/* A digest of one repeated digit. */
static const char *
digest(char c)
{
	static char text[16][65];
	char *t = text[c < 'a' ? c - '0' : c - 'a' + 10];

	memset(t, c, 64);
	return t;
}

static void
say(const char *id, const char *event, const char *details)
{
	const struct audit_event e = {id, event, details};

	assert_int_equal(
	    audit_add_all(sp.fd, INT64_C(1000000) * NOW, &e, 1, &why), 0);
}

static void
enter(const char *id, const char *told, const char *legs)
{
	char *details = text_format("legs=%zu sha256=", strlen(legs));

	for (size_t i = 0; legs[i]; i++) {
		char *more = text_format(
		    "%s%s%s", details, i ? "," : "", digest(legs[i]));
		free(details);
		details = more;
	}
	if (told) {
		char *more = text_format("%s told=%s", details, told);
		free(details);
		details = more;
	}
	say(id, "entered", details);
	free(details);
}

/* Did these legs come under that name, and as which id? */
static bool
came(const struct known *k, const char *told, const char *legs, const char *id)
{
	const char *list[16];
	uint64_t own;
	size_t n = strlen(legs);

	for (size_t i = 0; i < n; i++)
		list[i] = digest(legs[i]);
	return known_legs(k, told, list, n, &own) && own == known_hash(id);
}

static void
check_marks(const struct known *k)
{
	uint64_t own = 0;

	assert_true(known_has_marks(k, "m1"));
	assert_false(known_has_marks(k, "c1"));
	assert_false(known_has_marks(k, "m1-x"));
	assert_true(known_mark(k, "m1", digest('a'), &own));
	assert_true(own == known_hash("m1"));
	assert_true(known_mark(k, "m1", digest('b'), &own));
	/* It belongs to the other call. */
	assert_false(known_mark(k, "m1", digest('d'), &own));
	own = 0;
	assert_true(known_mark(k, "m1", digest('d'), &own));
	assert_true(own == known_hash("m1-x"));
	own = 0;
	assert_false(known_mark(k, "m1", digest('e'), &own));
	assert_false(known_mark(k, "c1", digest('a'), &own));
	/* A leg is not a mark, and a mark is not a leg. */
	assert_false(known_mark(k, "m1", digest('9'), &own));
	assert_false(came(k, "m1", "a", "m1"));
	assert_true(came(k, "m1", "9", "m1"));
}

static void
list_cut(int64_t from_us, int64_t to_us, void *arg)
{
	buf_format(arg, "%lld-%lld ", (long long)from_us / 1000,
	    (long long)to_us / 1000);
}

static void
check_cuts(const struct known *k)
{
	struct buf list = {0};

	assert_true(known_cuts(k, known_hash("c1"), list_cut, &list));
	assert_int_equal(
	    list.len, strlen("1000-2500 3001-4000 70000100-70001000 "));
	assert_non_null(strstr(list.s, "1000-2500 "));
	assert_non_null(strstr(list.s, "3001-4000 "));
	assert_non_null(strstr(list.s, "70000100-70001000 "));
	buf_free(&list);
	assert_false(known_cuts(k, known_hash("c1-x"), list_cut, &list));
	assert_int_equal(list.len, 0);
}

static void
check_all(const struct known *k)
{
	const struct audit_event refused = {"r1", "refused", "at=p.ini:1"};
	const struct audit_event other = {"r1", "refused", "at=p.ini:2"};

	assert_true(came(k, "c1", "12", "c1"));
	assert_true(came(k, "c1", "21", "c1"));
	assert_true(came(k, "c1", "2", "c1")); /* the other is gone */
	assert_true(came(k, "c1", "34", "c1-x"));
	assert_false(came(k, "c1", "13", "c1")); /* of two calls */
	assert_false(came(k, "c1", "5", "c1"));
	assert_false(came(k, "c2", "12", "c1")); /* of another */
	assert_false(came(k, "c1-x", "34", "c1-x"));
	assert_true(known_id(k, "c1"));
	assert_true(known_id(k, "c2"));
	assert_false(known_id(k, "c3"));
	assert_true(known_went_on(k, known_hash("c1")));
	assert_false(known_went_on(k, known_hash("c1-x")));
	/* Swept in tmp/ is not swept in mix/. */
	assert_false(known_went_on(k, known_hash("c2")));
	assert_true(known_event(k, &refused));
	assert_false(known_event(k, &other));
	check_marks(k);
	check_cuts(k);
}

static void
say_marks(void)
{
	char *details = text_format(
	    "legs=1 sha256=%s call=%.22s,", digest('9'), digest('a'));
	char *first = text_format("%s%.22s", details, digest('b'));
	char *other =
	    text_format("legs=1 sha256= call=%.22s told=m1", digest('d'));

	say("m1", "entered", first);
	say("m1-x", "entered", other);
	free(details);
	free(first);
	free(other);
}

static void
fill(void)
{
	enter("c1", NULL, "12");
	say("c1", "mixed",
	    "recordings=1 file=a.mp3 bytes=1 cut=1.000-2.500:pause "
	    "cut=3.001-4.000:payment file=b.mp3 cut=70000.100-70001.000:pause");
	enter("c1-x", "c1", "34");
	enter("c2", NULL, "12");
	say("c2", "swept", "stage=tmp folder=20261122T100000Z-c2 uploaded=no");
	say("r1", "refused", "at=p.ini:1");
	say_marks();
}

static struct known *
open_known(void)
{
	struct known *k = known_open(&sp, &why);

	if (!k)
		fail_msg("%s", why.text);
	return k;
}

static bool
is_kept(void)
{
	return faccessat(sp.fd, ".known", F_OK, 0) == 0;
}

static void
of_the_log(void **state)
{
	struct known *k;
	bool changed;

	(void)state;
	k = open_known();
	assert_false(known_id(k, "c1"));
	fill();
	assert_int_equal(known_catch_up(k, &changed, &why), 0);
	assert_true(changed);
	check_all(k);
	assert_int_equal(known_catch_up(k, &changed, &why), 0);
	assert_false(changed);
	/* A small log is read faster than an index would be written. */
	assert_int_equal(known_save(k, &why), 0);
	assert_false(is_kept());
	known_free(k);
	k = open_known();
	check_all(k);
	known_free(k);
}

/* A log that is large enough for an index. */
static void
fill_much(const char *prefix)
{
	for (int i = 0; i < 20; i++) {
		struct audit_event e[500];
		char *id[500];

		for (int n = 0; n < 500; n++) {
			id[n] = text_format("%s%d.%d", prefix, i, n);
			e[n] = (struct audit_event){id[n], "mixed", "mp3s=1"};
		}
		assert_int_equal(
		    audit_add_all(sp.fd, INT64_C(1000000) * NOW, e, 500, &why),
		    0);
		for (int n = 0; n < 500; n++)
			free(id[n]);
	}
}

static void
save(void)
{
	struct known *k = open_known();

	assert_int_equal(known_save(k, &why), 0);
	known_free(k);
	assert_true(is_kept());
}

static void
of_the_file(void **state)
{
	struct known *k;

	(void)state;
	fill_much("m");
	save();
	k = open_known();
	check_all(k);
	assert_true(known_went_on(k, known_hash("m7.77")));
	/* Later lines are read from the log. */
	enter("c9", NULL, "6");
	assert_int_equal(known_catch_up(k, NULL, &why), 0);
	assert_true(came(k, "c9", "6", "c9"));
	known_free(k);
}

/* Logs are renamed and finally deleted: their content stays in the index. */
static void
of_rotated_logs(void **state)
{
	struct known *k = open_known();
	bool changed;

	(void)state;
	assert_int_equal(renameat(sp.fd, "audit.log", sp.fd, "audit.log.1"), 0);
	enter("d1", NULL, "7");
	assert_int_equal(known_catch_up(k, &changed, &why), 0);
	assert_true(changed);
	assert_true(came(k, "d1", "7", "d1"));
	known_free(k);
	k = open_known();
	assert_true(came(k, "c9", "6", "c9"));
	assert_true(came(k, "d1", "7", "d1"));
	known_free(k);
	fill_much("n");
	save();
	assert_int_equal(unlinkat(sp.fd, "audit.log.1", 0), 0);
	assert_int_equal(unlinkat(sp.fd, "audit.log", 0), 0);
	enter("e1", NULL, "8");
	k = open_known();
	check_all(k);
	assert_true(came(k, "d1", "7", "d1"));
	assert_true(came(k, "e1", "8", "e1"));
	known_free(k);
}

/* An incomplete index is ignored. */
static void
of_a_torn_file(void **state)
{
	static const off_t sizes[] = {0, 5, 100, 1000};
	struct known *k;

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		int fd = openat(sp.fd, ".known", O_WRONLY | O_CREAT, 0600);

		assert_true(fd >= 0);
		assert_int_equal(ftruncate(fd, sizes[i]), 0);
		(void)close(fd);
		k = open_known();
		assert_false(known_id(k, "c1"));
		assert_true(came(k, "e1", "8", "e1"));
		known_free(k);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(of_the_log),
	    cmocka_unit_test(of_the_file),
	    cmocka_unit_test(of_rotated_logs),
	    cmocka_unit_test(of_a_torn_file),
	};

	return cmocka_run_group_tests_name("known", tests, set_up, tear_down);
}
