/* SPDX-License-Identifier: ISC */
#ifndef RULES_H
#define RULES_H

/*
 * Finds the rules of a policy that match a call and the agent who has it: those
 * of who.h, and the share of the calls.
 */

#include "policy.h"

/* Sets the matches of the call: number and internal. */
void rules_for_call(
    const struct policy *p, const struct call *call, struct who *who);
/* Sets the match of the agent; NULL: unknown. */
void rules_for_agent(
    const struct policy *p, const char *agent, struct who *who);
/* True if it is unknown whether a rule with `record = no` matches. */
bool rules_are_untold(const struct who *who);
/* "policy.ini:7 [agent bob] record = no, and call.ini does not tell the agent:
 * ..."; to be freed. */
char *rules_untold(
    const struct policy *p, const struct call *call, const struct who *who);

/*
 * True if the call is in the share (hundredths of a percent) to record: the first
 * 32 bits of the SHA-256 of its id are below that share of 2^32. So every decision
 * about a call is the same, and a call in one share is in every larger share.
 */
bool rules_in_share(const char *id, int share);

#endif
