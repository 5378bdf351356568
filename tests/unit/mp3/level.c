/* SPDX-License-Identifier: ISC */
#include "level.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void
put(unsigned char *side, unsigned *at, unsigned n, unsigned value)
{
	while (n-- > 0) {
		if (value >> n & 1)
			side[*at / 8] |= (unsigned char)(0x80 >> *at % 8);
		(*at)++;
	}
}

/* The level of a frame, all of whose granules and channels are like this. */
static unsigned
level(const unsigned char header[4], unsigned length, unsigned pairs,
    unsigned gain, unsigned table)
{
	unsigned char frame[64] = {0};
	struct mpeg m;
	unsigned at, parts;

	memcpy(frame, header, 4);
	assert_int_equal(mpeg_parse(frame, &m), 0);
	parts = m.channels * (m.lsf ? 1 : 2);
	at = 8 * m.side - parts * (m.lsf ? 63 : 59);
	for (unsigned i = 0; i < parts; i++) {
		unsigned end = at + (m.lsf ? 63 : 59);

		put(frame + m.head, &at, 12, length);
		put(frame + m.head, &at, 9, pairs);
		put(frame + m.head, &at, 8, gain);
		at += m.lsf ? 9 : 4;
		put(frame + m.head, &at, 1, 0);
		put(frame + m.head, &at, 5, table);
		at = end;
	}
	return level_frame(frame, &m);
}

static void
louder(void **state)
{
	static const unsigned char headers[][4] = {{0xFF, 0xFB, 0x90, 0},
	    {0xFF, 0xFB, 0x90, 0xC0}, {0xFF, 0xF3, 0x80, 0},
	    {0xFF, 0xF3, 0x80, 0xC0}, {0xFF, 0xE2, 0x88, 0xC0}};

	(void)state;
	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
		const unsigned char *h = headers[i];
		unsigned some = level(h, 500, 60, 140, 7);

		print_message("%zu\n", i);
		assert_int_equal(level(h, 0, 0, 210, 0), 0);
		/* Eight steps of gain are 12 dB. */
		assert_in_range(level(h, 500, 60, 148, 7) - some, 1200, 1210);
		/* Values up to 8191 and 15 instead of up to 5. */
		assert_in_range(level(h, 500, 60, 140, 23) - some, 8000, 9000);
		/* Values up to 2 instead of up to 1. */
		assert_int_equal(
		    level(h, 500, 60, 140, 2) - level(h, 500, 60, 140, 1), 803);
		assert_true(level(h, 500, 240, 140, 7) > some);
		assert_true(level(h, 500, 0, 140, 7) < some);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(louder)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
