/* SPDX-License-Identifier: ISC */
#include "incoming.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "guard.h"
#include "text.h"

static char top[] = "/tmp/rectools-incoming.XXXXXX";
static int top_fd = -1;
static char *dir, *spool;
static struct incoming in;
static struct why why;

static void
put(const char *path, const char *text)
{
	int fd = openat(top_fd, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	(void)close(fd);
}

static void
make_dir(const char *path)
{
	assert_int_equal(mkdirat(top_fd, path, 0700), 0);
}

static bool
is_there(const char *path)
{
	return faccessat(top_fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static int
set_up(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(top));
	top_fd = open(top, O_RDONLY | O_DIRECTORY);
	assert_true(top_fd >= 0);
	dir = text_format("%s/d", top);
	spool = text_format("%s/sp", top);
	make_dir("d");
	make_dir("d/2026");
	make_dir("sp");
	put("secret", "secret");
	put("d/c1.ini", "[call]");
	put("d/c1-in.wav", "in");
	put("d/c1.events", "");
	put("d/c10.ini", "[call]");
	put("d/2026/c2.ini", "[call]");
	put("d/.hidden", "");
	assert_int_equal(symlinkat("../secret", top_fd, "d/link.wav"), 0);
	assert_int_equal(symlinkat("..", top_fd, "d/up"), 0);
	assert_int_equal(mkfifoat(top_fd, "d/fifo.ini", 0600), 0);
	return 0;
}

static int
tear_down(void **state)
{
	char *command = text_format("rm -rf %s", top);

	(void)state;
	(void)close(top_fd);
	assert_int_equal(system(command), 0);
	free(command);
	free(dir);
	free(spool);
	return 0;
}

static void
open_in(void)
{
	if (incoming_open(&in, dir, spool, &why) != 0)
		fail_msg("%s", why.text);
	assert_int_equal(incoming_scan(&in, &why), 0);
}

static void
which_directories(void **state)
{
	static const struct {
		const char *label, *dir, *spool;
		int found, status;
	} table[] = {
	    {"a directory", "d", "sp", 0, EXIT_DONE},
	    {"with slashes behind", "d//", "sp", 0, EXIT_DONE},
	    {"only looked at", "d", NULL, 0, EXIT_DONE},
	    {"missing", "none", "sp", -1, EXIT_USAGE},
	    {"a file", "secret", "sp", -1, EXIT_USAGE},
	    {"the spool itself", "sp", "sp", -1, EXIT_USAGE},
	    {"around the spool", ".", "sp", -1, EXIT_USAGE},
	    {"in the spool", "d/2026", "d", -1, EXIT_USAGE},
	    {"no spool", "d", "none", -1, EXIT_USAGE},
	};
	char *path;

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		char *at = text_format("%s/%s", top, table[i].dir);
		char *sp = table[i].spool
			       ? text_format("%s/%s", top, table[i].spool)
			       : NULL;

		print_message("%s\n", table[i].label);
		assert_int_equal(
		    incoming_open(&in, at, sp, &why), table[i].found);
		if (table[i].found < 0)
			assert_int_equal(incoming_fault(&why), table[i].status);
		else
			assert_int_equal(in.hold_fd >= 0, sp != NULL);
		incoming_close(&in);
		free(at);
		free(sp);
	}
	path = text_format("-%s/none", top);
	assert_int_equal(incoming_open(&in, path, spool, &why), 1);
	incoming_close(&in);
	free(path);
}

/* Files that others could put into the hold would be deleted. */
static void
whose_hold(void **state)
{
	(void)state;
	assert_int_equal(fchmodat(top_fd, "d/" INCOMING_HOLD, 0770, 0), 0);
	assert_int_equal(incoming_open(&in, dir, spool, &why), -1);
	assert_int_equal(incoming_fault(&why), EXIT_USAGE);
	assert_non_null(strstr(why.text, "others may use"));
	incoming_close(&in);
	assert_int_equal(fchmodat(top_fd, "d/" INCOMING_HOLD, 0700, 0), 0);
	open_in();
	incoming_close(&in);
}

/* Another run has the lock of the hold. */
static void
one_at_a_time(void **state)
{
	int fd;

	(void)state;
	open_in();
	fd = openat(top_fd, "d/" INCOMING_HOLD, O_RDONLY | O_DIRECTORY);
	assert_true(fd >= 0);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), -1);
	incoming_close(&in);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	(void)close(fd);
}

