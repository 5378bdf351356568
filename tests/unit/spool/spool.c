/* SPDX-License-Identifier: ISC */
#include "spool.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "io.h"
#include "text.h"

#define S   INT64_C(1000000)
#define NOW (INT64_C(1795341600) * S) /* 2026-11-22T10:00:00Z */

static char top[] = "/tmp/rectools-spool.XXXXXX";
static struct spool sp;
static struct why why;

static int
begin(void **state)
{
	(void)state;
	return mkdtemp(top) && spool_create(top, &why) == 0 &&
		       spool_open(&sp, top, &why) == 0
		   ? 0
		   : -1;
}

static int
end(void **state)
{
	(void)state;
	for (int i = 0; i < SPOOL_STAGES; i++)
		(void)unlinkat(sp.fd, spool_stage_names[i], AT_REMOVEDIR);
	(void)unlinkat(sp.fd, ".rectools", 0);
	spool_close(&sp);
	return rmdir(top);
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
put(int folder, const char *name)
{
	int fd = openat(folder, name, O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
	assert_int_equal(io_write(fd, "x", 1), 0);
	(void)close(fd);
}

static void
names(void **state)
{
	static const struct {
		const char *name, *id; /* NULL: no folder's name */
	} table[] = {{"20261122T100000Z-c1042", "c1042"},
	    {"20261122T100000Z-a-b.c_d", "a-b.c_d"},
	    {"20261122T100000Z-", NULL}, {"20261122T100000Z", NULL},
	    {"20261122T100000Z.c1", NULL}, {"20261322T100000Z-c1", NULL},
	    {"20260230T100000Z-c1", NULL}, {"20261122T250000Z-c1", NULL},
	    {"20261122T100000Z-.c1", NULL}, {"20261122T100000Z-c 1", NULL},
	    {"20261122T100000Z-c\n1", NULL}, {"2026-11-22T10:00:00Z-c", NULL},
	    {"", NULL}, {"lost+found", NULL}};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		int64_t entered = 0;
		const char *id = NULL;

		print_message("%s\n", table[i].name);
		if (spool_parse_name(table[i].name, &entered, &id) != 0)
			id = NULL;
		if (!table[i].id) {
			assert_null(id);
			continue;
		}
		assert_string_equal(id, table[i].id);
		assert_true(entered == NOW);
	}
}

static void
a_call_goes_through_and_out(void **state)
{
	struct spool_item it, second;
	char **list;
	size_t count;

	(void)state;
	assert_int_equal(spool_begin(&sp, "c1", NOW, &it, &why), 0);
	put(it.fd, "leg-1.wav");
	for (int stage = SPOOL_MIX; stage <= SPOOL_UPLOAD; stage++) {
		assert_int_equal(
		    spool_move(&it, (enum spool_stage)stage, &why), 0);
		assert_int_equal(spool_list(&sp, (enum spool_stage)stage, &list,
				     &count, &why),
		    0);
		assert_int_equal(count, 1);
		assert_string_equal(list[0], it.name);
		assert_int_equal(spool_take(&sp, (enum spool_stage)stage,
				     list[0], &second, &why),
		    0); /* held */
		spool_list_free(list, count);
	}
	assert_int_equal(spool_remove(&it, &why), 0);
	spool_release(&it);
	assert_int_equal(spool_list(&sp, SPOOL_UPLOAD, &list, &count, &why), 0);
	assert_int_equal(count, 0);
	spool_list_free(list, count);
}

static void
one_call_enters_once(void **state)
{
	struct spool_item first, second;

	(void)state;
	assert_int_equal(spool_begin(&sp, "c1", NOW, &first, &why), 0);
	assert_int_equal(spool_begin(&sp, "c1", NOW, &second, &why), -1);
	assert_int_equal(spool_begin(&sp, "c2", NOW, &second, &why), 0);
	assert_int_equal(spool_remove(&second, &why), 0);
	spool_release(&second);
	assert_int_equal(spool_remove(&first, &why), 0);
	spool_release(&first);
}

static void
any_reason_sets_aside(void **state)
{
	static const char *const reasons[] = {"plain", "", " ", "ends ", " [x",
	    "a ; b", ";", "tab\tline\nend\r", "=", "#",
	    "a reason of two hundred bytes, cut where a blank stands "
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx   more of it here"};

	(void)state;
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
		struct spool_item it;

		print_message("'%s'\n", reasons[i]);
		assert_int_equal(spool_begin(&sp, "f", NOW, &it, &why), 0);
		assert_int_equal(spool_move(&it, SPOOL_MIX, &why), 0);
		if (spool_fail(&it, "recmix", reasons[i], NOW, &why) != 0)
			fail_msg("%s", why.text);
		assert_int_equal(it.stage, SPOOL_FAILED);
		assert_int_equal(faccessat(it.fd, "failed.ini", F_OK, 0), 0);
		assert_int_equal(spool_remove(&it, &why), 0);
		spool_release(&it);
	}
}

static void
folders_inside_go_whatever_the_depth(void **state)
{
	struct spool_item it;
	char **list;
	size_t count;

	(void)state;
	for (int depth = 0; depth <= 600; depth += 200) {
		int at;

		print_message("depth %d\n", depth);
		assert_int_equal(spool_begin(&sp, "d", NOW, &it, &why), 0);
		at = dup(it.fd);
		for (int i = 0; i < depth; i++) {
			int next;

			put(at, "file");
			assert_int_equal(mkdirat(at, "empty", 0700), 0);
			assert_int_equal(mkdirat(at, "inner", 0700), 0);
			assert_int_equal(symlinkat("inner", at, "link"), 0);
			next = openat(at, "inner", O_RDONLY | O_DIRECTORY);
			(void)close(at);
			at = next;
		}
		(void)close(at);
		if (spool_remove(&it, &why) != 0)
			fail_msg("%s", why.text);
		assert_int_equal(
		    spool_list(&sp, SPOOL_TMP, &list, &count, &why), 0);
		assert_int_equal(count, 0);
		spool_list_free(list, count);
		assert_true(spool_gone(&it));
		spool_release(&it);
	}
}

static void
what_is_no_spool_is_refused(void **state)
{
	char sub[64], link_name[80], *with_slash;
	struct spool other;

	(void)state;
	(void)snprintf(sub, sizeof sub, "%s/tmp/x", top);
	(void)snprintf(link_name, sizeof link_name, "%s/tmp/link", top);
	assert_int_equal(spool_open(&other, "", &why), -1);
	assert_int_equal(spool_open(&other, "/", &why), -1);
	assert_int_equal(spool_open(&other, "//", &why), -1);
	assert_int_equal(spool_open(&other, "/.", &why), -1);
	assert_int_equal(spool_open(&other, sub, &why), -1);
	assert_int_equal(symlink(top, link_name), 0);
	/* The user's own link is followed, another user's is not. */
	with_slash = text_format("%s//", link_name);
	for (int stranger = 0; stranger < (geteuid() == 0 ? 2 : 1);
	     stranger++) {
		const char *const path[] = {link_name, with_slash};

		if (stranger)
			assert_int_equal(lchown(link_name, 65534, 65534), 0);
		for (int i = 0; i < 2; i++) {
			int opened = spool_open(&other, path[i], &why);

			assert_int_equal(opened, stranger ? -1 : 0);
			if (opened == 0)
				spool_close(&other);
		}
	}
	free(with_slash);
	assert_int_equal(unlink(link_name), 0);
	assert_int_equal(fchmod(sp.stage_fd[SPOOL_MIX], 0720), 0);
	assert_int_equal(spool_open(&other, top, &why), -1);
	assert_non_null(strstr(why.text, "/mix: others can write"));
	assert_int_equal(fchmod(sp.stage_fd[SPOOL_MIX], 0700), 0);
	assert_int_equal(spool_create(top, &why), -1);
	assert_non_null(strstr(why.text, "already"));
	assert_int_equal(spool_open(&other, top, &why), 0);
	spool_close(&other);
}

static void
move_it_on(void)
{
	assert_int_equal(renameat(sp.stage_fd[SPOOL_MIX], "20261122T100000Z-c7",
			     sp.stage_fd[SPOOL_SPLIT], "20261122T100000Z-c7"),
	    0);
}

static void
put_another_in_its_place(void)
{
	move_it_on();
	assert_int_equal(
	    mkdirat(sp.stage_fd[SPOOL_MIX], "20261122T100000Z-c7", 0700), 0);
}

/* Between the check and the lock another process finished the folder. */
static void
what_went_before_the_lock_is_not_taken(void **state)
{
	static const char name[] = "20261122T100000Z-c7";
	static void (*const happens[])(void) = {
	    move_it_on, put_another_in_its_place};
	struct spool_item it;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(
		    mkdirat(sp.stage_fd[SPOOL_MIX], name, 0700), 0);
		before_flock = happens[i];
		assert_int_equal(
		    spool_take(&sp, SPOOL_MIX, name, &it, &why), 0);
		assert_null(before_flock);
		(void)unlinkat(sp.stage_fd[SPOOL_MIX], name, AT_REMOVEDIR);
		(void)unlinkat(sp.stage_fd[SPOOL_SPLIT], name, AT_REMOVEDIR);
	}
	assert_int_equal(mkdirat(sp.stage_fd[SPOOL_MIX], name, 0700), 0);
	assert_int_equal(spool_take(&sp, SPOOL_MIX, name, &it, &why), 1);
	assert_int_equal(spool_remove(&it, &why), 0);
	spool_release(&it);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names),
	    cmocka_unit_test(a_call_goes_through_and_out),
	    cmocka_unit_test(one_call_enters_once),
	    cmocka_unit_test(any_reason_sets_aside),
	    cmocka_unit_test(folders_inside_go_whatever_the_depth),
	    cmocka_unit_test(what_is_no_spool_is_refused),
	    cmocka_unit_test(what_went_before_the_lock_is_not_taken),
	};

	return cmocka_run_group_tests_name("spool", tests, begin, end);
}
