/* SPDX-License-Identifier: ISC */
#include "mpeg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Tools take the first frame's bit rate for that of all frames. */
static void
info_at_the_sounds_bit_rate(void **state)
{
	static const struct {
		unsigned rate, channels, kbps;
		bool vbr;
		unsigned want; /* kbit/s of the Info frame */
	} table[] = {
	    {8000, 2, 32, false, 32},
	    {8000, 1, 32, false, 32},
	    {8000, 1, 16, false, 24}, /* 144 bytes have no room for it */
	    {8000, 2, 32, true, 24},
	    {44100, 2, 128, false, 128},
	    {44100, 2, 128, true, 64},
	    {16000, 2, 48, false, 48},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct mpeg_info info = {
		    .kbps = table[i].kbps, .vbr = table[i].vbr, .frames = 9};
		unsigned char out[MPEG_INFO_MAX];
		struct mpeg m;

		mpeg_header(
		    table[i].rate, table[i].channels, table[i].kbps, info.like);
		assert_int_equal(mpeg_parse(info.like, &m), 0);
		assert_int_equal(m.kbps, table[i].kbps);
		assert_int_equal(mpeg_info(&info, out), mpeg_info_size(&info));
		assert_int_equal(mpeg_parse(out, &m), 0);
		assert_int_equal(m.kbps, table[i].want);
		assert_int_equal(m.bytes, mpeg_info_size(&info));
	}
}

/* A number of more than twelve bits must not become a small one. */
static void
delays_that_are_too_long(void **state)
{
	static const unsigned table[][2] = {
	    {0, 0}, {4095, 4095}, {4096, 4095}, {4100, 4095}, {70000, 4095}};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct mpeg_info info = {
		    .kbps = 32, .delay = 576, .padding = table[i][0]};
		unsigned char out[MPEG_INFO_MAX];
		struct mpeg_tag tag;

		mpeg_header(8000, 2, 32, info.like);
		assert_true(mpeg_tag(out, mpeg_info(&info, out), &tag));
		assert_int_equal(tag.delay, 576);
		assert_int_equal(tag.padding, table[i][1]);
		info.padding = table[i][0];
		mpeg_tag_update(out, mpeg_info_size(&info), &info);
		assert_true(mpeg_tag(out, mpeg_info_size(&info), &tag));
		assert_int_equal(tag.padding, table[i][1]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(info_at_the_sounds_bit_rate),
	    cmocka_unit_test(delays_that_are_too_long),
	};

	return cmocka_run_group_tests_name("mpeg", tests, NULL, NULL);
}
