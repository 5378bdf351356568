/* SPDX-License-Identifier: ISC */
#include "audit.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "io.h"
#include "mem.h"
#include "text.h"

#define NOW INT64_C(1795341600000000) /* 2026-11-22T10:00:00Z */

static char dir[] = "/tmp/rectools-audit.XXXXXX";
static int root = -1;

static int
begin(void **state)
{
	(void)state;
	return mkdtemp(dir) && (root = open(dir, O_RDONLY | O_DIRECTORY)) >= 0
		   ? 0
		   : -1;
}

static int
end(void **state)
{
	(void)state;
	(void)unlinkat(root, "audit.log", 0);
	(void)close(root);
	return rmdir(dir);
}

/* Wraps flock(2): what another process does in between. */
static void (*before_flock)(void);

int
flock(int fd, int operation)
{
	void (*now)(void) = before_flock;

	before_flock = NULL;
	if (now)
		now();
	return (int)syscall(SYS_flock, fd, operation);
}

static void
add(const char *id, const char *details)
{
	struct why why = {0};

	if (audit_add(root, NOW, id, "swept", &why, "%s", details) != 0)
		fail_msg("%s", why.text);
}

static void
change(const void *p, size_t n, off_t at)
{
	int fd = openat(root, "audit.log", O_WRONLY);

	assert_true(fd >= 0);
	if (at < 0)
		at = lseek(fd, 0, SEEK_END) + at + 1;
	assert_int_equal(pwrite(fd, p, n, at), n);
	(void)close(fd);
}

static off_t
size(void)
{
	struct stat st;

	assert_int_equal(fstatat(root, "audit.log", &st, 0), 0);
	return st.st_size;
}

static void
a_line_has_its_parts(void **state)
{
	static const char wanted[] =
	    "2026-11-22T10:00:00Z "
	    "00000000000000000000000000000000"
	    "00000000000000000000000000000000 c1 swept a=b  c\n";
	char text[256] = "";
	int fd;

	(void)state;
	(void)unlinkat(root, "audit.log", 0);
	add("c1", "a=b\n\tc"); /* no line that another program made */
	fd = openat(root, "audit.log", O_RDONLY);
	assert_true(io_read(fd, text, sizeof text - 1) > 0);
	(void)close(fd);
	assert_string_equal(text, wanted);
	add("c2", "");
	assert_int_equal(audit_verify(root, NULL, NULL, NULL), 0);
}

static void
a_torn_end_is_cut_off(void **state)
{
	static const size_t sizes[] = {1, 100, 4095, 4096, 4097, 20000};
	char *zeros = mem_alloc(20000);

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		for (int lines = 1; lines < 4; lines++) {
			off_t before;

			print_message(
			    "%zu bytes after %d lines\n", sizes[i], lines);
			(void)unlinkat(root, "audit.log", 0);
			add("a", "x=1");
			for (int k = 1; k < lines; k++)
				add("b", "");
			before = size();
			change(zeros, sizes[i], -1);
			assert_int_equal(
			    audit_verify(root, NULL, NULL, NULL), -1);
			add("c", "");
			assert_int_equal(
			    audit_verify(root, NULL, NULL, NULL), 0);
			assert_true(size() > before);
			assert_true(size() < before + 200);
		}
	free(zeros);
}

static void
long_details_stay_one_line(void **state)
{
	char *long_text = mem_alloc(10000);

	(void)state;
	memset(long_text, 'x', 9999);
	(void)unlinkat(root, "audit.log", 0);
	add("a", long_text);
	add("b", "");
	free(long_text);
	assert_int_equal(audit_verify(root, NULL, NULL, NULL), 0);
	assert_true(size() > 9999); /* nothing of it is lost */
}

static void
any_changed_byte_is_seen(void **state)
{
	struct why why;
	off_t last;

	(void)state;
	(void)unlinkat(root, "audit.log", 0);
	add("a", "x=1");
	add("b", "x=2");
	last = size();
	add("c", "x=3");
	/* The newline before the last line is as uncertain as that line itself. */
	for (off_t at = 21; at < last - 1; at++) {
		char was, is;
		int fd = openat(root, "audit.log", O_RDONLY);

		assert_int_equal(pread(fd, &was, 1, at), 1);
		(void)close(fd);
		is = (char)(was ^ 1);
		change(&is, 1, at);
		if (audit_verify(root, NULL, NULL, &why) == 0)
			fail_msg("byte %ld", (long)at);
		assert_non_null(strstr(why.text, "audit.log:"));
		change(&was, 1, at);
	}
	assert_int_equal(audit_verify(root, NULL, NULL, NULL), 0);
}

static void
a_link_is_not_followed(void **state)
{
	struct why why;

	(void)state;
	(void)unlinkat(root, "audit.log", 0);
	assert_int_equal(symlinkat("elsewhere", root, "audit.log"), 0);
	assert_int_equal(audit_add(root, NOW, "a", "swept", &why, "x"), -1);
	assert_int_equal(audit_verify(root, NULL, NULL, &why), -1);
	assert_int_equal(faccessat(root, "elsewhere", F_OK, 0), -1);
}

