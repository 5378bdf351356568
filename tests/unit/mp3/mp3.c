/* SPDX-License-Identifier: ISC */
#include "frames.h"
#include "mp3.h"
#include "text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A stream under construction: frames of noise with true headers. */
static unsigned char data[1 << 20];
static size_t n;

static void
bytes(const void *p, size_t count)
{
	memcpy(data + n, p, count);
	n += count;
}

/* MPEG-2, 16 kHz, mono; kbps from 8 to 160 in steps of the standard. */
static void
frame(unsigned index, unsigned back)
{
	unsigned char h[4] = {
	    0xFF, 0xF3, (unsigned char)(index << 4 | 8), 0xC4};
	struct mpeg f;

	assert_int_equal(mpeg_parse(h, &f), 0);
	bytes(h, 4);
	data[n] = (unsigned char)back;
	for (size_t i = 1; i < f.bytes - 4; i++)
		data[n + i] = (unsigned char)(rand() & 0x7F);
	n += f.bytes - 4;
}

static void
frames(unsigned count, unsigned index)
{
	while (count-- > 0)
		frame(index, 0);
}

static int
fresh(void **state)
{
	(void)state;
	n = 0;
	srand(7);
	return 0;
}

/* Every lookup of every frame gives the result of a simple walk. */
static void
places(void **state)
{
	struct mp3 m;
	struct why why;
	size_t at = 0;

	(void)state;
	for (unsigned i = 0; i < 500; i++)
		frame(1 + i % 7, i % 7 ? 3 : 0);
	assert_int_equal(mp3_scan(&m, data, n, &why), 0);
	assert_int_equal(m.frames, 500);
	assert_int_equal(m.end, n);
	assert_true(m.reservoir && m.stretch[0].vbr);
	for (size_t i = 0; i < m.frames; i++) {
		struct mpeg f;

		assert_int_equal(mp3_frame(&m, i, &f), at);
		assert_int_equal(mp3_frame_at(&m, at), i);
		assert_int_equal(mp3_frame_at(&m, at + f.bytes - 1), i);
		assert_int_equal(
		    mp3_crc(&m, at, n), mpeg_crc(0, data + at, n - at));
		at += f.bytes;
	}
	assert_int_equal(mp3_at(&m, 500), n);
	mp3_free(&m);
}

static void
faults_in_order(void **state)
{
	static const struct {
		enum mp3_fault_kind kind;
		size_t frame;
	} want[] = {{MP3_JUNK, 0}, {MP3_TAG, 100}, {MP3_JUNK, 200},
	    {MP3_STARVED, 200}, {MP3_TORN, 300}};
	struct mp3 m;
	struct why why;

	(void)state;
	bytes("some junk", 9);
	frames(100, 3);
	bytes("ID3\4\0\0\0\0\0\4abcd", 14);
	frames(100, 3);
	bytes("more of it", 10);
	frame(3, 5);
	frames(99, 3);
	frame(3, 0);
	assert_int_equal(mp3_scan(&m, data, n - 10, &why), 0);
	assert_int_equal(m.frames, 300);
	assert_int_equal(m.faults, sizeof want / sizeof *want);
	for (size_t i = 0; i < m.faults; i++) {
		assert_int_equal(m.fault[i].kind, want[i].kind);
		assert_int_equal(m.fault[i].frame, want[i].frame);
	}
	assert_true(mp3_uneven(&m, 150, 200));
	assert_false(mp3_uneven(&m, 101, 199));
	mp3_free(&m);
}

static void
no_audio(void **state)
{
	struct mp3 m;
	struct why why;

	(void)state;
	/* Two frames and text do not make it an MP3. */
	frames(2, 3);
	bytes("text that follows", 17);
	assert_int_equal(mp3_scan(&m, data, n, &why), -1);
	assert_string_equal(why.text, "no MPEG layer III audio in it");
	/* Frames up to the end do, even if they are few. */
	assert_int_equal(mp3_scan(&m, data, n - 17, &why), 0);
	assert_int_equal(m.frames, 2);
	mp3_free(&m);
	/* A few frames within much other data are not an MP3, either. */
	n = 0;
	frames(5, 3);
	memset(data + n, 1, 100000);
	n += 100000;
	assert_int_equal(mp3_scan(&m, data, n, &why), -1);
	assert_int_equal(mp3_scan(&m, data, 0, &why), -1);
}

static void
formats(void **state)
{
	struct mp3 m;
	struct why why;
	size_t change;

	(void)state;
	frames(50, 3);
	change = n;
	frames(50, 3);
	for (size_t at = change; at < n; at += 108)
		data[at + 3] = 0x04; /* two channels */
	assert_int_equal(mp3_scan(&m, data, n, &why), 0);
	assert_int_equal(m.stretches, 2);
	assert_int_equal(m.stretch[1].frame, 50);
	assert_int_equal(m.stretch[1].format.channels, 2);
	assert_ptr_equal(mp3_stretch(&m, 49), &m.stretch[0]);
	assert_ptr_equal(mp3_stretch(&m, 50), &m.stretch[1]);
	mp3_free(&m);
}

