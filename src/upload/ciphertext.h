/* SPDX-License-Identifier: ISC */
#ifndef CIPHERTEXT_H
#define CIPHERTEXT_H

/*
 * The encrypted copy of a file for a destination that has encrypt_to, as
 * NAME.HASH.DEST.cms beside the file. It is made once, atomically, and used for
 * all attempts, because no two ciphertexts of a file are the same. In a spool it
 * is kept until the destination has it. HASH is the beginning of the SHA-256 of
 * the file: outside a spool, another recording may get the same name.
 */

#include "dest.h"
#include "envelope.h"

struct state;

struct ciphertext {
	int dirfd; /* where it is; borrowed */
	int fd;    /* -1: there is none */
	char *name;
	uint64_t bytes;
	char sha256[HASH_HEX_SIZE];
	bool made; /* by this ciphertext_open() */
};
#define CIPHERTEXT_NONE  \
	{                \
		.fd = -1 \
	}

/* The name of the encrypted copy, to be freed. */
char *ciphertext_name(const char *dest, const char *file, const char *sha256);

/*
 * Opens the encrypted copy, or makes it from `fd`, whose SHA-256 must be sha256.
 * known: the SHA-256 of an earlier copy; "" or NULL: unknown. DEST_DONE, or
 * another result with the answer. Call ciphertext_close() in both cases.
 */
enum dest_result ciphertext_open(struct ciphertext *c, const struct dest *d,
    int dirfd, const char *file, int fd, const char *sha256, const char *known,
    struct dest_answer *a);
void ciphertext_close(struct ciphertext *c);
/*
 * Deletes the copies that their destinations have, according to q on disk, so
 * that they do not fill the disk while another destination is down. Those of
 * metadata, which are small, remain.
 */
void ciphertext_tidy(const struct dest *d, size_t dests, const struct ticket *t,
    const struct state *q, int dirfd);

/* The name of the object: template_name(), with .cms if it is encrypted. */
char *ciphertext_object(const struct dest *d, bool encrypted,
    const struct ticket *t, const struct ticket_file *f, struct why *why);
/* The same by template_former(), to be freed; NULL: it was no other one. */
char *ciphertext_former(const struct dest *d, bool encrypted,
    const struct ticket *t, const struct ticket_file *f, const char *object);

/* A warning about the encryption settings, or NULL. */
const char *ciphertext_caution(const struct dest *d);

#endif
