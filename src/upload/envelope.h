/* SPDX-License-Identifier: ISC */
#ifndef ENVELOPE_H
#define ENVELOPE_H

/*
 * Encrypts files for recipients whose private keys are elsewhere. The result is
 * a CMS message of type AuthEnvelopedData (RFC 5083) with AES-256-GCM (RFC
 * 5084), in DER, with BER of indefinite length for streaming. For an RSA key,
 * the content key is encrypted with OAEP and SHA-256 (RFC 4055), for an EC key
 * with ephemeral ECDH and the X9.63 key derivation with SHA-256 (RFC 5753).
 * `openssl cms -decrypt` decrypts it.
 *
 *	e = envelope_open("archive.pem backup.pem", &why);
 *	envelope_write(e, in, out, stop, hex, &why);	any number of threads
 *	envelope_free(e);
 */

#include <stdbool.h>
#include <stdint.h>

#include "hash.h"

#include "text.h"

struct envelope;
/*
 * files: the paths of certificates, separated by blanks. NULL with why if a file
 * cannot be read, is not a certificate or contains a private key, or if a
 * certificate is not valid now, is too weak or not for this use.
 */
struct envelope *envelope_open(const char *files, struct why *why);
void envelope_free(struct envelope *e); /* NULL is fine */
/* 0 if all certificates are valid now, or -1 with why. */
int envelope_valid(const struct envelope *e, struct why *why);
/* The recipients, for a person; to be freed. */
char *envelope_shown(const struct envelope *e);
/*
 * Encrypts all of `in`, from offset 0, to `out`, in constant memory. hex is set
 * to the SHA-256 of the plain text. 0, or -1 with why, also if stop() returned
 * true.
 */
int envelope_write(const struct envelope *e, int in, int out,
    bool (*stop)(void), char hex[HASH_HEX_SIZE], struct why *why);

#endif
