/* SPDX-License-Identifier: ISC */
#include "base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* RFC 4648, section 10. */
static const struct {
	const char *plain, *text;
} rfc4648[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
};

static void
vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rfc4648 / sizeof *rfc4648; i++) {
		size_t n = strlen(rfc4648[i].plain);
		char *text = base64_encode(rfc4648[i].plain, n);
		unsigned char *back = base64_decode(rfc4648[i].text, &n);

		assert_string_equal(text, rfc4648[i].text);
		assert_int_equal(n, strlen(rfc4648[i].plain));
		assert_memory_equal(back, rfc4648[i].plain, n);
		free(text);
		free(back);
	}
}

static void
every_byte(void **state)
{
	unsigned char all[256];
	char *text;
	unsigned char *back;
	size_t n;

	(void)state;
	for (int i = 0; i < 256; i++)
		all[i] = (unsigned char)i;
	text = base64_encode(all, sizeof all);
	back = base64_decode(text, &n);
	assert_int_equal(n, sizeof all);
	assert_memory_equal(back, all, n);
	free(text);
	free(back);
}

static void
refused(void **state)
{
	static const char *const bad[] = {"=", "Z", "Zg",
	    "Zg=", "Zg==Zg==", "Zh==", "Zm9=", "Z===", "====", "Zm9v\n", "Zm 9",
	    "Zm9-", "\xffm9v", "=m9v", "Zm=v"};
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_null(base64_decode(bad[i], &n));
}

static void
of_hex(void **state)
{
	char *text = base64_of_hex("666f6f62");

	(void)state;
	assert_string_equal(text, "Zm9vYg==");
	free(text);
	assert_null(base64_of_hex("6"));
	assert_null(base64_of_hex("6g"));
	assert_null(base64_of_hex("6F"));
}

static void
for_urls(void **state)
{
	char *text = base64_url("\xfb\xff\xfe", 3);

	(void)state;
	assert_string_equal(text, "-__-");
	free(text);
	text = base64_url("foob", 4);
	assert_string_equal(text, "Zm9vYg");
	free(text);
	text = base64_url("", 0);
	assert_string_equal(text, "");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(vectors),
	    cmocka_unit_test(every_byte),
	    cmocka_unit_test(refused),
	    cmocka_unit_test(of_hex),
	    cmocka_unit_test(for_urls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
