/* SPDX-License-Identifier: ISC */
#ifndef STORED_H
#define STORED_H

/*
 * What the audit log says of a file that is at a destination: the details of
 * its event "uploaded", and reading them again, so that the destination can be
 * asked for it when the spool has nothing of the call any more.
 *
 *	destination=NAME object=OBJECT bytes=N sha256=HEX key=KEY
 *	    [record=FACT:ID] [md5=HEX] [plain_bytes=N plain_sha256=HEX]
 *
 * These are of what is there; where that is encrypted, the last two are of the
 * recording. record is where a CRM has it, md5 is for who tells nothing better. Version
 * 0.1 wrote neither these nor the key.
 */

#include "dest.h"

struct ciphertext;
/*
 * The details, to be freed; c is what was sent in the file's place, or NULL;
 * dirfd is where the file is. A name that tells who
 * it was is sealed (names.h); NULL with why where that cannot be written.
 */
char *stored_details(int spool_fd, const struct dest *d, const struct ticket *t,
    const struct ticket_file *f, const struct ciphertext *c, const char *object,
    int dirfd, struct why *why);

/*
 * "DESTINATION: FILE: why" for the log, to be freed: no more than the first two
 * where the rest may have a name that says who it was.
 */
char *stored_failure(const struct dest *d, size_t dests, const char *failure);

struct stored {
	int64_t time_us;
	char *id, *dest, *object, *key, *record, *md5; /* the last 3: or NULL */
	char *logged; /* as the log has the object: its name, or sealed */
	char sha256[65];
	uint64_t bytes;
};

/*
 * All that was uploaded since then, in the order of the log, each object of a
 * destination once; and not what was erased there afterwards. 0, or -1 with
 * why; stored_free() either way.
 */
int stored_since(int spool_fd, int64_t since_us, struct stored **all,
    size_t *count, struct why *why);
void stored_free(struct stored *all, size_t count);

/* For dest.h, with fd -1; both borrow from s. ticket_free() afterwards. */
void stored_item(
    const struct stored *s, struct dest_item *item, struct ticket *t);

#endif