static void
many_at_once(void **state)
{
	struct audit_event e[100];
	struct audit_chain chain;
	struct why why;
	char hex[AUDIT_HASH_SIZE];

	(void)state;
	(void)unlinkat(root, "audit.log", 0);
	for (size_t i = 0; i < 100; i++)
		e[i] = (struct audit_event){"a", "swept", i % 2 ? "x=1" : ""};
	assert_int_equal(audit_add_all(root, NOW, e, 100, &why), 0);
	add("b", "");
	assert_int_equal(audit_verify(root, NULL, &chain, &why), 0);
	assert_int_equal(chain.lines, 101);
	assert_int_equal(audit_last(root, hex, &why), 0);
	assert_string_equal(hex, chain.head);
	assert_int_equal(audit_verify(root, hex, NULL, &why), 0);
}

static void
a_missing_end_is_seen(void **state)
{
	char hex[AUDIT_HASH_SIZE];
	off_t before;
	struct why why;
	int fd;

	(void)state;
	(void)unlinkat(root, "audit.log", 0);
	add("a", "");
	before = size();
	add("b", "");
	assert_int_equal(audit_last(root, hex, &why), 0);
	assert_int_equal(audit_verify(root, hex, NULL, &why), 0);
	add("c", "");
	assert_int_equal(audit_verify(root, hex, NULL, &why), 0);
	fd = openat(root, "audit.log", O_WRONLY);
	assert_int_equal(ftruncate(fd, before), 0);
	(void)close(fd);
	assert_int_equal(audit_verify(root, NULL, NULL, &why), 0);
	assert_int_equal(audit_verify(root, hex, NULL, &why), -1);
	assert_non_null(strstr(why.text, "missing at the end"));
	(void)unlinkat(root, "audit.log", 0);
	assert_int_equal(audit_verify(root, hex, NULL, &why), -1);
}

static void
rotate(const char *from, const char *to)
{
	assert_int_equal(renameat(root, from, root, to), 0);
}

static void
count_line(const char *line, void *arg)
{
	assert_int_equal(line[strlen(line) - 1], '\n');
	++*(int *)arg;
}

static void
the_chain_goes_on_after_a_rotation(void **state)
{
	struct audit_chain chain;
	struct why why;
	int lines = 0;

	(void)state;
	(void)unlinkat(root, "audit.log", 0);
	for (int i = 0; i < 9; i++) {
		add(i % 3 ? "a" : "b", "");
		if (i == 5)
			rotate("audit.log.1", "audit.log.2");
		if (i == 2 || i == 5)
			rotate("audit.log", "audit.log.1");
	}
	assert_int_equal(audit_verify(root, NULL, &chain, &why), 0);
	assert_int_equal(chain.lines, 9);
	assert_int_equal(audit_story(root, "b", count_line, &lines, &why), 0);
	assert_int_equal(lines, 3);
	/* The oldest may go, one in between may not. */
	(void)unlinkat(root, "audit.log.2", 0);
	assert_int_equal(audit_verify(root, NULL, &chain, &why), 0);
	assert_int_equal(chain.lines, 6);
	(void)unlinkat(root, "audit.log.1", 0);
	assert_int_equal(audit_verify(root, NULL, &chain, &why), -1);
}

static void
writers_take_turns(void **state)
{
	enum { WRITERS = 8, LINES = 50 };
	struct audit_chain chain;
	struct why why;
	int status, rotations = 0;

	(void)state;
	(void)unlinkat(root, "audit.log", 0);
	for (int i = 0; i < WRITERS; i++)
		if (fork() == 0) {
			int bad = 0;
			for (int k = 0; k < LINES; k++)
				bad |= audit_add(root, NOW, "w", "swept", &why,
				    "writer=%d", i);
			_exit(bad != 0);
		}
	/* A rotation while they write. */
	while (rotations == 0 && usleep(2000) == 0)
		rotations +=
		    renameat(root, "audit.log", root, "audit.log.1") == 0;
	for (int i = 0; i < WRITERS; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	if (audit_verify(root, NULL, &chain, &why) != 0)
		fail_msg("%s", why.text);
	assert_int_equal(chain.lines, WRITERS * LINES);
	(void)unlinkat(root, "audit.log.1", 0);
}

static void
rotate_now(void)
{
	assert_int_equal(renameat(root, "audit.log", root, "audit.log.1"), 0);
}

static void
rotate_and_add(void)
{
	rotate_now();
	add("c3", "x");
}

/* A line never goes into a log that was rotated while it was opened, whether
 * there is a new one by then or not. */
static void
a_rotation_before_the_lock(void **state)
{
	static void (*const happens[])(void) = {rotate_now, rotate_and_add};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct audit_chain chain = {0};
		struct why why = {.text = ""};

		(void)unlinkat(root, "audit.log", 0);
		add("c1", "x");
		before_flock = happens[i];
		add("c2", "x");
		assert_null(before_flock);
		if (audit_verify(root, NULL, &chain, &why) != 0)
			fail_msg("%s", why.text);
		assert_int_equal(chain.lines, 2 + i);
		assert_int_equal(unlinkat(root, "audit.log.1", 0), 0);
		assert_int_equal(faccessat(root, "audit.log", F_OK, 0), 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_line_has_its_parts),
	    cmocka_unit_test(a_torn_end_is_cut_off),
	    cmocka_unit_test(long_details_stay_one_line),
	    cmocka_unit_test(any_changed_byte_is_seen),
	    cmocka_unit_test(many_at_once),
	    cmocka_unit_test(a_missing_end_is_seen),
	    cmocka_unit_test(the_chain_goes_on_after_a_rotation),
	    cmocka_unit_test(writers_take_turns),
	    cmocka_unit_test(a_rotation_before_the_lock),
	    cmocka_unit_test(a_link_is_not_followed),
	};

	return cmocka_run_group_tests_name("audit", tests, begin, end);
}
