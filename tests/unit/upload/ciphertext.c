/* SPDX-License-Identifier: ISC */
#include "ciphertext.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "io.h"
#include "text.h"
#include "when.h"

static char folder[] = "/tmp/rectools-ciphertext.XXXXXX";
static int dir;

static int
begin(void **state)
{
	(void)state;
	if (!mkdtemp(folder) || chdir(folder) != 0)
		return -1;
	dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -1;
	return system("for k in 'rsa -newkey rsa:2048' "
		      "'ec -newkey ec -pkeyopt ec_paramgen_curve:P-256'; do "
		      "set -- $k; n=$1; shift; "
		      "openssl req -x509 -nodes -days 9 -subj /CN=$n \"$@\" "
		      "-keyout $n.key -out $n.pem 2>/dev/null || exit; done");
}

static int
finish(void **state)
{
	char *command = text_format("rm -rf %s", folder);
	int status;

	(void)state;
	(void)close(dir);
	status = system(command);
	free(command);
	return status;
}

static bool
never(void)
{
	return false;
}

static bool
always(void)
{
	return true;
}

/* A file of that size that takes no room. */
static int
file_of(off_t bytes)
{
	int fd = open("plain", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, bytes), 0);
	return fd;
}

static off_t
encrypted(const struct envelope *e, int in)
{
	int out = open("out", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	char hex[HASH_HEX_SIZE];
	struct why why = {0};
	struct stat st;

	assert_true(out >= 0);
	if (envelope_write(e, in, out, never, hex, &why) != 0)
		fail_msg("%s", why.text);
	assert_int_equal(fstat(out, &st), 0);
	(void)close(out);
	return st.st_size;
}

/* routes_limit() relies on this, for recsplit(1). */
static void
it_is_not_much_larger(void **state)
{
	static const off_t sizes[] = {1, 4095, 4096, 65536, 65537, 5000000};
	struct why why = {0};
	struct envelope *e = envelope_open("rsa.pem ec.pem", &why);

	(void)state;
	assert_non_null(e);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		int in = file_of(sizes[i]);
		off_t most = sizes[i] + sizes[i] / 512 + 2 * 4096;

		assert_true(encrypted(e, in) <= most);
		(void)close(in);
	}
	envelope_free(e);
}

static long
most_kb(void)
{
	struct rusage u;

	assert_int_equal(getrusage(RUSAGE_SELF, &u), 0);
	return u.ru_maxrss;
}

static void
memory_is_constant(void **state)
{
	struct envelope *e = envelope_open("ec.pem", NULL);
	int in = file_of(65536);
	long before;

	(void)state;
	assert_non_null(e);
	(void)encrypted(e, in);
	(void)close(in);
	before = most_kb();
	in = file_of(64 << 20);
	(void)encrypted(e, in);
	(void)close(in);
	/* The sanitizers keep freed memory. */
	if (!getenv("RECTOOLS_SANITIZED"))
		assert_true(most_kb() - before < 8 << 10);
	envelope_free(e);
}

static void
it_can_be_broken_off(void **state)
{
	struct envelope *e = envelope_open("ec.pem", NULL);
	int in = file_of(65536), out = open("/dev/null", O_WRONLY | O_CLOEXEC);
	char hex[HASH_HEX_SIZE];
	struct why why = {0};

	(void)state;
	assert_non_null(e);
	assert_int_equal(envelope_write(e, in, out, always, hex, &why), -1);
	assert_int_equal(why_status(&why), EXIT_LATER);
	(void)close(out);
	out = open("/dev/full", O_WRONLY | O_CLOEXEC);
	why = (struct why){0};
	assert_int_equal(envelope_write(e, in, out, never, hex, &why), -1);
	assert_non_null(strstr(why.text, "No space left"));
	assert_int_equal(why_status(&why), EXIT_LATER);
	(void)close(out);
	out = open("/dev/null", O_WRONLY | O_CLOEXEC);
	why = (struct why){0};
	assert_int_equal(envelope_write(e, dir, out, never, hex, &why), -1);
	assert_non_null(strstr(why.text, "the recording: "));
	(void)close(out);
	(void)close(in);
	envelope_free(e);
}

