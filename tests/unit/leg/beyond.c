/* SPDX-License-Identifier: ISC */
#include "beyond.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "io.h"

/* A text whose length counts, with zeros in it. */
#define B(text) text, sizeof(text) - 1

/* Heads of files with four bytes of sound, "soun". */
#define WAV "RIFF\0\0\0\0WAVEfmt \4\0\0\0\1\0\1\0data\4\0\0\0soun"
#define RF64                                               \
	"RF64\377\377\377\377WAVEds64\30\0\0\0"            \
	"\0\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" \
	"data\377\377\377\377soun"
#define AIFF "FORM\0\0\0\0AIFFCOMM\0\0\0\2\0\1SSND\0\0\0\4soun"
#define AU   ".snd\0\0\0\30\0\0\0\4\0\0\0\3\0\0\0\1\0\0\0\1soun"
#define CAF  "caff\0\1\0\0desc\0\0\0\0\0\0\0\2\0\1data\0\0\0\0\0\0\0\4soun"

static const struct {
	const char *label, *file;
	size_t length;
	int64_t beyond;
} rows[] = {
    {"a WAV", B(WAV), 0},
    {"a list after it", B(WAV "LIST\4\0\0\0INFO"), 0},
    {"an odd chunk and its pad", B(WAV "note\3\0\0\0abc\0"), 0},
    {"without the pad", B(WAV "note\3\0\0\0abc"), 0},
    {"zeros up to a block", B(WAV "\0\0\0\0\0\0\0\0\0"), 0},
    {"other bytes", B(WAV "\1\2\3\4\5\6\7\10\11"), 9},
    {"other bytes after a list", B(WAV "LIST\4\0\0\0INFO\200\0\0"), 3},
    {"a few", B(WAV "x"), 1},
    {"bytes that are like a chunk", B(WAV "abcdefghijk"), 11},
    {"a size that was never written",
	B("RIFF\0\0\0\0WAVEdata\0\0\0\0soundsound"), 0},
    {"one of a stream", B("RIFF\0\0\0\0WAVEdata\377\377\377\377soundsound"), 0},
    {"a torn file", B("RIFF\0\0\0\0WAVEdata\20\0\0\0soun"), 0},
    {"no sound", B("RIFF\0\0\0\0WAVEjunk\4\0\0\0soun\1\2\3"), 0},
    {"RF64", B(RF64), 0},
    {"RF64 and other bytes", B(RF64 "\1\2\3"), 3},
    {"AIFF", B(AIFF "NAME\0\0\0\2ab"), 0},
    {"AIFF and other bytes", B(AIFF "\1\2\3"), 3},
    {"CAF", B(CAF "free\0\0\0\0\0\0\0\1x"), 0},
    {"CAF and other bytes", B(CAF "\1\2\3"), 3},
    {"CAF of unknown size",
	B("caff\0\1\0\0data\377\377\377\377\377\377\377\377soun"), 0},
    {"AU", B(AU), 0},
    {"AU and other bytes", B(AU "\1\2\3"), 3},
    {"AU of unknown size",
	B(".snd\0\0\0\30\377\377\377\377\0\0\0\3\0\0\0\1\0\0\0\1soun"), 0},
    {"AU with a hostile head", B(".snd\377\377\377\377\0\0\0\4"), 0},
    {"another format", B("OggS\1\2\3\4\5\6\7\10\11\12\13\14"), 0},
    {"nothing", B(""), 0},
};

static void
what_no_chunk_has(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int fd = memfd_create("file", MFD_CLOEXEC);

		print_message("%s\n", rows[i].label);
		assert_true(fd >= 0);
		assert_int_equal(io_write(fd, rows[i].file, rows[i].length), 0);
		assert_int_equal(
		    beyond_bytes(fd, (int64_t)rows[i].length), rows[i].beyond);
		assert_int_equal(close(fd), 0);
	}
}

static void
what_cannot_be_read(void **state)
{
	(void)state;
	assert_int_equal(beyond_bytes(-1, 100), -1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_no_chunk_has),
	    cmocka_unit_test(what_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
