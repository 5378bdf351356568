/* SPDX-License-Identifier: ISC */
#include "verify.h"

#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define N 16000

/* A tone from `from` to `to`, as the mix and as a file of raw samples. */
static void
tone(float *pcm, int from, int to)
{
	for (int i = 0; i < N; i++)
		pcm[i] = i >= from && i < to
			     ? 0.5F * (float)sin(0.4 * (double)i)
			     : 0;
}

static void
put_sln(int dirfd, const float *pcm, size_t n)
{
	int fd = openat(dirfd, "x.sln", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	for (size_t i = 0; i < n; i++) {
		int16_t s = (int16_t)(pcm[i] * 32767);
		unsigned char b[2] = {
		    (unsigned char)s, (unsigned char)(s >> 8)};
		assert_int_equal(util_write(fd, b, 2), 0);
	}
	assert_int_equal(close(fd), 0);
}

static void
what_differs_is_found(void **state)
{
	static const struct {
		const char *label;
		int mix_from, mix_to, file_from, file_to;
		size_t length;
		const char *why; /* NULL: the same */
	} table[] = {
	    {"the same", 4000, 8000, 4000, 8000, N, NULL},
	    {"one sample short", 4000, 8000, 4000, 8000, N - 1,
		"plays 15999 samples on 1 channels, not 16000 on 1"},
	    {"a leak", 0, 0, 10000, 12000, N, "has sound on channel 1 at 1.2"},
	    {"a late leak", 4000, 8000, 4000, 12000, N,
		"has sound on channel 1 at 1.1"},
	    {"lost", 4000, 12000, 4000, 8000, N, "lacks sound on channel 1"},
	};
	char path[] = "/tmp/rectools-verify.XXXXXX";
	float *mix = util_alloc(N * sizeof *mix);
	float *file = util_alloc(N * sizeof *file);
	int dirfd;

	(void)state;
	assert_non_null(mkdtemp(path));
	dirfd = open(path, O_RDONLY | O_DIRECTORY);
	assert_true(dirfd >= 0);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct verify *v = verify_new(8000, 1);
		struct why why = {""};
		int status;

		print_message("%s\n", table[i].label);
		tone(mix, table[i].mix_from, table[i].mix_to);
		tone(file, table[i].file_from, table[i].file_to);
		put_sln(dirfd, file, table[i].length);
		verify_add(v, mix, 5000);
		verify_add(v, mix + 5000, N - 5000);
		status = verify_file(v, dirfd, "x.sln", &why);
		assert_int_equal(status, table[i].why ? -1 : 0);
		if (table[i].why && !strstr(why.text, table[i].why))
			fail_msg("%s: %s", table[i].label, why.text);
		verify_free(v);
	}
	assert_int_equal(unlinkat(dirfd, "x.sln", 0), 0);
	assert_int_equal(close(dirfd), 0);
	assert_int_equal(rmdir(path), 0);
	free(mix);
	free(file);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_differs_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
