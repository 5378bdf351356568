/* SPDX-License-Identifier: ISC */
#include "state.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "io.h"

#define S INT64_C(1000000)

static char folder[] = "/tmp/rectools-state.XXXXXX";
static int dir;

static int
begin(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? -1 : 0;
}

static int
finish(void **state)
{
	(void)state;
	(void)unlinkat(dir, STATE_FILE, 0);
	(void)close(dir);
	return rmdir(folder);
}

static void
put(const char *text)
{
	int fd = openat(dir, STATE_FILE, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(io_write(fd, text, strlen(text)), 0);
	(void)close(fd);
}

/* Names, errors and ids of any length and with any character. */
static void
what_was_saved_is_loaded(void **state)
{
	struct state q = {0};
	struct state_entry *e;
	struct why why;
	char name[200], error[1000];

	(void)state;
	memset(name, 'd', sizeof name);
	name[64] = '\0';
	memset(error, 'e', sizeof error);
	error[sizeof error - 1] = '\0';
	error[180] = ' ';
	e = state_entry(&q, name, "c1-1.1.mp3");
	e->attempts = 7;
	e->due_us = 1764000000 * S + 123456;
	state_set_error(e, error);
	e = state_entry(&q, "b", "c1-1.1.mp3");
	e->done = true;
	e->cipher_bytes = 5000000000;
	memset(e->cipher_sha256, 'a', 64);
	e = state_entry(&q, "c", "c1-1.2.mp3");
	e->done = e->exempt = true;
	e = state_entry(&q, "d", "a \"b\"\n.mp3");
	e->failed = true;
	state_set_error(e, "caf\xc3\xa9");
	assert_int_equal(state_save(&q, dir, &why), 0);
	state_free(&q);
	assert_int_equal(state_load(&q, dir, folder, &why), 0);
	assert_int_equal(q.entries, 4);
	e = state_entry(&q, name, "c1-1.1.mp3");
	assert_int_equal(e->attempts, 7);
	assert_int_equal(e->due_us, 1764000000 * S + 123456);
	assert_string_equal(e->error, error);
	assert_string_equal(e->cipher_sha256, "");
	e = state_entry(&q, "b", "c1-1.1.mp3");
	assert_true(e->done && e->cipher_bytes == 5000000000);
	assert_int_equal(strlen(e->cipher_sha256), 64);
	assert_true(state_entry(&q, "c", "c1-1.2.mp3")->exempt);
	e = state_entry(&q, "d", "a \"b\"\n.mp3");
	assert_true(e->failed && !e->done);
	assert_string_equal(e->error, "caf\xc3\xa9");
	assert_int_equal(q.entries, 4);
	state_free(&q);
}

static void
version_0_1_is_read(void **state)
{
	struct state q;
	struct state_entry *e;
	struct why why;

	(void)state;
	put("[delivery archive c1-1.1.mp3]\nstate = waiting\nattempts = 2\n"
	    "due = 2026-11-22T12:00:07Z\nerror = one\nerror = two\n"
	    "[delivery crm c1-1.1.mp3]\nstate = done\nattempts = 0\n");
	assert_int_equal(state_load(&q, dir, folder, &why), 0);
	assert_int_equal(q.entries, 2);
	e = state_entry(&q, "archive", "c1-1.1.mp3");
	assert_int_equal(e->attempts, 2);
	assert_true(e->due_us > 0 && !e->done);
	assert_non_null(strstr(e->error, "two"));
	assert_true(state_entry(&q, "crm", "c1-1.1.mp3")->done);
	state_free(&q);
}

static void
rubbish_is_told(void **state)
{
	static const char *const table[] = {"rubbish", "{", "{}",
	    "{\"deliveries\":[{}]}",
	    "{\"deliveries\":[{\"destination\":\"a\",\"file\":\"b\","
	    "\"due\":\"soon\"}]}",
	    "[delivery]\n", "[\"deliveries\"]"};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct why why = {.text = ""};
		struct state q;

		put(table[i]);
		print_message("%s\n", table[i]);
		assert_int_equal(state_load(&q, dir, folder, &why), -1);
		assert_int_equal(q.entries, 0);
		assert_non_null(strstr(why.text, STATE_FILE));
	}
}

static void
retry_forgets_waits_alone(void **state)
{
	struct state q = {0};
	struct state_entry *e;

	(void)state;
	e = state_entry(&q, "a", "f");
	e->attempts = 3;
	e->due_us = S;
	e = state_entry(&q, "b", "f");
	e->failed = true;
	e = state_entry(&q, "c", "f");
	e->done = true;
	state_retry(&q, "a");
	assert_int_equal(state_entry(&q, "a", "f")->due_us, 0);
	assert_true(state_entry(&q, "b", "f")->failed);
	state_retry(&q, NULL);
	assert_false(state_entry(&q, "b", "f")->failed);
	assert_true(state_entry(&q, "c", "f")->done);
	state_free(&q);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_was_saved_is_loaded),
	    cmocka_unit_test(version_0_1_is_read),
	    cmocka_unit_test(rubbish_is_told),
	    cmocka_unit_test(retry_forgets_waits_alone),
	};

	return cmocka_run_group_tests_name("state", tests, begin, finish);
}
