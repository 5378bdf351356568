/* SPDX-License-Identifier: ISC */
#include "audit.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

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

static void
add(const char *id, const char *details)
{
	struct why why = {""};

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
	add("c1", "a=b\n\tc"); /* no line of another's making */
	fd = openat(root, "audit.log", O_RDONLY);
	assert_true(util_read(fd, text, sizeof text - 1) > 0);
	(void)close(fd);
	assert_string_equal(text, wanted);
	add("c2", "");
	assert_int_equal(audit_verify(root, NULL), 0);
}

static void
a_torn_end_is_cut_off(void **state)
{
	static const size_t sizes[] = {1, 100, 4095, 4096, 4097, 20000};
	char *zeros = util_alloc(20000);

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
			assert_int_equal(audit_verify(root, NULL), -1);
			add("c", "");
			assert_int_equal(audit_verify(root, NULL), 0);
			assert_true(size() > before);
			assert_true(size() < before + 200);
		}
	free(zeros);
}

static void
long_details_stay_one_line(void **state)
{
	char *long_text = util_alloc(10000);

	(void)state;
	memset(long_text, 'x', 9999);
	(void)unlinkat(root, "audit.log", 0);
	add("a", long_text);
	add("b", "");
	free(long_text);
	assert_int_equal(audit_verify(root, NULL), 0);
	assert_true(size() < 4096 + 200);
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
	/* The newline before the last line is as open as that line itself. */
	for (off_t at = 21; at < last - 1; at++) {
		char was, is;
		int fd = openat(root, "audit.log", O_RDONLY);

		assert_int_equal(pread(fd, &was, 1, at), 1);
		(void)close(fd);
		is = (char)(was ^ 1);
		change(&is, 1, at);
		if (audit_verify(root, &why) == 0)
			fail_msg("byte %ld", (long)at);
		assert_non_null(strstr(why.text, "audit.log:"));
		change(&was, 1, at);
	}
	assert_int_equal(audit_verify(root, NULL), 0);
}

static void
a_link_is_not_followed(void **state)
{
	struct why why;

	(void)state;
	(void)unlinkat(root, "audit.log", 0);
	assert_int_equal(symlinkat("elsewhere", root, "audit.log"), 0);
	assert_int_equal(audit_add(root, NOW, "a", "swept", &why, "x"), -1);
	assert_int_equal(audit_verify(root, &why), -1);
	assert_int_equal(faccessat(root, "elsewhere", F_OK, 0), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_line_has_its_parts),
	    cmocka_unit_test(a_torn_end_is_cut_off),
	    cmocka_unit_test(long_details_stay_one_line),
	    cmocka_unit_test(any_changed_byte_is_seen),
	    cmocka_unit_test(a_link_is_not_followed),
	};

	return cmocka_run_group_tests_name("audit", tests, begin, end);
}
