/* SPDX-License-Identifier: ISC */
#include "hash.h"

#include <assert.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

#include "io.h"
#include "mem.h"

struct hash {
	EVP_MD_CTX *ctx;
	unsigned size;
};

/* A failure means no memory, or a library without the digest. */
static void
hash_must(int ok)
{
	if (!ok)
		mem_must(NULL);
}

struct hash *
hash_new(enum hash_kind kind)
{
	struct hash *h = mem_alloc(sizeof *h);
	const EVP_MD *md = kind == HASH_SHA256   ? EVP_sha256()
			   : kind == HASH_SHA512 ? EVP_sha512()
						 : EVP_md5();

	h->ctx = EVP_MD_CTX_new();
	h->size = (unsigned)EVP_MD_size(md);
	hash_must(h->ctx && EVP_DigestInit_ex(h->ctx, md, NULL));
	return h;
}

void
hash_add(struct hash *h, const void *p, size_t n)
{
	hash_must(EVP_DigestUpdate(h->ctx, p, n));
}

void
hash_drop(struct hash *h)
{
	if (h)
		EVP_MD_CTX_free(h->ctx);
	free(h);
}

void
hash_again(struct hash *h, unsigned char *out)
{
	hash_must(EVP_DigestFinal_ex(h->ctx, out, NULL));
	hash_must(EVP_DigestInit_ex(h->ctx, NULL, NULL));
}

void
hash_bytes(struct hash *h, unsigned char *out)
{
	hash_must(EVP_DigestFinal_ex(h->ctx, out, NULL));
	hash_drop(h);
}

void
hash_hex(struct hash *h, char hex[HASH_HEX_SIZE])
{
	static const char digit[] = "0123456789abcdef";
	unsigned char raw[32];
	unsigned n = h->size;

	assert(n <= sizeof raw);
	hash_bytes(h, raw);
	for (unsigned i = 0; i < n; i++) {
		hex[2 * i] = digit[raw[i] >> 4];
		hex[2 * i + 1] = digit[raw[i] & 15];
	}
	hex[2 * n] = '\0';
}

void
hash_text(enum hash_kind kind, const void *p, size_t n, char hex[HASH_HEX_SIZE])
{
	struct hash *h = hash_new(kind);

	hash_add(h, p, n);
	hash_hex(h, hex);
}

void
hash_hmac_sha256(const void *key, size_t key_len, const void *p, size_t n,
    unsigned char out[32])
{
	unsigned len = 32;

	hash_must(
	    HMAC(EVP_sha256(), key, (int)key_len, p, n, out, &len) != NULL);
}

int
hash_fd(enum hash_kind kind, int fd, char hex[HASH_HEX_SIZE], uint64_t *bytes)
{
	enum { CHUNK = 1 << 17 };
	struct hash *h = hash_new(kind);
	unsigned char *chunk = mem_alloc(CHUNK);
	uint64_t total = 0;
	ssize_t n;

	while ((n = io_read(fd, chunk, CHUNK)) > 0) {
		hash_add(h, chunk, (size_t)n);
		total += (uint64_t)n;
	}
	free(chunk);
	if (n < 0) {
		hash_drop(h);
		return -1;
	}
	hash_hex(h, hex);
	if (bytes)
		*bytes = total;
	return 0;
}