/* Made, found again; paused if its certificate has expired meanwhile. */
static void
made_once(void **state)
{
	struct dest d = {.name = "archive"};
	struct dest_answer a = DEST_ANSWER_NONE;
	struct ciphertext first = CIPHERTEXT_NONE, c = CIPHERTEXT_NONE;
	int in = file_of(5000);
	char hex[HASH_HEX_SIZE], later[WHEN_SIZE];

	(void)state;
	d.envelope = envelope_open("rsa.pem", NULL);
	assert_non_null(d.envelope);
	assert_int_equal(hash_fd(HASH_SHA256, in, hex, NULL), 0);
	assert_int_equal(
	    ciphertext_open(&first, &d, dir, "a.mp3", in, hex, "", &a),
	    DEST_DONE);
	assert_true(first.made);
	assert_memory_equal(first.name, "a.mp3.", 6);
	assert_memory_equal(first.name + 6, hex, 16);
	assert_string_equal(first.name + 22, ".archive.cms");
	when_text(when_now_us() + INT64_C(10) * 86400 * 1000000, later);
	assert_int_equal(setenv("RECTOOLS_NOW", later, 1), 0);
	assert_int_equal(
	    ciphertext_open(&c, &d, dir, "a.mp3", in, hex, first.sha256, &a),
	    DEST_DONE);
	assert_false(c.made);
	assert_string_equal(c.sha256, first.sha256);
	ciphertext_close(&c);
	assert_int_equal(ciphertext_open(&c, &d, dir, "b.mp3", in, hex, "", &a),
	    DEST_PAUSED);
	assert_non_null(strstr(a.why.text, "rsa.pem: the certificate expired"));
	assert_int_equal(access(c.name, F_OK), -1);
	ciphertext_close(&c);
	assert_int_equal(unsetenv("RECTOOLS_NOW"), 0);
	ciphertext_close(&first);
	envelope_free(d.envelope);
	(void)close(in);
}

static void
resize(int fd, off_t bytes, char hex[HASH_HEX_SIZE])
{
	assert_int_equal(ftruncate(fd, bytes), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(hash_fd(HASH_SHA256, fd, hex, NULL), 0);
}

/* By hand another recording may come to have the name; and what is no file. */
static void
it_is_of_that_content(void **state)
{
	struct dest d = {.name = "archive"};
	struct dest_answer a = DEST_ANSWER_NONE;
	struct ciphertext first = CIPHERTEXT_NONE, c = CIPHERTEXT_NONE;
	int in = file_of(5000);
	char hex[HASH_HEX_SIZE];

	(void)state;
	d.envelope = envelope_open("rsa.pem", NULL);
	assert_non_null(d.envelope);
	resize(in, 5000, hex);
	assert_int_equal(
	    ciphertext_open(&first, &d, dir, "h.mp3", in, hex, "", &a),
	    DEST_DONE);
	resize(in, 6000, hex);
	assert_int_equal(
	    ciphertext_open(&c, &d, dir, "h.mp3", in, hex, "", &a), DEST_DONE);
	assert_true(c.made);
	assert_true(c.bytes > 6000);
	assert_string_not_equal(c.name, first.name);
	resize(in, 5000, hex);
	for (int kind = 0; kind < 3; kind++) {
		assert_int_equal(unlinkat(dir, first.name, 0), 0);
		if (kind == 0)
			assert_int_equal(symlinkat(c.name, dir, first.name), 0);
		else if (kind == 1)
			assert_int_equal(mkfifoat(dir, first.name, 0600), 0);
		else
			assert_int_equal(mkdirat(dir, first.name, 0700), 0);
		ciphertext_close(&c);
		assert_int_equal(
		    ciphertext_open(&c, &d, dir, "h.mp3", in, hex, "", &a),
		    DEST_NEVER);
	}
	ciphertext_close(&c);
	ciphertext_close(&first);
	envelope_free(d.envelope);
	(void)close(in);
}

static void
names_are_bounded(void **state)
{
	char longest[129], sha256[HASH_HEX_SIZE], *name;

	(void)state;
	hash_text(HASH_SHA256, "", 0, sha256);
	memset(longest, 'x', 128);
	longest[128] = '\0';
	name = ciphertext_name(longest, "a.mp3", sha256);
	assert_int_equal(strlen(name), 128 + 10 + 17);
	free(name);
	name = ciphertext_name(longest, longest, sha256);
	assert_true(strlen(name) < 240);
	free(name);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_is_not_much_larger),
	    cmocka_unit_test(memory_is_constant),
	    cmocka_unit_test(it_can_be_broken_off),
	    cmocka_unit_test(made_once),
	    cmocka_unit_test(it_is_of_that_content),
	    cmocka_unit_test(names_are_bounded),
	};

	return cmocka_run_group_tests_name("ciphertext", tests, begin, finish);
}
