/* SPDX-License-Identifier: ISC */
#ifndef MESSAGE_PUT_H
#define MESSAGE_PUT_H

/*
 * recpolicy --message: an uploaded file becomes a message of the policy, as the
 * PBX plays it.
 */

#include "policy.h"

struct message_put {
	const char *name; /* "record_inbound", "record_inbound:es"; or NULL */
	const char *pbx;  /* --for; NULL: as the policy says */
	const char *rate; /* NULL: 8000 */
};

/*
 * Checks FILE, converts it, puts it in its place beside the policy by one
 * rename and prints the lines of the policy that name it. The program's status.
 */
int message_put(
    const struct policy *policy, const struct message_put *o, const char *file);

#endif
