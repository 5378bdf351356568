/* SPDX-License-Identifier: ISC */
#ifndef PROOF_H
#define PROOF_H

/*
 * Proves that a call file whose legs are gone is of a call that entered the
 * spool: by the start of the call or, if that is missing, by the legs that it
 * names. The id alone proves nothing, because PBXs reuse ids.
 *
 * The log has marks of each call that entered: hashes of parts of its call file.
 */

#include "call.h"
#include "known.h"

/* Hexadecimal digits of a mark. */
enum { PROOF_SIZE = KNOWN_MARK_DIGITS + 1 };

struct proof {
	char started[PROOF_SIZE];
	char legs[PROOF_SIZE]; /* their sections, without directories */
	char all[PROOF_SIZE];  /* the whole call file */
};
void proof_of(const struct call *call, struct proof *p);

/*
 * True if this call entered before, by its marks; *own is then the hash of its id
 * in the spool. For calls without marks in the log, which entered with an older
 * version, the id is enough.
 */
bool proof_came(const struct known *k, const struct call *call, uint64_t *own);

#endif
