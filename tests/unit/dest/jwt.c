/* SPDX-License-Identifier: ISC */
#include "jwt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "mem.h"
#include "text.h"

static char *
pem_of(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data, *text;
	long n;

	assert_int_equal(
	    PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL), 1);
	n = BIO_get_mem_data(bio, &data);
	text = text_ndup(data, (size_t)n);
	BIO_free(bio);
	return text;
}

static size_t
unbase64url(const char *s, size_t n, unsigned char *out)
{
	char *padded = mem_alloc(n + 5);
	int len;

	for (size_t i = 0; i < n; i++)
		padded[i] = s[i] == '-' ? '+' : s[i] == '_' ? '/' : s[i];
	while (n % 4)
		padded[n++] = '=';
	len = EVP_DecodeBlock(out, (unsigned char *)padded, (int)n);
	assert_true(len >= 0);
	for (size_t i = n; i > 0 && padded[i - 1] == '='; i--)
		len--;
	free(padded);
	return (size_t)len;
}

static void
verifies(void **state)
{
	EVP_PKEY *key = EVP_RSA_gen(2048);
	char *pem = pem_of(key);
	char claims[64] = "{\"iss\":\"x\"}";
	(void)state;

	/* Every length of claims, so that padding of all kinds occurs. */
	for (int i = 0; i < 4; i++, strcat(claims, " ")) {
		char *t = jwt_rs256(pem, claims, NULL);
		const char *one = strchr(t, '.'), *two = strchr(one + 1, '.');
		unsigned char sign[600], text[200];
		size_t n = unbase64url(two + 1, strlen(two + 1), sign);
		EVP_MD_CTX *ctx = EVP_MD_CTX_new();

		assert_null(strpbrk(t, "+/="));
		assert_int_equal(n, 256);
		assert_int_equal(
		    EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key),
		    1);
		assert_int_equal(EVP_DigestVerify(ctx, sign, n,
				     (unsigned char *)t, (size_t)(two - t)),
		    1);
		n = unbase64url(one + 1, (size_t)(two - one - 1), text);
		assert_int_equal(n, strlen(claims));
		assert_memory_equal(text, claims, n);
		EVP_MD_CTX_free(ctx);
		free(t);
	}
	free(pem);
	EVP_PKEY_free(key);
}

static void
refuses(void **state)
{
	EVP_PKEY *ec = EVP_EC_gen("P-256"), *rsa = EVP_RSA_gen(2048);
	char *pem = pem_of(ec), *cut = pem_of(rsa);
	struct why why;
	(void)state;

	assert_int_equal(jwt_check(cut, &why), 0);
	cut[strlen(cut) / 2] = '\0';
	assert_int_equal(jwt_check(cut, &why), -1);
	assert_string_equal(
	    why.text, "not a private key in PEM without a pass phrase");
	assert_int_equal(jwt_check(pem, &why), -1);
	assert_string_equal(why.text, "not an RSA key");
	assert_null(jwt_rs256("", "{}", &why));
	assert_null(jwt_rs256(pem, "{}", &why));
	free(pem);
	free(cut);
	EVP_PKEY_free(ec);
	EVP_PKEY_free(rsa);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(verifies),
	    cmocka_unit_test(refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
