/* SPDX-License-Identifier: ISC */
#include "frames.h"
#include "mapped.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "part.h"
#include "part_files.h"
#include "text.h"

/* A file that is truncated or changed while it is read. */

enum { FRAMES = 20000 };
static char dir[] = "/tmp/rectools-source.XXXXXX";
static int dirfd;

/* MPEG-2, 16 kHz, mono, 32 kbit/s: frames of 144 bytes that reach back. */
static void
write_mp3(void)
{
	static const unsigned char h[4] = {0xFF, 0xF3, 0x48, 0xC4};
	unsigned char frame[144];
	int fd = openat(dirfd, "call.mp3", O_CREAT | O_TRUNC | O_WRONLY, 0600);

	srand(7);
	memcpy(frame, h, 4);
	for (int i = 0; i < FRAMES; i++) {
		for (size_t k = 4; k < sizeof frame; k++)
			frame[k] = (unsigned char)(rand() & 0x7F);
		frame[4] = i ? 30 : 0;
		assert_int_equal(write(fd, frame, sizeof frame), sizeof frame);
	}
	(void)close(fd);
}

static void
open_mp3(struct mapped *s)
{
	struct why why;

	/* cmocka has its own for every test. */
	mapped_guard();
	write_mp3();
	assert_int_equal(
	    mapped_open(s, dirfd, "call.mp3", O_NOFOLLOW, -1, &why), 0);
}

static void
cut_short(size_t bytes)
{
	int fd = openat(dirfd, "call.mp3", O_WRONLY);

	assert_int_equal(ftruncate(fd, (off_t)bytes), 0);
	(void)close(fd);
}

static int
prepare(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	dirfd = open(dir, O_RDONLY | O_DIRECTORY);
	return dirfd < 0;
}

static int
clean(void **state)
{
	(void)state;
	(void)unlinkat(dirfd, "call.mp3", 0);
	(void)close(dirfd);
	return rmdir(dir);
}

static void
whole(void **state)
{
	struct mapped s = MAPPED_NONE;
	struct why why;
	uint16_t crc;

	(void)state;
	open_mp3(&s);
	assert_int_equal(mapped_scan(&s, true, &why), 0);
	assert_int_equal(mapped_lost(&s, &why), 0);
	assert_int_equal(s.mp3.frames, FRAMES);
	crc = mp3_crc(&s.mp3, 1000, s.n - 7);
	s.mp3.block_crc = NULL;
	assert_int_equal(crc, mp3_crc(&s.mp3, 1000, s.n - 7));
	mapped_close(&s);
}

/* Before the scan, to no bytes, to some within a page and on its edge. */
static void
shorter_than_scanned(void **state)
{
	static const size_t left[] = {0, 1000, 1 << 16, 1000000, 2879999};
	struct why why;

	(void)state;
	for (size_t i = 0; i < sizeof left / sizeof *left; i++)
		for (int crc = 0; crc < 2; crc++) {
			struct mapped s = MAPPED_NONE;

			open_mp3(&s);
			cut_short(left[i]);
			assert_int_equal(mapped_scan(&s, crc, &why), -1);
			assert_int_equal(why_status(&why), EXIT_LATER);
			assert_non_null(strstr(why.text, "became shorter"));
			mapped_close(&s);
		}
}

/* After the plan: no part gets its name. */
static void
shorter_than_planned(void **state)
{
	static const struct split_want want = {.max_bytes = 100000};
	const struct ticket_file file = {.name = (char *)"call.mp3"};
	struct ticket out = {0};
	struct mapped s = MAPPED_NONE;
	struct split split;
	struct why why;

	(void)state;
	open_mp3(&s);
	assert_int_equal(mapped_scan(&s, true, &why), 0);
	assert_int_equal(split_plan(&split, &s.mp3, &want, &why), 0);
	cut_short(1500000);
	assert_int_equal(
	    part_files_write(&s, &split, dirfd, "call.mp3", &file, &out, &why),
	    -1);
	assert_int_equal(why_status(&why), EXIT_LATER);
	assert_int_equal(mapped_lost(&s, &why), -1);
	for (size_t i = 0; i < out.files; i++)
		assert_int_equal(
		    faccessat(dirfd, out.file[i].name, F_OK, 0), -1);
	split_free(&split);
	ticket_free(&out);
	mapped_close(&s);
}

/* Bytes that change must not cause reads outside: ASan would report it. */
static void
other_bytes(void **state)
{
	static const struct split_want want = {.max_bytes = 10000};
	static unsigned char p[144 * 2000];
	struct mp3 m;
	struct split s;
	int fd;

	(void)state;
	write_mp3();
	fd = openat(dirfd, "call.mp3", O_RDONLY);
	for (unsigned seed = 0; seed < 20; seed++) {
		assert_int_equal(pread(fd, p, sizeof p, 0), sizeof p);
		assert_int_equal(mp3_scan(&m, p, sizeof p, NULL), 0);
		assert_int_equal(split_plan(&s, &m, &want, NULL), 0);
		srand(seed);
		for (size_t i = 0; i < sizeof p; i++)
			if (seed == 0 || rand() % 64 < (int)seed)
				p[i] = seed ? (unsigned char)rand() : 0;
		for (size_t i = 0; i < s.parts; i++) {
			struct split_piece piece = {.from = 0};

			part_make(&s, i, &piece);
			assert_true(piece.from <= piece.to);
			assert_true(piece.to <= sizeof p);
			buf_free(&piece.head);
		}
		split_free(&s);
		mp3_free(&m);
	}
	(void)close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(whole),
	    cmocka_unit_test(shorter_than_scanned),
	    cmocka_unit_test(shorter_than_planned),
	    cmocka_unit_test(other_bytes),
	};

	return cmocka_run_group_tests(tests, prepare, clean);
}
