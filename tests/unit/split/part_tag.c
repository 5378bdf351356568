/* SPDX-License-Identifier: ISC */
#include "part_tag.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "id3.h"
#include "mem.h"
#include "text.h"

#include <cmocka.h>

static const struct part_tag_held none;

/* The body of the first frame of that name, as text after its encoding. */
static char *
text_of(const struct buf *tag, const char *want)
{
	struct id3_reader r;
	const unsigned char *body;
	char name[5], *text = NULL;
	size_t size;

	id3_open(&r, tag->s, tag->len);
	while (id3_next(&r, name, &body, &size))
		if (!text && strcmp(name, want) == 0) {
			text = mem_alloc(size);
			memcpy(text, body + 1, size - 1);
		}
	id3_close(&r);
	return text;
}

static void
reads_back(void **state)
{
	const struct part_tag_facts f = {.part = 2,
	    .parts = 3,
	    .first_smp = 12345,
	    .samples = 678,
	    .start_us = 90000000,
	    .end_us = 95000000,
	    .at = 50000000,
	    .bytes = 49999999,
	    .skip = 777,
	    .whole = 123456789012,
	    .crc = 0xBEEF};
	struct part_tag_facts got;
	struct part_tag_held head = {(const unsigned char *)"head", 4}, tail,
			     back;
	struct part_tag l;
	struct buf tag = {0};

	(void)state;
	part_tag_prepare(&l, NULL, 0, 0);
	part_tag_write(&l, &f, head, none, &tag);
	assert_int_equal(tag.len, l.bytes + part_tag_held_bytes(4));
	assert_int_equal(
	    part_tag_read((unsigned char *)tag.s, tag.len, &got, &back, &tail),
	    0);
	assert_int_equal(got.part, 2);
	assert_int_equal(got.parts, 3);
	assert_int_equal(got.first_smp, 12345);
	assert_int_equal(got.samples, 678);
	assert_int_equal(got.at, 50000000);
	assert_int_equal(got.bytes, 49999999);
	assert_int_equal(got.skip, 777);
	assert_int_equal(got.whole, 123456789012);
	assert_int_equal(got.crc, 0xBEEF);
	assert_int_equal(back.n, 4);
	assert_memory_equal(back.p, "head", 4);
	assert_int_equal(tail.n, 0);
	for (size_t i = 0; i < tag.len; i++)
		(void)part_tag_read(
		    (unsigned char *)tag.s, i, &got, &back, &tail);
	buf_free(&tag);
	part_tag_free(&l);
}

/* The original's frames are kept; its place and chapters change. */
static void
carries(void **state)
{
	const struct part_tag_facts f = {
	    .part = 2, .parts = 2, .start_us = 10000000, .end_us = 20000000};
	struct buf tag = {0}, out = {0};
	struct part_tag l;
	char *text;

	(void)state;
	id3_begin(&tag);
	id3_text(&tag, "TIT2", "a call");
	id3_text(&tag, "TRCK", "1/1");
	id3_user(&tag, "queue", "Billing");
	id3_chapter(&tag, 1, 0, 12000, "first");
	id3_chapter(&tag, 2, 12000, 30000, "second");
	id3_chapter(&tag, 3, 30000, 40000, "third");
	id3_end(&tag, 3);
	part_tag_prepare(&l, (unsigned char *)tag.s, tag.len, 10000);
	assert_int_equal(l.chapters, 3);
	part_tag_write(&l, &f, none, none, &out);
	text = text_of(&out, "TIT2");
	assert_string_equal(text, "a call");
	free(text);
	text = text_of(&out, "TRCK");
	assert_string_equal(text, "2/2");
	free(text);
	text = text_of(&out, "TXXX");
	assert_string_equal(text, "queue");
	free(text);
	/* The first begins at 0 and ends at 2 s, the third is not here. */
	text = text_of(&out, "CHAP");
	assert_memory_equal(text, "h1\0\0\0\0\0\0\0\7\xD0", 11);
	free(text);
	text = text_of(&out, "CTOC");
	assert_memory_equal(text, "oc\0\3\2ch1\0ch2", 11);
	free(text);
	buf_free(&out);
	buf_free(&tag);
	part_tag_free(&l);
}

static void
old_tags(void **state)
{
	/* 2.3 with sizes of eight bits; 2.2 with names of three letters. */
	static const char v3[] = "ID3\3\0\0\0\0\0\x1ATIT2\0\0\0\2\0\0\0x"
				 "TYER\0\0\0\4\0\0\0999";
	static const char v2[] = "ID3\2\0\0\0\0\0\x0FTT2\0\0\3\0xyTP9\0\0";
	struct id3_reader r;
	const unsigned char *body;
	char name[5];
	size_t size;

	(void)state;
	id3_open(&r, v3, sizeof v3 - 1);
	assert_true(id3_next(&r, name, &body, &size));
	assert_string_equal(name, "TIT2");
	assert_int_equal(size, 2);
	assert_true(id3_next(&r, name, &body, &size));
	assert_string_equal(name, "TDRC");
	assert_false(id3_next(&r, name, &body, &size));
	id3_close(&r);
	id3_open(&r, v2, sizeof v2 - 1);
	assert_true(id3_next(&r, name, &body, &size));
	assert_string_equal(name, "TIT2");
	assert_int_equal(size, 3);
	assert_false(id3_next(&r, name, &body, &size));
	id3_close(&r);
}

/* The smallest limit at which a part of a tag is kept. */
static size_t
least(const struct buf *tag, bool chapters)
{
	size_t most = 0;

	for (;; most++) {
		struct part_tag l;
		bool there;

		part_tag_prepare(
		    &l, (const unsigned char *)tag->s, tag->len, most);
		there = chapters ? l.chapters > 0 : l.frames.len > 0;
		part_tag_free(&l);
		if (there)
			return most;
		assert_true(most < 10000);
	}
}

/* A frame fits with its head or not at all; chapters do not count it. */
static void
what_fits(void **state)
{
	struct buf frame = {0}, bare = {0}, with = {0};

	(void)state;
	id3_begin(&frame);
	id3_text(&frame, "TIT2", "a call");
	id3_end(&frame, 0);
	/* The tag has ten bytes besides its frames. */
	assert_int_equal(least(&frame, false), frame.len - 10);
	id3_begin(&bare);
	id3_chapter(&bare, 1, 0, 12000, "first");
	id3_end(&bare, 1);
	id3_begin(&with);
	id3_text(&with, "TIT2", "a call");
	id3_chapter(&with, 1, 0, 12000, "first");
	id3_end(&with, 1);
	assert_int_equal(least(&with, true), least(&bare, true));
	buf_free(&frame);
	buf_free(&bare);
	buf_free(&with);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(reads_back),
	    cmocka_unit_test(what_fits), cmocka_unit_test(carries),
	    cmocka_unit_test(old_tags)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