static void
what_is_listed(void **state)
{
	static const char *const wanted[] = {"2026/c2.ini", "c1-in.wav",
	    "c1.events", "c1.ini", "c10.ini", "fifo.ini", "link.wav", "up"};
	struct incoming_file *f;
	size_t n = 0;

	(void)state;
	open_in();
	assert_int_equal(in.files, sizeof wanted / sizeof *wanted);
	for (size_t i = 0; i < in.files; i++) {
		assert_string_equal(in.file[i].path, wanted[i]);
		assert_ptr_equal(incoming_find(&in, wanted[i]), &in.file[i]);
		assert_false(in.file[i].known);
	}
	assert_null(in.closed);
	assert_true(incoming_find(&in, "c1.ini")->regular);
	assert_int_equal(incoming_find(&in, "c1.ini")->bytes, 6);
	/* A link is listed as a link, and nothing behind it. */
	assert_false(incoming_find(&in, "link.wav")->regular);
	assert_false(incoming_find(&in, "fifo.ini")->regular);
	assert_null(incoming_find(&in, ".hidden"));
	assert_null(incoming_find(&in, "2026"));
	assert_null(incoming_find(&in, "up/secret"));
	for (f = incoming_first(&in, "c1"); f; f = incoming_next(&in, f, "c1"))
		n++;
	assert_int_equal(n, 4);
	assert_string_equal(incoming_first(&in, "c1.")->path, "c1.events");
	assert_null(incoming_first(&in, "c3"));
	incoming_close(&in);
}

static void
what_is_named(void **state)
{
	static const struct {
		const char *call_file, *name, *path; /* NULL: refused */
	} table[] = {
	    {"c1.ini", "c1-in.wav", "c1-in.wav"},
	    {"2026/c2.ini", "c2-in.wav", "2026/c2-in.wav"},
	    {NULL, "2026/c2-in.wav", "2026/c2-in.wav"},
	    {"2026/c2.ini", "@/c1-in.wav", "c1-in.wav"},
	    {"2026/c2.ini", "@//2026/x.wav", "2026/x.wav"},
	    {"c1.ini", "../secret", NULL},
	    {"2026/c2.ini", "../c1-in.wav", NULL},
	    {"c1.ini", "2026/../../secret", NULL},
	    {"c1.ini", "@/../secret", NULL},
	    {"c1.ini", "@", NULL},
	    {"c1.ini", "@x/c1-in.wav", NULL},
	    {"c1.ini", "/etc/passwd", NULL},
	    {"c1.ini", "", NULL},
	};

	(void)state;
	open_in();
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		const char *name = table[i].name;
		char *whole = *name == '@' ? text_format("%s%s", dir, name + 1)
					   : text_dup(name);
		char *path =
		    incoming_path(&in, table[i].call_file, whole, &why);

		print_message("%s\n", name);
		if (table[i].path)
			assert_string_equal(path, table[i].path);
		else
			assert_null(path);
		free(path);
		free(whole);
	}
	incoming_close(&in);
}

/* A path of the command line may be another name of the same directory. */
static void
of_the_command_line(void **state)
{
	char *link, *found;

	(void)state;
	open_in();
	assert_int_equal(symlinkat("d", top_fd, "again"), 0);
	link = text_format("%s/d/c1.ini", top);
	found = incoming_beneath(&in, link);
	assert_string_equal(found, "c1.ini");
	free(found);
	free(link);
	link = text_format("%s/secret", top);
	assert_null(incoming_beneath(&in, link));
	free(link);
	assert_int_equal(chdir(top), 0);
	found = incoming_beneath(&in, "again/2026/c2.ini");
	assert_string_equal(found, "2026/c2.ini");
	free(found);
	assert_null(incoming_beneath(&in, "secret"));
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(unlinkat(top_fd, "again", 0), 0);
	incoming_close(&in);
}

static void
what_is_opened(void **state)
{
	static const struct {
		const char *path;
		int64_t max;
		int errnum; /* -1: opened */
	} table[] = {
	    {"c1.ini", 6, -1},
	    {"2026/c2.ini", 6, -1},
	    {"c1.ini", 5, 0},
	    {"fifo.ini", 100, 0},
	    {"link.wav", 100, 0},
	    {"up/secret", 100, 0},
	    {"../secret", 100, 0},
	    {"none.wav", 100, ENOENT},
	    {"none/x.wav", 100, ENOENT},
	};

	(void)state;
	open_in();
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct source s;
		int status;

		print_message("%s\n", table[i].path);
		why = (struct why){0};
		status = incoming_source(
		    &in, &s, table[i].path, table[i].max, NULL, &why);
		assert_int_equal(status, table[i].errnum == -1 ? 0 : -1);
		if (table[i].errnum == ENOENT)
			assert_int_equal(why.errnum, ENOENT);
		else if (status != 0)
			assert_int_equal(why_status(&why), EXIT_GIVEN_UP);
		source_close(&s);
	}
	incoming_close(&in);
}

