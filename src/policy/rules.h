/* SPDX-License-Identifier: ISC */
#ifndef RULES_H
#define RULES_H

/*
 * Finds the rules of a policy that match a call and the agent who has it: those
 * of who.h, and the share of the calls.
 */

#include "policy.h"
#include "timeline.h"

/* Sets the matches of the call: number and internal. */
void rules_for_call(
    const struct policy *p, const struct call *call, struct who *who);
/* Sets the match of the agent; NULL: unknown. */
void rules_for_agent(
    const struct policy *p, const char *agent, struct who *who);
/*
 * Why a call is not recorded in a queue whose `record` is yes: TIMELINE_SHARE,
 * TIMELINE_HOURS, or TIMELINE_UNKNOWN if it is unknown whether a rule says no or
 * when the call began. *text, to be freed, has the line and the reason:
 * "policy.ini:7 [agent bob] record = no, and call.ini does not name the agent:
 * ...". TIMELINE_NO_BAR, with NULL: it is recorded.
 *
 * v: the values of all settings there. The hours of `only_between` are compared
 * with the beginning of the call, in the zone of the call's fact `zone`, or else
 * of the policy.
 */
enum timeline_bar rules_bar(const struct policy *p, const struct call *call,
    const struct who *who, const struct policy_value *v, char **text);

/*
 * True if the call is in the share (hundredths of a percent) to record: the first
 * 32 bits of the SHA-256 of its id are below that share of 2^32. So every decision
 * about a call is the same, and a call in one share is in every larger share.
 */
bool rules_in_share(const char *id, int share);

#endif