/* Data after a tag is checked like data before it. */
static void
tags_at_both_ends(void **state)
{
	static const char front[] = "ID3\4\0\0\0\0\0\2xx";
	static const char back[128] = "TAG";
	struct mp3 m;
	struct why why;

	(void)state;
	bytes(front, 12);
	frames(10, 3);
	bytes(back, 128);
	/* It must not be searched for beyond the end. */
	memset(data + n, 0, 1000);
	assert_int_equal(mp3_scan(&m, data, n, &why), 0);
	assert_int_equal(m.frames, 10);
	assert_int_equal(m.tags, 2);
	assert_int_equal(m.end, n - 128);
	mp3_free(&m);
}

static void
tags(void **state)
{
	static const struct {
		const char *text;
		size_t n, front, back;
	} table[] = {{"ID3\4\0\0\0\0\0\2xx", 12, 12, 0},
	    {"ID3\4\0\x10\0\0\0\2xx3DI\4\0\x10\0\0\0\2", 22, 22, 22},
	    {"ID3\4\0\0\0\0\1\0xx", 12, 12, 0}, /* torn */
	    {"ID3\4\0\0\0\0\0\x82xx", 12, 0, 0},
	    {"LYRICSBEGINwordsLYRICSEND", 25, 0, 25},
	    {"LYRICSBEGINwords000016LYRICS200", 31, 0, 31},
	    {"LYRICSBEGINwords000017LYRICS200", 31, 0, 0},
	    {"APETAGEX\xd0\7\0\0\x20\0\0\0\0\0\0\0\0\0\0\0"
	     "\0\0\0\0\0\0\0\0",
		32, 0, 32},
	    /* A header that does not say that there is one. */
	    {"APETAGEX\xd0\7\0\0\x20\0\0\0\0\0\0\0\0\0\0\x20"
	     "\0\0\0\0\0\0\0\0"
	     "APETAGEX\xd0\7\0\0\x20\0\0\0\0\0\0\0\0\0\0\0"
	     "\0\0\0\0\0\0\0\0",
		64, 64, 32},
	    {"TAG", 3, 0, 0}};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		const unsigned char *p = (const unsigned char *)table[i].text;
		enum tags_kind kind;

		print_message("%zu\n", i);
		assert_int_equal(
		    tags_front(p, table[i].n, &kind), table[i].front);
		assert_int_equal(
		    tags_back(p, table[i].n, &kind), table[i].back);
	}
}

/* A chunk of an odd length has a byte behind it. */
static void
riff(void **state)
{
	static const struct {
		const char *label, *chunks;
		size_t n;
		int found;
		size_t from, to; /* of what the chunks hold */
	} table[] = {
	    {"MP3", "fmt \2\0\0\0\x55\0data\4\0\0\0abcd", 22, 1, 18, 22},
	    {"PCM", "fmt \2\0\0\0\1\0data\4\0\0\0abcd", 22, -1, 18, 22},
	    {"an odd chunk",
		"fmt \2\0\0\0\x55\0LIST\3\0\0\0xyz\0data\4\0\0\0abcd", 34, 1,
		30, 34},
	    {"no length yet", "fmt \2\0\0\0\x55\0data\0\0\0\0abcd", 22, 1, 18,
		22},
	    {"torn", "fmt \2\0\0\0\x55\0data\x9\0\0\0abcd", 22, 1, 18, 22},
	    {"something behind it", "fmt \2\0\0\0\x55\0data\2\0\0\0abcd", 22, 1,
		18, 20},
	    {"no data", "fmt \2\0\0\0\x55\0LIST\3\0\0\0xyz", 21, -1, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		unsigned char file[64] = "RIFFxxxxWAVE";
		size_t from = 12, to = 12;

		print_message("%s\n", table[i].label);
		memcpy(file + 12, table[i].chunks, table[i].n);
		assert_int_equal(tags_riff(file, 12 + table[i].n, &from, &to),
		    table[i].found);
		assert_int_equal(from, 12 + table[i].from);
		assert_int_equal(to, 12 + table[i].to);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(places, fresh),
	    cmocka_unit_test_setup(faults_in_order, fresh),
	    cmocka_unit_test_setup(no_audio, fresh),
	    cmocka_unit_test_setup(formats, fresh),
	    cmocka_unit_test_setup(tags_at_both_ends, fresh),
	    cmocka_unit_test(tags), cmocka_unit_test(riff)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
