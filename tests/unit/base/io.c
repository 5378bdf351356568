/* SPDX-License-Identifier: ISC */
#include "io.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "text.h"

/* A last line without a newline counts, too. */
static void
lines(void **state)
{
	static const struct {
		const char *text;
		const char *wanted; /* "length:what is kept|" of each */
	} table[] = {
	    {"", ""},
	    {"\n", "0:|"},
	    {"a", "1:a|"},
	    {"a\n", "1:a|"},
	    {"a\n\nb", "1:a|0:|1:b|"},
	    {"a\n\n", "1:a|0:|"},
	    {"1234567\n", "7:1234567|"},
	    {"12345678\nb\n", "8:1234567|1:b|"},
	    {"123456789", "9:1234567|"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		const char *text = table[i].text;
		FILE *file =
		    strlen(text) > 0
			? fmemopen((void *)(uintptr_t)text, strlen(text), "r")
			: fopen("/dev/null", "r");
		struct buf got = {0};
		char line[8];
		ssize_t n;

		assert_non_null(file);
		buf_add(&got, "", 0);
		while ((n = io_line(file, line, sizeof line)) >= 0)
			buf_format(&got, "%zd:%s|", n, line);
		assert_string_equal(got.s, table[i].wanted);
		buf_free(&got);
		(void)fclose(file);
	}
}

static void
records_end_with_a_byte(void **state)
{
	static const char text[] = "a\nb\0c";
	FILE *file = fmemopen((void *)(uintptr_t)text, sizeof text - 1, "r");
	char buf[16];

	(void)state;
	assert_non_null(file);
	assert_int_equal(io_record(file, '\0', buf, sizeof buf), 3);
	assert_string_equal(buf, "a\nb");
	assert_int_equal(io_record(file, '\0', buf, sizeof buf), 1);
	assert_string_equal(buf, "c");
	assert_int_equal(io_record(file, '\0', buf, sizeof buf), -1);
	(void)fclose(file);
}

static void
reads_are_whole(void **state)
{
	int fd = memfd_create("io", MFD_CLOEXEC), pipes[2];
	char buf[16] = "";

	(void)state;
	assert_int_equal(io_write(fd, "0123456789", 10), 0);
	assert_int_equal(io_pread(fd, buf, 4, 3), 4);
	assert_memory_equal(buf, "3456", 4);
	assert_int_equal(io_pread(fd, buf, sizeof buf, 8), 2);
	assert_int_equal(io_pread(fd, buf, sizeof buf, 10), 0);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 10);
	assert_int_equal(lseek(fd, 6, SEEK_SET), 6);
	assert_int_equal(io_read(fd, buf, sizeof buf), 4);
	assert_int_equal(close(fd), 0);
	assert_int_equal(io_read(fd, buf, 1), -1);
	assert_int_equal(io_pread(fd, buf, 1, 0), -1);
	assert_int_equal(io_write(fd, "x", 1), -1);
	/* Two pieces of a pipe are one read. */
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(io_write(pipes[1], "ab", 2), 0);
	assert_int_equal(io_write(pipes[1], "cd", 2), 0);
	assert_int_equal(close(pipes[1]), 0);
	assert_int_equal(io_read(pipes[0], buf, sizeof buf), 4);
	assert_memory_equal(buf, "abcd", 4);
	assert_int_equal(close(pipes[0]), 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines),
	    cmocka_unit_test(records_end_with_a_byte),
	    cmocka_unit_test(reads_are_whole),
	};

	return cmocka_run_group_tests_name("io", tests, NULL, NULL);
}
