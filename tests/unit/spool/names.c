/* SPDX-License-Identifier: ISC */
#include "names.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[64];
static int spool_fd;

static int
make(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof dir, "/tmp/names.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	spool_fd = open(dir, O_RDONLY | O_DIRECTORY);
	return spool_fd < 0;
}

static int
clear(void **state)
{
	char path[128];

	(void)state;
	(void)snprintf(path, sizeof path, "%s/names/c1", dir);
	(void)unlink(path);
	(void)snprintf(path, sizeof path, "%s/names", dir);
	(void)rmdir(path);
	(void)close(spool_fd);
	return rmdir(dir);
}

static void
each_text_has_its_word(void **state)
{
	static const char *const texts[] = {
	    "alice/call.mp3", "alice", "alice/call", "alice/call.mp3.cms", ""};
	char *word[5];
	struct why why = {0};

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		word[i] = names_seal(spool_fd, "c1", texts[i], &why);
		assert_non_null(word[i]);
		assert_true(names_is_sealed(word[i]));
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(word[i], word[k]);
	}
	for (size_t i = 0; i < 5; i++) {
		char *text = names_open(spool_fd, "c1", word[i]);
		char *again = names_seal(spool_fd, "c1", texts[i], &why);

		assert_string_equal(text, texts[i]);
		assert_string_equal(again, word[i]);
		free(text);
		free(again);
	}
	assert_int_equal(names_forget(spool_fd, "c1", &why), 0);
	for (size_t i = 0; i < 5; i++) {
		assert_null(names_open(spool_fd, "c1", word[i]));
		free(word[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		each_text_has_its_word, make, clear),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
