/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "crc.h"

#include <cmocka.h>

enum { N = 4096 };
static unsigned char data[N];

/* Bit by bit, as the standard draws it. */
static uint16_t
plain(uint16_t crc, const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < 8 * n; i++) {
		unsigned bit = (crc ^ (unsigned)(p[i / 8] >> i % 8)) & 1;
		crc = (uint16_t)(crc >> 1 ^ (bit ? 0xA001 : 0));
	}
	return crc;
}

static void
known(void **state)
{
	(void)state;
	/* The check value of CRC-16/ARC. */
	assert_int_equal(crc_add(0, "123456789", 9), 0xBB3D);
	assert_int_equal(crc_add_tables(0, "123456789", 9), 0xBB3D);
	assert_int_equal(crc_add(0x1234, "", 0), 0x1234);
}

static void
every_length(void **state)
{
	(void)state;
	for (size_t n = 0; n < 600; n++) {
		size_t at = n % 17;
		uint16_t crc = (uint16_t)(n * 40503), want;

		want = plain(crc, data + at, n);
		assert_int_equal(crc_add(crc, data + at, n), want);
		assert_int_equal(crc_add_tables(crc, data + at, n), want);
	}
	assert_int_equal(crc_add(7, data, N), plain(7, data, N));
}

static void
joined(void **state)
{
	(void)state;
	for (size_t cut = 0; cut <= N; cut += 37) {
		uint16_t a = crc_add(0, data, cut);
		uint16_t b = crc_add(0, data + cut, N - cut);
		assert_int_equal(
		    crc_zeros(a, N - cut) ^ b, crc_add(0, data, N));
	}
	assert_int_equal(crc_zeros(0x5A5A, 0), 0x5A5A);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(known),
	    cmocka_unit_test(every_length), cmocka_unit_test(joined)};

	srand(1);
	for (size_t i = 0; i < N; i++)
		data[i] = (unsigned char)rand();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
