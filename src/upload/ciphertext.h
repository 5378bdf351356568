/* SPDX-License-Identifier: ISC */
#ifndef CIPHERTEXT_H
#define CIPHERTEXT_H

/*
 * What of a file goes to a destination that has encrypt_to: NAME.HASH.DEST.cms,
 * beside the file. It is made once, is there whole or not at all, and is used
 * at each try, for no two ciphertexts of a file are the same. In a spool it
 * stays until it has arrived. HASH is the beginning of the file's SHA-256: by
 * hand another recording may come to have the same name.
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
	bool made; /* just now */
};
#define CIPHERTEXT_NONE  \
	{                \
		.fd = -1 \
	}

/* Of the file of that name and SHA-256 for that destination, to be freed. */
char *ciphertext_name(const char *dest, const char *file, const char *sha256);

/*
 * Opens the one there is, or makes it of `fd`, whose SHA-256 must be sha256.
 * known: what it had before, "" or NULL: not known. DEST_DONE, or what came of
 * it with the answer; ciphertext_close() either way.
 */
enum dest_result ciphertext_open(struct ciphertext *c, const struct dest *d,
    int dirfd, const char *file, int fd, const char *sha256, const char *known,
    struct dest_answer *a);
void ciphertext_close(struct ciphertext *c);
/*
 * Removes those that have arrived, as q on disk has it: while another
 * destination is down they would fill the disk. What is left is little: those
 * of metadata.
 */
void ciphertext_tidy(const struct dest *d, size_t dests, const struct ticket *t,
    const struct state *q, int dirfd);

/* The name of what is sent: template_name(), with .cms where it is encrypted. */
char *ciphertext_object(const struct dest *d, bool encrypted,
    const struct ticket *t, const struct ticket_file *f, struct why *why);

/* Why that is a doubtful setting, or NULL. */
const char *ciphertext_caution(const struct dest *d);

#endif
