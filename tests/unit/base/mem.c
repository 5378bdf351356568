/* SPDX-License-Identifier: ISC */
#include "mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "text.h"

/* It exits with one message and the status of a machine fault. */
static void
out_of_memory(void **state)
{
	static const char said[] = "rectools: out of memory\n";
	char text[100];
	int fd[2], status;
	ssize_t n;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(fd), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		mem_speak_to(fd[1]);
		(void)mem_resize(NULL, SIZE_MAX, 2);
		_exit(0);
	}
	(void)close(fd[1]);
	n = read(fd[0], text, sizeof text);
	(void)close(fd[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EXIT_LATER);
	assert_int_equal(n, sizeof said - 1);
	assert_memory_equal(text, said, sizeof said - 1);
}

static void
nothing_is_something(void **state)
{
	char *p = mem_alloc(0);

	(void)state;
	assert_non_null(p);
	p = mem_resize(p, 0, 8);
	assert_non_null(p);
	free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(out_of_memory),
	    cmocka_unit_test(nothing_is_something),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
