/* SPDX-License-Identifier: ISC */
#ifndef RULES_H
#define RULES_H

/*
 * Which rules of a policy hold for a call and for the agent who has it: those of
 * who.h, and the share of the calls.
 */

#include "policy.h"

/* The call's own: number and internal. */
void rules_for_call(
    const struct policy *p, const struct call *call, struct who *who);
/* agent: NULL where none is told. */
void rules_for_agent(
    const struct policy *p, const char *agent, struct who *who);
/* Is it not known whether a rule matches that says `record = no`? */
bool rules_are_untold(const struct who *who);
/* "policy.ini:7 [agent bob] record = no, and call.ini does not tell the agent:
 * ..."; to be freed. */
char *rules_untold(
    const struct policy *p, const struct call *call, const struct who *who);

/*
 * One of the calls that are recorded where `share` (hundredths of a percent) of
 * them are: by the first 32 bits of the SHA-256 of the id, below that share of
 * 2^32. So all who decide about a call agree, and who is in a share is in each
 * greater one.
 */
bool rules_in_share(const char *id, int share);

#endif
