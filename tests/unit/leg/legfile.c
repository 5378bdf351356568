/* SPDX-License-Identifier: ISC */
#include "legfile.h"

#include <fcntl.h>
#include <setjmp.h>
#include <sndfile.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "io.h"
#include "mem.h"
#include "text.h"

/* GSM in all forms, compared with the output of libsndfile. */
static const struct {
	const char *label;
	size_t bytes;  /* of sound */
	bool wav;      /* else headerless */
	bool other;    /* a chunk before the sound and one behind it */
	bool no_signs; /* every fifth frame is not GSM */
	int64_t size;  /* in the header; -1: as it is */
} gsm[] = {
    {"headerless", 33L * 1000, .size = -1},
    {"headerless, one frame", 33, .size = -1},
    {"headerless, less than a frame", 20, .size = -1},
    {"headerless, torn", 33L * 500 + 17, .size = -1},
    {"headerless, torn at a read", 33L * 64 + 1, .size = -1},
    {"headerless, not all is GSM", 33L * 500, .no_signs = true, .size = -1},
    {"WAV", 65L * 1000, .wav = true, .size = -1},
    {"WAV, torn", 65L * 300 + 40, .wav = true, .size = -1},
    {"WAV, odd, chunks", 65L * 301, .wav = true, .other = true, .size = -1},
    {"WAV, torn, chunks", 65L * 9 + 1, .wav = true, .other = true, .size = -1},
    {"WAV, less than a block", 9, .wav = true, .size = -1},
    {"WAV, the header has less", 65L * 300, .wav = true, .size = 65 * 200},
    {"WAV, the header has odd less", 65L * 300, .wav = true, .size = 6511},
    {"WAV, the header has more", 65L * 300, .wav = true, .size = 65 * 400},
    {"WAV, size 0", 65L * 300 + 3, .wav = true, .size = 0},
    {"WAV, size -1", 65L * 300, .wav = true, .size = 0xffffffff},
};

static void
number(struct buf *b, int64_t n, int bytes)
{
	for (int i = 0; i < bytes; i++) {
		unsigned char byte = (unsigned char)(n >> 8 * i);
		buf_add(b, &byte, 1);
	}
}

static void
add_header(struct buf *b, int64_t size, bool other)
{
	buf_add(b, "RIFF", 4);
	number(b, size + 52, 4);
	buf_add(b, "WAVEfmt ", 8);
	number(b, 20, 4);
	number(b, 0x31, 2);
	number(b, 1, 2);
	number(b, 8000, 4);
	number(b, 1625, 4);
	number(b, 65, 2);
	number(b, 0, 2);
	number(b, 2, 2);
	number(b, 320, 2);
	/* A number of samples that is not that of the blocks: as SoX has it. */
	buf_add(b, "fact", 4);
	number(b, 4, 4);
	number(b, 12345, 4);
	if (other)
		buf_add(b, "LIST\5\0\0\0abcde", 14);
	buf_add(b, "data", 4);
	number(b, size, 4);
}

/* The file as a case has it, or with a header that is true. */
static void
make_file(size_t i, bool truly, struct buf *b)
{
	int64_t size = gsm[i].size, bytes = (int64_t)gsm[i].bytes;
	uint32_t r = 7;

	if (size < 0 || (truly && (size == 0 || size > bytes)))
		size = bytes;
	if (gsm[i].wav)
		add_header(b, size, gsm[i].other);
	for (size_t k = 0; k < gsm[i].bytes; k++) {
		unsigned char byte;

		r = r * 1664525 + 1013904223;
		byte = (unsigned char)(r >> 24);
		if (k % 33 == 0 && (!gsm[i].no_signs || k % 5 != 0))
			byte = 0xD0 | (byte & 15);
		buf_add(b, &byte, 1);
	}
	if (gsm[i].other)
		buf_add(b, "\0LIST\4\0\0\0abcd" + (bytes + 1) % 2, 13);
}

static int
in_memory(const struct buf *b)
{
	int fd = memfd_create("leg", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(io_write(fd, b->s, b->len), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

/* Files that only libsndfile reads. */
static float *
by_libsndfile(size_t i, sf_count_t *n)
{
	SF_INFO info = {0};
	struct buf b = {0};
	SNDFILE *file;
	float *x;

	make_file(i, true, &b);
	if (!gsm[i].wav)
		info = (SF_INFO){.format = SF_FORMAT_RAW | SF_FORMAT_GSM610,
		    .samplerate = 8000,
		    .channels = 1};
	file = sf_open_fd(in_memory(&b), SFM_READ, &info, 1);
	assert_non_null(file);
	x = mem_alloc(((size_t)info.frames + 1) * sizeof *x);
	*n = sf_readf_float(file, x, info.frames + 1);
	assert_int_equal(*n, info.frames);
	(void)sf_close(file);
	buf_free(&b);
	return x;
}

static void
gsm_is_as_libsndfile_has_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof gsm / sizeof *gsm; i++) {
		struct legfile_facts facts;
		struct why why = {0};
		struct buf b = {0};
		struct legfile *f;
		sf_count_t want, all = 0;
		float *x = by_libsndfile(i, &want), block[1001];
		ssize_t n;
		int fd;

		make_file(i, false, &b);
		fd = in_memory(&b);
		f = legfile_open(fd, "a.gsm", NULL, &facts, &why);
		if (!f || facts.samples != want)
			fail_msg("%s: %s", gsm[i].label, why.text);
		while ((n = legfile_read(f, block, 1001, &why)) > 0) {
			if (all + n > want ||
			    memcmp(block, x + all, (size_t)n * sizeof *x) != 0)
				fail_msg("%s: not at %lld", gsm[i].label,
				    (long long)all);
			all += n;
		}
		if (n != 0 || all != want)
			fail_msg("%s: %lld samples, not %lld", gsm[i].label,
			    (long long)all, (long long)want);
		legfile_close(f);
		(void)close(fd);
		buf_free(&b);
		free(x);
	}
}

/* A disk error is not the end of the sound. */
static void
errors_are_told(void **state)
{
	static const char *const formats[] = {"gsm", "sln", "ulaw"};
	static unsigned char zeros[1 << 20];
	struct buf b = {0};

	(void)state;
	buf_add(&b, zeros, sizeof zeros);
	for (size_t i = 0; i < 3; i++) {
		const struct legfile_plain plain = {.format = formats[i]};
		struct legfile_facts facts;
		struct why why = {0};
		float block[4096];
		struct legfile *f;
		ssize_t n;
		int fd = in_memory(&b), directory;

		f = legfile_open(fd, "leg", &plain, &facts, &why);
		assert_non_null(f);
		assert_int_equal(legfile_read(f, block, 4096, &why), 4096);
		/* From here on every read fails. */
		directory = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_int_equal(dup2(directory, fd), fd);
		while ((n = legfile_read(f, block, 4096, &why)) > 0)
			;
		assert_int_equal(n, -1);
		assert_string_equal(why.text, "leg: Is a directory");
		legfile_close(f);
		(void)close(directory);
		(void)close(fd);
	}
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(gsm_is_as_libsndfile_has_it),
	    cmocka_unit_test(errors_are_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
