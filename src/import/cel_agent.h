/* SPDX-License-Identifier: ISC */
#ifndef CEL_AGENT_H
#define CEL_AGENT_H

/*
 * Finds the agents in a log, by who answers its calls. A channel that answers for
 * a queue is an agent's: if an agent begins a call, the customer is on the other
 * side, and o->type does not apply to this call. Another channel that was called
 * may be an agent's or a trunk: if it begins a call, its side is unknown.
 *
 *	struct cel_members m = {0};
 *	cel_members_answer(&m, "AppQueue", "IAX2/agent1-1046") ...
 *	cel_members_judge(&m, im->o, &call);	after its channel and legs
 *	cel_members_free(&m);
 */

#include "import.h"
#include "map.h"

struct cel_members {
	struct map agent, called;
};

/* The channel of that name has answered a call by the application. */
void cel_members_answer(
    struct cel_members *m, const char *app, const char *channel);
void cel_members_judge(const struct cel_members *m,
    const struct import_options *o, struct import_call *c);
void cel_members_free(struct cel_members *m);

#endif
