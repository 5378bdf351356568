/* SPDX-License-Identifier: ISC */
#ifndef CHECK_H
#define CHECK_H

/*
 * recpolicy -t: what is wrong with a policy that reads well. Every text is
 * "file:line: ...".
 */

#include "decide.h"
#include "import.h"
#include "policy_read.h"

/* Settings that can have no effect on any call. */
void check_effects(const struct policy *p, struct policy_notes *notes);

/* Messages that must play and that a language of the policy does not have. */
void check_missing(const struct policy *p, struct policy_notes *faults);

/*
 * Can every message of this decision be played? 0, or -1 with why =
 * "policy.ini:2: ...": one is not in the policy, or its file is not there or
 * cannot be read. That is the policy's fault, and nothing is decided by it.
 */
int check_decision(const struct decision *d, struct why *why);

/*
 * Reads every message: one that is not there, not fit to be heard or not
 * playable by the policy's PBX is a fault, of the others length, rate and
 * loudness are told in `facts`.
 */
void check_messages(const struct policy *p, struct policy_notes *faults,
    struct policy_notes *facts);

/*
 * The policy of the command line, read: EXIT_DONE, or EXIT_USAGE after every
 * fault was printed where `all`, else the first. The document must live as long
 * as the policy.
 */
int check_load(
    const char *path, bool all, struct doc *doc, struct policy *policy);
/*
 * recpolicy -t of a policy that reads well; against a log in that format, where
 * one is told: EXIT_GIVEN_UP where its calls miss a queue.
 */
int check_policy(const struct policy *p, const char *format,
    const struct import_options *o, const char *log);

#endif
