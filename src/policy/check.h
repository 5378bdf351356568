/* SPDX-License-Identifier: ISC */
#ifndef CHECK_H
#define CHECK_H

/*
 * recpolicy -t: checks a policy that has no syntax errors. Every text is
 * "file:line: ...".
 */

#include "decide.h"
#include "import.h"
#include "policy_read.h"

/* Reports settings that have no effect on any call. */
void check_effects(const struct policy *p, struct policy_notes *notes);

/* Reports messages that must play and are missing in a language of the policy. */
void check_missing(const struct policy *p, struct policy_notes *faults);

/*
 * 0 if every message of this decision can be played. -1 with why =
 * "policy.ini:2: ..." if one is not in the policy, or its file is missing or
 * unreadable. This is a fault of the policy: the call is not decided.
 */
int check_decision(const struct decision *d, struct why *why);

/*
 * Reads every message. It is a fault if one is missing, unfit to be heard or not
 * playable by the policy's PBX. Length, rate and loudness of the others are added
 * to `facts`.
 */
void check_messages(const struct policy *p, struct policy_notes *faults,
    struct policy_notes *facts);

/*
 * Reads the policy of the command line. EXIT_DONE, or EXIT_USAGE after the first
 * fault (with `all`: every fault) was printed. The document must live as long as
 * the policy.
 */
int check_load(
    const char *path, bool all, struct doc *doc, struct policy *policy);
/*
 * recpolicy -t for a policy without syntax errors. If log is not NULL, its queues
 * are compared with those of the log: EXIT_GIVEN_UP if no call was in one of
 * them.
 */
int check_policy(const struct policy *p, const char *format,
    const struct import_options *o, const char *log);

#endif