static void
what_is_deleted(void **state)
{
	const struct incoming_file *f;

	(void)state;
	put("d/x.wav", "one");
	put("d/2026/y.wav", "one");
	put("d/z.wav", "one");
	put("d/gone.wav", "one");
	open_in();
	/* The one that was listed. */
	assert_int_equal(
	    incoming_delete(&in, incoming_find(&in, "2026/y.wav"), &why), 0);
	assert_false(is_there("d/2026/y.wav"));
	/* Another file has its name, and keeps it. */
	put("d/new", "other");
	assert_int_equal(renameat(top_fd, "d/new", top_fd, "d/x.wav"), 0);
	assert_int_equal(
	    incoming_delete(&in, incoming_find(&in, "x.wav"), &why), 1);
	assert_true(is_there("d/x.wav"));
	/* Somebody has written to it since. */
	f = incoming_find(&in, "z.wav");
	assert_int_equal(
	    utimensat(top_fd, "d/z.wav",
		(const struct timespec[2]){{.tv_sec = 1000}, {.tv_sec = 1000}},
		0),
	    0);
	assert_int_equal(incoming_delete(&in, f, &why), 1);
	assert_true(is_there("d/z.wav"));
	/* It is gone already, or its folder is. */
	f = incoming_find(&in, "gone.wav");
	assert_int_equal(unlinkat(top_fd, "d/gone.wav", 0), 0);
	assert_int_equal(incoming_delete(&in, f, &why), 0);
	/* A link is deleted, never its target. */
	assert_int_equal(
	    incoming_delete(&in, incoming_find(&in, "link.wav"), &why), 0);
	assert_false(is_there("d/link.wav"));
	assert_true(is_there("secret"));
	incoming_close(&in);
}

/* What a run that was killed moved into the hold: its own file, and another. */
static void
what_a_kill_left(void **state)
{
	char *ours, *other;
	struct stat st;

	(void)state;
	put("d/" INCOMING_HOLD "/one", "copied");
	assert_int_equal(fstatat(top_fd, "d/" INCOMING_HOLD "/one", &st, 0), 0);
	ours = text_format("d/" INCOMING_HOLD "/.rectools-%016x-%llx-c8.wav", 1,
	    (unsigned long long)st.st_ino);
	other = text_format("d/" INCOMING_HOLD "/.rectools-%016x-1-c9.wav", 2);
	assert_int_equal(
	    renameat(top_fd, "d/" INCOMING_HOLD "/one", top_fd, ours), 0);
	put(other, "put there meanwhile");
	open_in();
	assert_false(is_there(ours) || is_there(other));
	assert_non_null(incoming_find(&in, "c9.wav"));
	assert_null(incoming_find(&in, "c8.wav"));
	incoming_close(&in);
	free(ours);
	free(other);
}

/* Only root may read it; if the test does not run as root, nobody. */
static void
shut(const char *path, bool on)
{
	if (getuid() == 0 && !on)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(fchmodat(top_fd, path, on ? 0 : 0700, 0), 0);
	if (getuid() == 0 && on)
		assert_int_equal(seteuid(65534), 0);
}

/* A directory that may not be read is reported, and does not look empty. */
static void
a_closed_folder(void **state)
{
	(void)state;
	assert_int_equal(chmod(top, 0711), 0);
	make_dir("e");
	make_dir("e/shut");
	free(dir);
	dir = text_format("%s/e", top);
	assert_int_equal(fchmodat(top_fd, "e", 0755, 0), 0);
	shut("e/shut", true);
	assert_int_equal(incoming_open(&in, dir, NULL, &why), 0);
	assert_int_equal(incoming_scan(&in, &why), 0);
	assert_int_equal(in.files, 0);
	assert_non_null(in.closed);
	assert_non_null(strstr(in.closed, "/e/shut"));
	incoming_close(&in);
	shut("e/shut", false);
	shut("e", true);
	assert_int_equal(incoming_open(&in, dir, NULL, &why), -1);
	assert_int_equal(incoming_fault(&why), EXIT_USAGE);
	incoming_close(&in);
	shut("e", false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(which_directories),
	    cmocka_unit_test(whose_hold),
	    cmocka_unit_test(one_at_a_time),
	    cmocka_unit_test(what_is_listed),
	    cmocka_unit_test(what_is_named),
	    cmocka_unit_test(of_the_command_line),
	    cmocka_unit_test(what_is_opened),
	    cmocka_unit_test(what_is_deleted),
	    cmocka_unit_test(what_a_kill_left),
	    cmocka_unit_test(a_closed_folder),
	};

	return cmocka_run_group_tests_name(
	    "incoming", tests, set_up, tear_down);
}
