/* SPDX-License-Identifier: ISC */
#ifndef ENVELOPE_H
#define ENVELOPE_H

/*
 * Encryption for those who hold a private key elsewhere: a CMS message of type
 * AuthEnvelopedData (RFC 5083) with AES-256-GCM (RFC 5084), in DER, and BER of
 * indefinite length where it streams. An RSA key gets the content's key by OAEP
 * with SHA-256 (RFC 4055), an EC key by ephemeral ECDH with the key derivation
 * of X9.63 and SHA-256 (RFC 5753). `openssl cms -decrypt` opens it.
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
 * files: one certificate in each, separated by blanks. NULL with why: a file
 * that cannot be read, is no certificate, or holds a private key; a
 * certificate that is not valid now, or whose key is too weak or not for this.
 */
struct envelope *envelope_open(const char *files, struct why *why);
void envelope_free(struct envelope *e); /* NULL is fine */
/* Are all certificates valid now? 0, or -1 with why. */
int envelope_valid(const struct envelope *e, struct why *why);
/* Whom it is for, for a person; to be freed. */
char *envelope_shown(const struct envelope *e);
/*
 * All of `in`, from 0 on, to `out`, in constant memory; hex is the SHA-256 of
 * what was read. 0, or -1 with why: also where stop() says so.
 */
int envelope_write(const struct envelope *e, int in, int out,
    bool (*stop)(void), char hex[HASH_HEX_SIZE], struct why *why);

#endif
