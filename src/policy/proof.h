/* SPDX-License-Identifier: ISC */
#ifndef PROOF_H
#define PROOF_H

/*
 * What shows that a call file whose legs are gone tells of a call that the
 * spool took: when the call began or, where that is missing, which legs it
 * names. The id alone proves nothing, for PBXs use ids again.
 *
 * The log keeps marks of each call that entered, which are hashes of what its
 * call file said.
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
 * Did this call enter before, by its marks? *own is then the hash of its id in
 * the spool. Calls whose marks the log does not have, for they entered by an
 * older version, are believed by their ids.
 */
bool proof_came(const struct known *k, const struct call *call, uint64_t *own);

#endif
