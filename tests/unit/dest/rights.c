/* SPDX-License-Identifier: ISC */
#include "rights.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void
modes_are_read(void **state)
{
	static const struct {
		const char *text;
		int mode; /* -1: refused */
	} table[] = {
	    {"0600", 0600},
	    {"600", 0600},
	    {"0640", 0640},
	    {"0660", 0660},
	    {"0644", 0644},
	    {"0664", 0664},
	    {"0604", 0604},
	    {"0666", -1},
	    {"0662", -1},
	    {"0400", -1},
	    {"0700", -1},
	    {"0650", -1},
	    {"0601", -1},
	    {"0608", -1},
	    {"00640", -1},
	    {"1640", -1},
	    {"64", -1},
	    {"", -1},
	    {"-640", -1},
	    {"u=rw", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		mode_t mode = 0;
		int status = rights_mode(table[i].text, &mode);

		print_message("'%s'\n", table[i].text);
		assert_int_equal(status, table[i].mode < 0 ? -1 : 0);
		if (table[i].mode >= 0)
			assert_int_equal(mode, table[i].mode);
	}
}

static unsigned
mode_of(int dir, const char *name)
{
	struct stat st;

	assert_int_equal(fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	return (unsigned)st.st_mode & 07777;
}

static void
folders_are_made_with_their_rights(void **state)
{
	static const struct {
		mode_t mode;
		unsigned wanted;
	} table[] = {{0, 0700}, {0600, 0700}, {0640, 0750}, {0660, 0770},
	    {0644, 0755}, {0604, 0705}};
	char path[] = "/tmp/rights-XXXXXX";
	int dir;

	(void)state;
	assert_non_null(mkdtemp(path));
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(dir >= 0);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct rights r = {.mode = table[i].mode, .group = (gid_t)-1};

		assert_int_equal(rights_make_folder(dir, "a", &r), 0);
		assert_int_equal(mode_of(dir, "a"), table[i].wanted);
		/* Another process was faster: its file is kept, and no other is left. */
		r.mode = 0600;
		assert_int_equal(rights_make_folder(dir, "a", &r), -1);
		assert_int_equal(mode_of(dir, "a"), table[i].wanted);
		assert_int_equal(faccessat(dir, ".a.new", F_OK, 0), -1);
		assert_int_equal(unlinkat(dir, "a", AT_REMOVEDIR), 0);
	}
	(void)close(dir);
	assert_int_equal(rmdir(path), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(modes_are_read),
	    cmocka_unit_test(folders_are_made_with_their_rights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
