/* SPDX-License-Identifier: ISC */
#ifndef STORED_H
#define STORED_H

/*
 * Writes and reads the details of the audit event "uploaded": where a file is
 * at a destination. So the destination can be asked for it even if the spool no
 * longer has the call.
 *
 *	destination=NAME object=OBJECT bytes=N sha256=HEX key=KEY
 *	    [record=FACT:ID] [md5=HEX] [plain_bytes=N plain_sha256=HEX]
 *	    [retain_until=TIME retain_mode=MODE] [legal_hold=yes]
 *
 * bytes and sha256 are those of the object; if that is encrypted, plain_bytes
 * and plain_sha256 are those of the recording. record is the record of a CRM.
 * Until retain_until the destination does not delete it (keep.h).
 * md5 is for destinations that report no better hash. Version 0.1 wrote neither
 * these nor the key.
 */

#include "dest.h"

struct delivery;
/*
 * The details of a delivery that is done, to be freed. An object's name that
 * can contain personal data is sealed (names.h). NULL with why: that name
 * cannot be written.
 */
char *stored_details(int spool_fd, const struct delivery *v, struct why *why);

/*
 * "DESTINATION: FILE: why" for the log, to be freed; without the reason if that
 * may contain a name with personal data.
 */
char *stored_failure(const struct dest *d, size_t dests, const char *failure);

struct stored {
	int64_t time_us;
	char *id, *dest, *object, *key, *record, *md5; /* the last 3: or NULL */
	char *logged; /* as the log has the object: its name, or sealed */
	char sha256[65];
	uint64_t bytes;
	struct keep keep; /* what was asked for */
};

/*
 * Everything that was uploaded since then, in the order of the log, each object
 * once, without what was erased there afterwards. 0, or -1 with why; call
 * stored_free() in both cases.
 */
int stored_since(int spool_fd, int64_t since_us, struct stored **all,
    size_t *count, struct why *why);
void stored_free(struct stored *all, size_t count);

/* The item for dest.h, with fd -1; item and ticket borrow from s. Call
 * ticket_free() afterwards. */
void stored_item(
    const struct stored *s, struct dest_item *item, struct ticket *t);

#endif
