/* SPDX-License-Identifier: ISC */
#include "crc32c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* RFC 3720, appendix B.4, and the check value of the CRC catalogues. */
static void
vectors(void **state)
{
	unsigned char b[32];

	(void)state;
	memset(b, 0, sizeof b);
	assert_int_equal(crc32c_add(0, b, sizeof b), 0x8a9136aa);
	memset(b, 0xff, sizeof b);
	assert_int_equal(crc32c_add(0, b, sizeof b), 0x62a8ab43);
	for (int i = 0; i < 32; i++)
		b[i] = (unsigned char)i;
	assert_int_equal(crc32c_add(0, b, sizeof b), 0x46dd794e);
	for (int i = 0; i < 32; i++)
		b[i] = (unsigned char)(31 - i);
	assert_int_equal(crc32c_add(0, b, sizeof b), 0x113fdb5c);
	assert_int_equal(crc32c_add(0, "123456789", 9), 0xe3069283);
	assert_int_equal(crc32c_add(0, "", 0), 0);
}

/* In any pieces, and from any beginning. */
static void
in_pieces(void **state)
{
	unsigned char b[64];
	uint32_t whole;

	(void)state;
	for (int i = 0; i < 64; i++)
		b[i] = (unsigned char)(i * 37 + 11);
	whole = crc32c_add(0, b, sizeof b);
	for (size_t i = 0; i <= sizeof b; i++)
		assert_int_equal(
		    crc32c_add(crc32c_add(0, b, i), b + i, sizeof b - i),
		    whole);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(vectors),
	    cmocka_unit_test(in_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
