/* SPDX-License-Identifier: ISC */
#include "verify.h"

#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "io.h"
#include "mem.h"
#include "text.h"

#define N 16000

/* A tone from `from` to `to`, as the mix and as a file of samples. To a
 * negative place: all of it, but an eighth of a second late. */
static void
tone(float *pcm, int from, int to)
{
	int late = to < 0 ? 1000 : 0;

	to = to < 0 ? -to : to;
	for (int i = 0; i < N; i++)
		pcm[i] = i >= from && i < to
			     ? 0.5F * (float)sin(
					  0.4 * (double)(i - late) +
					  sin(0.001 * (double)(i - late)) * 200)
			     : 0;
}

static void
put_wav(int dirfd, const float *pcm, size_t n)
{
	int fd = openat(dirfd, "x.wav", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	/* PCM, one channel, 8000 Hz, 16 bits; its size never filled in. */
	static const unsigned char head[44] =
	    "RIFF\0\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0"
	    "\x80\x3e\0\0\2\0\x10\0data";

	assert_true(fd >= 0);
	assert_int_equal(io_write(fd, head, sizeof head), 0);
	for (size_t i = 0; i < n; i++) {
		int16_t s = (int16_t)(pcm[i] * 32767);
		unsigned char b[2] = {
		    (unsigned char)s, (unsigned char)(s >> 8)};
		assert_int_equal(io_write(fd, b, 2), 0);
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
		"plays 15999 samples at 8000 Hz on 1 channels, not 16000 at "
		"8000 on 1"},
	    {"a leak", 0, 0, 10000, 12000, N, "has sound on channel 1 at 1.2"},
	    {"a late leak", 4000, 8000, 4000, 12000, N,
		"has sound on channel 1 at 1.1"},
	    {"lost", 4000, 12000, 4000, 8000, N,
		"is missing sound on channel 1"},
	    {"another place", 0, N, 0, -N, N,
		"has other sound on channel 1 than the mix, from 0 s on"},
	};
	char path[] = "/tmp/rectools-verify.XXXXXX";
	float *mix = mem_alloc(N * sizeof *mix);
	float *file = mem_alloc(N * sizeof *file);
	const float *const first[2] = {mix, NULL};
	const float *const rest[2] = {mix + 5000, NULL};
	int dirfd, fd;

	(void)state;
	assert_non_null(mkdtemp(path));
	dirfd = open(path, O_RDONLY | O_DIRECTORY);
	assert_true(dirfd >= 0);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct verify *v = verify_new(8000, 1, 4000);
		struct why why = {0};
		int status;

		print_message("%s\n", table[i].label);
		tone(mix, table[i].mix_from, table[i].mix_to);
		tone(file, table[i].file_from, table[i].file_to);
		put_wav(dirfd, file, table[i].length);
		verify_add(v, first, 5000);
		verify_add(v, rest, N - 5000);
		fd = openat(dirfd, "x.wav", O_RDONLY);
		status = verify_fd(v, fd, &why);
		assert_int_equal(close(fd), 0);
		assert_int_equal(status, table[i].why ? -1 : 0);
		if (table[i].why && !strstr(why.text, table[i].why))
			fail_msg("%s: %s", table[i].label, why.text);
		verify_free(v);
	}
	assert_int_equal(unlinkat(dirfd, "x.wav", 0), 0);
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
