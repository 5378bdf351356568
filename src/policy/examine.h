/* SPDX-License-Identifier: ISC */
#ifndef EXAMINE_H
#define EXAMINE_H

/*
 * recpolicy -t: what is wrong with a policy that reads well. Every text is
 * "file:line: ...".
 */

#include "policy.h"

/* Settings that can have no effect on any call, and messages that lack. */
void examine_effects(const struct policy *p, struct policy_notes *notes);

/*
 * Opens every message: one that is not there or not audio is a fault, of the
 * others length and rate are told in `facts`.
 */
void examine_messages(const struct policy *p, struct policy_notes *faults,
    struct policy_notes *facts);

#endif
