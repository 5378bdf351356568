/* SPDX-License-Identifier: ISC */
#ifndef DELIVERY_H
#define DELIVERY_H

/*
 * Delivers one file of a call to one destination: encrypts it if necessary,
 * uploads it and its metadata.
 */

#include "ciphertext.h"
#include "dest.h"

#include "text.h"

struct delivery {
	struct dest *dest;
	const struct ticket *ticket;
	const struct ticket_file *file;
	int dirfd, fd; /* the file's directory, and the file */
	int attempts;  /* that failed before */
	/* If the destination has an envelope: the SHA-256 of the encrypted copy
	   that was sent before, or "". note() (may be NULL) is called before
	   another copy is sent; if it returns -1, nothing is sent. */
	char known[HASH_HEX_SIZE];
	int (*note)(const struct ciphertext *c, void *arg);
	void *arg;

	/* The results. */
	struct dest_answer answer;
	char *object;             /* its name there; NULL: none */
	struct ciphertext cipher; /* name NULL: the file itself was sent */
	struct keep keep;         /* the retention that was asked for */
	char *beside;             /* the object name of the metadata, or NULL */
};

/*
 * Returns what dest_deliver() does. The destination's notes (dest_note()) are
 * printed through cli.h. Call delivery_end() afterwards.
 */
enum dest_result delivery_make(struct delivery *v);
/* The same, but opens the file in dirfd. */
enum dest_result delivery_from_folder(struct delivery *v);
void delivery_end(struct delivery *v);

/* Reads a ticket; its files must have a SHA-256. 0, or -1 with why. */
int delivery_ticket(int dirfd, const char *name, const char *shown_as,
    struct ticket *t, struct why *why);

#endif
