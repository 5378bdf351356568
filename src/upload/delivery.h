/* SPDX-License-Identifier: ISC */
#ifndef DELIVERY_H
#define DELIVERY_H

/* One file of a call to one destination, with what is known about it. */

#include "ciphertext.h"
#include "dest.h"

#include "text.h"

struct delivery {
	struct dest *dest;
	const struct ticket *ticket;
	const struct ticket_file *file;
	int dirfd, fd; /* of the file, and of where it is */
	int attempts;  /* that failed before */
	/* Where the destination has an envelope: the SHA-256 of what was sent
	   in the file's place before, or "". Another one is noted (may be NULL)
	   before it is sent; 0, or -1: then it is not sent. */
	char known[HASH_HEX_SIZE];
	int (*note)(const struct ciphertext *c, void *arg);
	void *arg;

	/* What came of it. */
	struct dest_answer answer;
	char *object;             /* its name there; NULL where it has none */
	struct ciphertext cipher; /* no name: the file itself was sent */
	char *beside;             /* the name of the metadata's, or NULL */
};

/*
 * As dest_deliver(); tells what the destination noted (dest_note) through
 * cli.h. delivery_end() afterwards.
 */
enum dest_result delivery_make(struct delivery *v);
/* The same after opening the file in dirfd. */
enum dest_result delivery_from_folder(struct delivery *v);
void delivery_end(struct delivery *v);

/* A ticket that names files with their SHA-256; 0, or -1 with why. */
int delivery_ticket(int dirfd, const char *name, const char *shown_as,
    struct ticket *t, struct why *why);

#endif
