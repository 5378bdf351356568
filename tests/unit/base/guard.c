/* SPDX-License-Identifier: ISC */
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "text.h"

static char top[] = "/tmp/rectools-guard.XXXXXX";
static int dir = -1;

static void
put(const char *path, const char *text)
{
	int fd = openat(dir, path, O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	(void)close(fd);
}

/* Strangers write into DIR/in; DIR/secret is outside of it. */
static int
set_up(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(top));
	dir = open(top, O_RDONLY | O_DIRECTORY);
	assert_int_equal(mkdirat(dir, "in", 0700), 0);
	assert_int_equal(mkdirat(dir, "in/sub", 0700), 0);
	put("secret", "secret");
	put("in/good", "good");
	put("in/sub/good", "good");
	put("in/two", "two names");
	assert_int_equal(linkat(dir, "in/two", dir, "in/again", 0), 0);
	assert_int_equal(symlinkat("good", dir, "in/link"), 0);
	assert_int_equal(symlinkat("../secret", dir, "in/out"), 0);
	assert_int_equal(symlinkat("sub", dir, "in/dir"), 0);
	assert_int_equal(symlinkat("..", dir, "in/up"), 0);
	assert_int_equal(mkfifoat(dir, "in/fifo", 0600), 0);
	return 0;
}

static int
tear_down(void **state)
{
	char *command = text_format("rm -rf %s", top);

	(void)state;
	assert_int_equal(system(command), 0);
	free(command);
	return close(dir);
}

static const struct {
	const char *path, *why; /* NULL: it is opened */
} table[] = {
    {"good", NULL},
    {"sub/good", NULL},
    {"./good", NULL},
    {"", "not beneath the directory"},
    {"sub", "is a directory"},
    {"sub/", "not beneath the directory"},
    {"sub//good", "not beneath the directory"},
    {"/etc/passwd", "not beneath the directory"},
    {"..", "not beneath the directory"},
    {"../secret", "not beneath the directory"},
    {"sub/../good", "not beneath the directory"},
    {"sub/../../secret", "not beneath the directory"},
    {"link", "is a symbolic link"},
    {"out", "is a symbolic link"},
    {"dir/good", "link"},
    {"up/secret", "link"},
    {"fifo", "not a regular file"},
    {"two", "another name"},
    {"missing", "No such file"},
    {"good/x", "Not a directory"},
};

static void
beneath(void **state)
{
	int in = openat(dir, "in", O_RDONLY | O_DIRECTORY);

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct why why = {.errnum = 0};
		int fd = guard_open_beneath(in, table[i].path, 100, NULL, &why);

		print_message("%s: %s\n", table[i].path, why.text);
		assert_int_equal(fd >= 0, table[i].why == NULL);
		if (fd >= 0)
			(void)close(fd);
		else if (strcmp(table[i].why, "link") == 0)
			/* openat2(2) gives ELOOP, its replacement ENOTDIR. */
			assert_int_equal(why_status(&why), EXIT_GIVEN_UP);
		else
			assert_non_null(strstr(why.text, table[i].why));
	}
	(void)close(in);
}

static void
limits(void **state)
{
	int in = openat(dir, "in", O_RDONLY | O_DIRECTORY);
	char *path = text_format("%s/in/fifo", top);
	struct why why;
	struct stat st;
	int fd;

	(void)state;
	assert_int_equal(guard_open_beneath(in, "good", 3, NULL, &why), -1);
	assert_non_null(strstr(why.text, "has 4 bytes, more than 3"));
	fd = guard_open_beneath(in, "good", 4, &st, &why);
	assert_true(fd >= 0);
	assert_int_equal(st.st_size, 4);
	(void)close(fd);
	/* Neither waits for a writer. */
	assert_int_equal(guard_open(path, 100, &why), -1);
	assert_null(guard_stream(path, 100, &why));
	assert_ptr_equal(guard_stream("-", 100, &why), stdin);
	fd = guard_dir_beneath(in, "sub");
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(guard_dir_beneath(in, "dir"), -1);
	free(path);
	(void)close(in);
}

/* An old kernel, from here on: openat2(2) is not there. */
static void
old_kernel(void **state)
{
	struct sock_filter filter[] = {
	    BPF_STMT(
		BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof filter / sizeof *filter, filter};

	assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	assert_int_equal(
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
	beneath(state);
	limits(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(beneath),
	    cmocka_unit_test(limits),
	    cmocka_unit_test(old_kernel),
	};

	return cmocka_run_group_tests_name("guard", tests, set_up, tear_down);
}
