/* SPDX-License-Identifier: ISC */
#ifndef KNOWN_H
#define KNOWN_H

/*
 * Which calls the spool has had, by its audit log: which legs entered under
 * which id, and what was reported once of a call. SPOOL/.known is a sorted
 * index of the log, so that only the lines after it are read, however long the
 * log is. It has the hash of the last line that it includes, and a checksum. If
 * it is missing, damaged or of another log, it is made again from the logs. It
 * keeps what was in logs that have been deleted.
 *
 *	struct known *k = known_open(&sp, &why);
 *	if (known_legs(k, "c1042", digest, 2, &own) && known_went_on(k, own))
 *		... the same call: done already ...
 *	known_save(k, &why);
 *	known_free(k);
 *
 * The id in the call file is the id in the spool, unless other legs entered
 * under that id before: then the event "entered" has told=NAME. Its call=A,B
 * are marks of the call, which whoever logged it can find again.
 *
 * Hold the spool's door (door.h) as long as you rely on an answer.
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
/* What was wrong with SPOOL/.known when it was opened, or NULL. */
const char *known_fault(const struct known *k);
/*
 * Writes SPOOL/.known if that saves much reading, or if it has a fault. 0, or -1
 * with why.
 */
int known_save(struct known *k, struct why *why);
void known_free(struct known *k); /* NULL is fine */

/* An id as a number; 0 is none. */
uint64_t known_hash(const char *id);

/* Has a call with this id in its call file entered? */
bool known_id(const struct known *k, const char *told);
/*
 * Has a call with this id in its call file and these legs (SHA-256 each)
 * entered? *own is then the hash of its id in the spool. A call that had more
 * legs than these is also found: the others may be gone.
 */
bool known_legs(const struct known *k, const char *told,
    const char *const *digest, size_t legs, uint64_t *own);
/* A mark in hexadecimal digits; more digits are ignored. */
enum { KNOWN_MARK_DIGITS = 22 };
/* Does the log have marks of a call of this name? Older versions made none. */
bool known_has_marks(const struct known *k, const char *told);
/*
 * Has a call of this name this mark? *own: the hash of its id in the spool, or
 * 0 for any call of this name; then it is set.
 */
bool known_mark(
    const struct known *k, const char *told, const char *mark, uint64_t *own);
/*
 * Calls each() with the hash of the id in the spool of each call of this name
 * that has this mark or, with NULL, that has legs; some of them several times.
 */
void known_owners(const struct known *k, const char *told, const char *mark,
    void (*each)(uint64_t own, void *arg), void *arg);
/*
 * Does the log have an event after "entered"? A crash can leave that line
 * alone, of a call that never came into a stage.
 */
bool known_went_on(const struct known *k, uint64_t own);
/* Was it erased (recupload --erase)? Then it must not enter again. */
bool known_erased(const struct known *k, uint64_t own);
/* Was it mixed? Calls cut() for each part that was cut out of its recordings. */
bool known_cuts(const struct known *k, uint64_t own,
    void (*cut)(int64_t from_us, int64_t to_us, void *arg), void *arg);
/* Was exactly this event of the door logged before? */
bool known_event(const struct known *k, const struct audit_event *e);

/* Adds an event that this process writes itself and has not read. */
void known_add(struct known *k, const struct audit_event *e);
/* Such an event may not have been written: nothing is saved any more. */
void known_doubt(struct known *k);

#endif
