/* SPDX-License-Identifier: ISC */
#include "audit.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "mem.h"
#include "text.h"

#define NOW INT64_C(1795341600000000) /* 2026-11-22T10:00:00Z */

static char dir[] = "/tmp/rectools-since.XXXXXX";
static int root = -1;
static struct why why;

/* Before this file is opened, another process does this. */
static const char *when_opened;
static void (*before_open)(void);

int
openat(int fd, const char *name, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = flags & O_CREAT ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	if (when_opened && strcmp(name, when_opened) == 0) {
		when_opened = NULL;
		before_open();
	}
	return (int)syscall(SYS_openat, fd, name, flags, mode);
}

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
	char *command = text_format("rm -rf %s", dir);
	int status = system(command);

	(void)state;
	free(command);
	(void)close(root);
	return status;
}

static void
add(const char *id)
{
	assert_int_equal(audit_add(root, NOW, id, "mixed", &why, "mp3s=1"), 0);
}

static void
move(const char *from, const char *to)
{
	assert_int_equal(renameat(root, from, root, to), 0);
}

static void
rotate(void)
{
	move("audit.log.1", "audit.log.2");
	move("audit.log", "audit.log.1");
}

/* Adds the third word, the id, to a list. */
static void
list_id(const char *line, size_t n, void *arg)
{
	char *text = text_ndup(line, n), id[32] = "?";

	(void)sscanf(text, "%*s %*s %31s", id);
	buf_format(arg, " %s", id);
	free(text);
}

static void
check(struct audit_place *place, const char *ids)
{
	struct buf list = {0};

	buf_format(&list, "%s", "");
	if (audit_since(root, place, list_id, &list, &why) != 0)
		fail_msg("%s", why.text);
	assert_string_equal(list.s, ids);
	buf_free(&list);
}

static struct audit_place place;

static void
lines_since_then(void **state)
{
	(void)state;
	check(&place, "");
	add("a");
	add("b");
	check(&place, " a b");
	check(&place, "");
	move("audit.log", "audit.log.1");
	check(&place, "");
	add("c");
	check(&place, " c");
	add("d");
	rotate();
	add("e");
	rotate();
	check(&place, " d e");
}

static void
rotate_and_add(void)
{
	rotate();
	add("after");
}

/* What comes after it was opened is read at the next time, and nothing twice. */
static void
renamed_meanwhile(void **state)
{
	static const char *const names[] = {"audit.log", "audit.log.1"};
	static const char *const then[] = {" g after", " g"};
	static const char *const later[] = {"", " after"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct audit_place own = {0};

		(void)unlinkat(root, "audit.log.2", 0);
		(void)unlinkat(root, "audit.log.1", 0);
		(void)unlinkat(root, "audit.log", 0);
		add("f");
		check(&own, " f");
		move("audit.log", "audit.log.1");
		add("g");
		before_open = rotate_and_add;
		when_opened = names[i];
		check(&own, then[i]);
		check(&own, later[i]);
	}
}

static void
a_line_that_is_too_long(void **state)
{
	struct audit_place own = {0};
	struct buf zeros = {0};
	int fd;

	(void)state;
	(void)unlinkat(root, "audit.log.2", 0);
	(void)unlinkat(root, "audit.log.1", 0);
	for (int i = 0; i < 1 << 15; i++)
		buf_format(&zeros, "%0100d", 0);
	fd = openat(root, "audit.log", O_WRONLY | O_TRUNC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, zeros.s, zeros.len), zeros.len);
	assert_int_equal(write(fd, "\n", 1), 1);
	(void)close(fd);
	buf_free(&zeros);
	add("h");
	check(&own, " ? h");
	check(&own, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_since_then),
	    cmocka_unit_test(renamed_meanwhile),
	    cmocka_unit_test(a_line_that_is_too_long),
	};

	return cmocka_run_group_tests_name("audit_since", tests, begin, end);
}
