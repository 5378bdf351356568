/* SPDX-License-Identifier: ISC */
#include "hash.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* RFC 4231, test cases 1, 2, 3 and 6: keys of all kinds of length. */
static const struct {
	int key_byte;
	size_t key_len;
	const char *key, *text;
	int text_byte;
	size_t text_len;
	const char *mac;
} rfc4231[] = {
    {0x0b, 20, NULL, "Hi There", 0, 8,
	"b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {0, 4, "Jefe", "what do ya want for nothing?", 0, 28,
	"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {0xaa, 20, NULL, NULL, 0xdd, 50,
	"773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
    {0xaa, 131, NULL, "Test Using Larger Than Block-Size Key - Hash Key First",
	0, 54,
	"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
};

static void
hmac(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rfc4231 / sizeof *rfc4231; i++) {
		unsigned char key[200], text[200], mac[32];
		char hex[65];

		memset(key, rfc4231[i].key_byte, sizeof key);
		memset(text, rfc4231[i].text_byte, sizeof text);
		if (rfc4231[i].key)
			memcpy(key, rfc4231[i].key, rfc4231[i].key_len);
		if (rfc4231[i].text)
			memcpy(text, rfc4231[i].text, rfc4231[i].text_len);
		hash_hmac_sha256(
		    key, rfc4231[i].key_len, text, rfc4231[i].text_len, mac);
		for (int k = 0; k < 32; k++) {
			static const char digit[] = "0123456789abcdef";

			hex[2 * k] = digit[mac[k] >> 4];
			hex[2 * k + 1] = digit[mac[k] & 15];
		}
		hex[64] = '\0';
		assert_string_equal(hex, rfc4231[i].mac);
	}
}

/* FIPS 180-2, appendix B, and RFC 1321, appendix A.5. */
static void
digests(void **state)
{
	char hex[HASH_HEX_SIZE];

	(void)state;
	hash_text(HASH_SHA256, "abc", 3, hex);
	assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223"
				 "b00361a396177a9cb410ff61f20015ad");
	hash_text(HASH_MD5, "abc", 3, hex);
	assert_string_equal(hex, "900150983cd24fb0d6963f7d28e17f72");
}

/* From the file offset to the end, in as many reads as needed. */
static void
the_rest_of_a_file(void **state)
{
	static char text[300001];
	char hex[HASH_HEX_SIZE] = "", wanted[HASH_HEX_SIZE];
	uint64_t bytes = 7;
	FILE *file = tmpfile();

	(void)state;
	assert_non_null(file);
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (char)(i * 7 / 3);
	assert_int_equal(fwrite(text, 1, sizeof text, file), sizeof text);
	assert_int_equal(fflush(file), 0);
	assert_int_equal(lseek(fileno(file), 1, SEEK_SET), 1);
	assert_int_equal(hash_fd(HASH_SHA256, fileno(file), hex, &bytes), 0);
	assert_int_equal(bytes, sizeof text - 1);
	hash_text(HASH_SHA256, text + 1, sizeof text - 1, wanted);
	assert_string_equal(hex, wanted);
	assert_int_equal(hash_fd(HASH_SHA256, fileno(file), hex, NULL), 0);
	hash_text(HASH_SHA256, "", 0, wanted);
	assert_string_equal(hex, wanted);
	(void)fclose(file);
}

/* A file that cannot be read has no hash. */
static void
a_read_error_is_told(void **state)
{
	char hex[HASH_HEX_SIZE] = "";
	uint64_t bytes = 7;
	int fd = open("/", O_RDONLY | O_DIRECTORY);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(hash_fd(HASH_SHA256, fd, hex, &bytes), -1);
	assert_int_equal(errno, EISDIR);
	assert_int_equal(bytes, 7);
	assert_int_equal(close(fd), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hmac),
	    cmocka_unit_test(digests),
	    cmocka_unit_test(the_rest_of_a_file),
	    cmocka_unit_test(a_read_error_is_told),
	};

	(void)alarm(30); /* for one that never ends */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
