/* SPDX-License-Identifier: ISC */
#ifndef HASH_H
#define HASH_H

/*
 * Message digests by libcrypto.
 *
 *	struct hash *h = hash_new(HASH_SHA256);
 *	hash_add(h, p, n) ...
 *	hash_hex(h, hex);	ends and frees h
 */

#include <stddef.h>
#include <stdint.h>

enum hash_kind { HASH_SHA256, HASH_MD5, HASH_SHA512 };
#define HASH_HEX_SIZE 65 /* enough with the NUL, but not for SHA-512 */
#define HASH_BYTES    64 /* enough for any */

struct hash;
struct hash *hash_new(enum hash_kind kind);
void hash_add(struct hash *h, const void *p, size_t n);
/* Lower-case hexadecimal, or the bytes themselves (32, 16 or 64). */
void hash_hex(struct hash *h, char hex[HASH_HEX_SIZE]);
void hash_bytes(struct hash *h, unsigned char *out);
/* The bytes, and h begins again: for many short texts. */
void hash_again(struct hash *h, unsigned char *out);
void hash_drop(struct hash *h); /* NULL is fine */

/* The digest of n bytes. */
void hash_text(
    enum hash_kind kind, const void *p, size_t n, char hex[HASH_HEX_SIZE]);
/* HMAC-SHA256 (RFC 2104, FIPS 198-1). */
void hash_hmac_sha256(const void *key, size_t key_len, const void *p, size_t n,
    unsigned char out[32]);
/* The digest from the file's current position to its end. 0, or -1 with errno. */
int hash_fd(
    enum hash_kind kind, int fd, char hex[HASH_HEX_SIZE], uint64_t *bytes);

#endif
