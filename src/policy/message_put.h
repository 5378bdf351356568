/* SPDX-License-Identifier: ISC */
#ifndef MESSAGE_PUT_H
#define MESSAGE_PUT_H

/*
 * recpolicy --message: makes a message of the policy from an uploaded file, in a
 * format that the PBX plays.
 */

#include "policy.h"

struct message_put {
	const char *name; /* "record_inbound", "record_inbound:es"; or NULL */
	const char *pbx;  /* --for; NULL: that of the policy */
	const char *rate; /* NULL: 8000 */
};

/*
 * Checks the file, converts it, puts it in its place beside the policy by one
 * rename, and prints the lines of the policy that name it. Returns the exit
 * status.
 */
int message_put(
    const struct policy *policy, const struct message_put *o, const char *file);

#endif
