/* SPDX-License-Identifier: ISC */
#include "known_file.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "known.h"
#include "mem.h"
#include "newfile.h"
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

/* A call with one leg. */
static void
enter(const char *id, char leg)
{
	char *details = text_format("legs=1 sha256=%s", digest(leg));

	say(id, "entered", details);
	free(details);
}

static bool
came(const struct known *k, const char *id, char leg)
{
	const char *list[] = {digest(leg)};
	uint64_t own;

	return known_legs(k, id, list, 1, &own) && own == known_hash(id);
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

/* ---- files that cannot be trusted ---- */

static void
read_index(struct buf *b)
{
	int fd = openat(sp.fd, ".known", O_RDONLY);
	char part[4096];
	ssize_t n;

	assert_true(fd >= 0);
	*b = (struct buf){0};
	while ((n = read(fd, part, sizeof part)) > 0)
		buf_add(b, part, (size_t)n);
	assert_int_equal(n, 0);
	(void)close(fd);
}

static void
write_index(const struct spool *to, const char *p, size_t n)
{
	assert_int_equal(newfile_put(to->fd, ".known", p, n, true), 0);
}

/* What the logs that are left have; `fault` is part of what is reported. */
static void
check_fault(const char *fault, bool old)
{
	struct known *k = open_known();

	if (fault ? !known_fault(k) || !strstr(known_fault(k), fault)
		  : known_fault(k) != NULL)
		fail_msg("%s", known_fault(k) ? known_fault(k) : "no fault");
	assert_true(known_id(k, "c1") == old);
	assert_true(came(k, "e1", '8'));
	assert_true(known_erased(k, known_hash("x1")));
	assert_true(known_went_on(k, known_hash("t3.33")));
	assert_int_equal(known_save(k, &why), 0);
	known_free(k);
}

/* It is made again from the logs that are left, and reported once. */
static void
of_a_damaged_file(void **state)
{
	struct buf whole;

	(void)state;
	/* What a deleted log had is in the index alone. */
	enter("c1", '1');
	fill_much("m");
	save();
	assert_int_equal(unlinkat(sp.fd, "audit.log", 0), 0);
	enter("e1", '8');
	say("x1", "erasing", "by=alice");
	fill_much("t");
	save();
	check_fault(NULL, true);
	read_index(&whole);
	for (size_t n = 0; n < whole.len; n += n < 200 ? 13 : whole.len / 7) {
		write_index(&sp, whole.s, n);
		check_fault("damaged", false);
		check_fault(NULL, false);
	}
	/* One wrong bit: of its place in the log, and in the records. */
	for (size_t n = 0; n < whole.len; n += n < 128 ? 5 : whole.len / 9) {
		whole.s[n] ^= 4;
		write_index(&sp, whole.s, whole.len);
		check_fault("damaged", false);
		whole.s[n] ^= 4;
	}
	write_index(&sp, whole.s, whole.len);
	check_fault(NULL, true);
	buf_free(&whole);
}

static void
of_an_older_file(void **state)
{
	struct buf older;
	struct known *k;

	(void)state;
	read_index(&older);
	enter("f1", 'a');
	fill_much("o");
	save();
	write_index(&sp, older.s, older.len);
	buf_free(&older);
	check_fault(NULL, true);
	k = open_known();
	assert_true(came(k, "f1", 'a'));
	assert_true(known_went_on(k, known_hash("o7.77")));
	known_free(k);
	save();
}

/* Runs with another spool, which has the index of this one. */
static void
with_other(void (*run)(const struct buf *index))
{
	struct spool first = sp;
	char *path = text_format("%s/other", top);
	char *command = text_format("rm -rf %s", path);
	struct buf index;

	read_index(&index);
	assert_int_equal(spool_create(path, &why), 0);
	assert_int_equal(spool_open(&sp, path, &why), 0);
	run(&index);
	spool_close(&sp);
	sp = first;
	assert_int_equal(system(command), 0);
	buf_free(&index);
	free(command);
	free(path);
}

static void
check_other(const struct buf *index)
{
	enter("e1", '8');
	say("x1", "erasing", "by=alice");
	say("t3.33", "mixed", "mp3s=1");
	write_index(&sp, index->s, index->len);
	check_fault("another audit log", false);
	check_fault(NULL, false);
}

/* Such a call would be taken for known, and its legs deleted. */
static void
of_another_log(void **state)
{
	(void)state;
	with_other(check_other);
}

static void
copy_log(const char *name, int to_fd)
{
	int from = openat(sp.fd, name, O_RDONLY);
	int to = openat(to_fd, "audit.log", O_WRONLY | O_CREAT, 0600);
	char part[4096];
	ssize_t n;

	assert_true(from >= 0 && to >= 0);
	while ((n = read(from, part, sizeof part)) > 0)
		assert_int_equal(write(to, part, (size_t)n), n);
	(void)close(from);
	(void)close(to);
}

static int first_fd;

static void
check_moved(const struct buf *index)
{
	struct spool other = sp;

	write_index(&sp, index->s, index->len);
	sp.fd = first_fd;
	copy_log("audit.log", other.fd);
	sp = other;
	enter("g2", 'c');
	{
		struct known *k = open_known();

		assert_null(known_fault(k));
		assert_true(came(k, "e1", '8'));
		assert_true(came(k, "g1", 'b'));
		assert_true(came(k, "g2", 'c'));
		known_free(k);
	}
}

/* The spool was copied without the logs that the index has: it is proved by the
 * first line that comes after them. */
static void
of_a_moved_spool(void **state)
{
	(void)state;
	fill_much("p");
	save();
	assert_int_equal(renameat(sp.fd, "audit.log", sp.fd, "audit.log.1"), 0);
	enter("g1", 'b');
	first_fd = sp.fd;
	with_other(check_moved);
	save();
}

/* Of the same spool, it is used; that lines are missing is reported once. */
static void
of_missing_lines(void **state)
{
	(void)state;
	fill_much("q");
	save();
	enter("h1", 'd');
	assert_int_equal(renameat(sp.fd, "audit.log", sp.fd, "audit.log.1"), 0);
	enter("h2", 'd');
	check_fault(NULL, true);
	assert_int_equal(unlinkat(sp.fd, "audit.log.1", 0), 0);
	check_fault("lines are missing", true);
	check_fault(NULL, true);
}

/* ---- while it is written ---- */

/* A child makes it again and again until it is killed. */
static void
of_a_killed_save(void **state)
{
	enum { ROUNDS = 30 };

	(void)state;
	fill_much("r");
	save();
	for (int i = 0; i < ROUNDS; i++) {
		pid_t child = fork();

		assert_true(child >= 0);
		while (child == 0) {
			struct known *k = known_open(&sp, &why);

			if (!k || unlinkat(sp.fd, ".known", 0) != 0)
				_exit(1);
			known_free(k);
			k = known_open(&sp, &why);
			if (!k || known_save(k, &why) != 0)
				_exit(1);
			known_free(k);
		}
		(void)usleep((useconds_t)i * 997);
		assert_int_equal(kill(child, SIGKILL), 0);
		assert_int_equal(waitpid(child, NULL, 0), child);
		{
			struct known *k = open_known();

			assert_null(known_fault(k));
			assert_true(known_went_on(k, known_hash("r7.77")));
			assert_true(came(k, "h2", 'd'));
			assert_int_equal(known_save(k, &why), 0);
			known_free(k);
		}
	}
}

static void
of_two_saves(void **state)
{
	struct known *a, *b;

	(void)state;
	fill_much("s");
	a = open_known();
	enter("i1", 'e');
	fill_much("u");
	b = open_known();
	assert_int_equal(known_save(b, &why), 0);
	assert_int_equal(known_save(a, &why), 0);
	known_free(a);
	known_free(b);
	a = open_known();
	assert_null(known_fault(a));
	assert_true(came(a, "i1", 'e'));
	assert_true(known_went_on(a, known_hash("u7.77")));
	known_free(a);
	save();
}

/* The run goes on, and the next one reads the log. */
static void
of_a_full_disk(void **state)
{
	static const struct rlimit full = {4096, RLIM_INFINITY};
	struct rlimit before;
	struct known *k;

	(void)state;
	fill_much("v");
	enter("j1", 'f');
	k = open_known();
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
	assert_int_equal(known_save(k, &why), -1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(why.errnum, EFBIG);
	known_free(k);
	k = open_known();
	assert_null(known_fault(k));
	assert_true(came(k, "j1", 'f'));
	known_free(k);
	save();
}

static void
of_no_file(void **state)
{
	struct known *k;

	(void)state;
	fill_much("w");
	assert_int_equal(unlinkat(sp.fd, ".known", 0), 0);
	assert_int_equal(mkdirat(sp.fd, ".known", 0700), 0);
	k = open_known();
	assert_non_null(strstr(known_fault(k), "damaged"));
	assert_true(came(k, "j1", 'f'));
	assert_int_equal(known_save(k, &why), -1);
	assert_int_equal(why.errnum, EISDIR);
	known_free(k);
	assert_int_equal(unlinkat(sp.fd, ".known", AT_REMOVEDIR), 0);
	save();
}

/* An event that was not written after all is not kept. */
static void
of_doubt(void **state)
{
	struct audit_event e = {"k1", "entered", "legs=1 sha256="};
	struct known *k;

	(void)state;
	fill_much("y");
	k = open_known();
	known_add(k, &e);
	known_doubt(k);
	assert_int_equal(unlinkat(sp.fd, ".known", 0), 0);
	assert_int_equal(known_save(k, &why), 0);
	assert_false(is_kept());
	known_free(k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(of_a_damaged_file),
	    cmocka_unit_test(of_an_older_file),
	    cmocka_unit_test(of_another_log),
	    cmocka_unit_test(of_a_moved_spool),
	    cmocka_unit_test(of_missing_lines),
	    cmocka_unit_test(of_a_killed_save),
	    cmocka_unit_test(of_two_saves),
	    cmocka_unit_test(of_a_full_disk),
	    cmocka_unit_test(of_no_file),
	    cmocka_unit_test(of_doubt),
	};

	return cmocka_run_group_tests_name(
	    "known_file", tests, set_up, tear_down);
}
