/* SPDX-License-Identifier: ISC */
#include "jwt.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "mem.h"
#include "text.h"

/* A key with a pass phrase is an error; the terminal is not asked. */
static int
no_phrase(char *buf, int size, int writing, void *arg)
{
	(void)buf, (void)size, (void)writing, (void)arg;
	return -1;
}

static EVP_PKEY *
read_private_key(const char *pem, struct why *why)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = NULL;

	if (bio)
		key = PEM_read_bio_PrivateKey(bio, NULL, no_phrase, NULL);
	BIO_free(bio);
	ERR_clear_error();
	if (key && EVP_PKEY_base_id(key) == EVP_PKEY_RSA)
		return key;
	why_set(why, key ? "not an RSA key"
			 : "not a private key in PEM without a pass phrase");
	EVP_PKEY_free(key);
	return NULL;
}

int
jwt_check(const char *pem, struct why *why)
{
	EVP_PKEY *key = read_private_key(pem, why);

	EVP_PKEY_free(key);
	return key ? 0 : -1;
}

static void
add_base64url(struct buf *b, const void *data, size_t n)
{
	char *text = base64_url(data, n);

	buf_add(b, text, strlen(text));
	free(text);
}

static int
add_signature(struct buf *b, EVP_PKEY *key)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = (size_t)EVP_PKEY_size(key);
	unsigned char *sign = mem_alloc(len);
	int good =
	    ctx &&
	    EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
	    EVP_DigestSign(ctx, sign, &len, (unsigned char *)b->s, b->len) == 1;

	EVP_MD_CTX_free(ctx);
	if (good) {
		buf_add(b, ".", 1);
		add_base64url(b, sign, len);
	}
	free(sign);
	return good ? 0 : -1;
}

char *
jwt_rs256(const char *pem, const char *claims, struct why *why)
{
	static const char head[] = "{\"alg\":\"RS256\",\"typ\":\"JWT\"}";
	EVP_PKEY *key = read_private_key(pem, why);
	struct buf b = {0};

	if (!key)
		return NULL;
	add_base64url(&b, head, sizeof head - 1);
	buf_add(&b, ".", 1);
	add_base64url(&b, claims, strlen(claims));
	if (add_signature(&b, key) != 0) {
		why_set(why, "the key cannot sign");
		ERR_clear_error();
		buf_free(&b);
	}
	EVP_PKEY_free(key);
	return b.s;
}
