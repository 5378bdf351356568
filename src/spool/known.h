/* SPDX-License-Identifier: ISC */
#ifndef KNOWN_H
#define KNOWN_H

/*
 * Which calls the spool has had, by its audit log: which legs came under which
 * id, and what was said once of a call. The answer costs the same however long
 * the log is: SPOOL/.known holds what was read of it, sorted, and only what was
 * written since is read again. That file is made anew from the logs where it is
 * missing or damaged, and keeps what logs told that are deleted by now.
 *
 *	struct known *k = known_open(&sp, &why);
 *	if (known_legs(k, "c1042", digest, 2, &own) && known_went_on(k, own))
 *		... the same call: done already ...
 *	known_save(k, &why);
 *	known_free(k);
 *
 * A recorder's name for a call is its id here, unless other legs had come under
 * that id before: then "entered" says told=NAME.
 *
 * Whoever goes by the answers holds the spool's door (door.h) meanwhile.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit.h"
#include "spool.h"

#include "text.h"

/* NULL with why: the log cannot be read. */
struct known *known_open(const struct spool *sp, struct why *why);
/*
 * Reads what was added to the log since; *changed (may be NULL): there was
 * something. 0, or -1 with why.
 */
int known_catch_up(struct known *k, bool *changed, struct why *why);
/* Writes SPOOL/.known where that saves the next one much. 0, or -1 with why. */
int known_save(struct known *k, struct why *why);
void known_free(struct known *k); /* NULL is fine */

/* An id as a number; 0 is none. */
uint64_t known_hash(const char *id);

/* Has any call come that a recorder called so? */
bool known_id(const struct known *k, const char *told);
/*
 * Have these legs (SHA-256 each) come together under that name? *own is then
 * the hash of the id that the call has here. A call of more legs than these,
 * the others of which are gone, is found too.
 */
bool known_legs(const struct known *k, const char *told,
    const char *const *digest, size_t legs, uint64_t *own);
/*
 * Did it get any further than to the log? A line "entered" alone is also what
 * a crash leaves of a call that never came into a stage.
 */
bool known_went_on(const struct known *k, uint64_t own);
/* Was it erased? Then it is not to come again: recupload --erase. */
bool known_erased(const struct known *k, uint64_t own);
/* Was exactly this event of the door logged before? */
bool known_event(const struct known *k, const struct audit_event *e);

/* For an event that this process writes itself, before the log is read. */
void known_add(struct known *k, const struct audit_event *e);

#endif
