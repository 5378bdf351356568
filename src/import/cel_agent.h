/* SPDX-License-Identifier: ISC */
#ifndef CEL_AGENT_H
#define CEL_AGENT_H

/*
 * Who answers the calls of a log. Whoever answers for a queue is an agent: a
 * call that one of them begins has its customer on the other side, whatever the
 * type is that all others have. Whoever is called otherwise may be an agent, or
 * the trunk to customers: of a call that such a one begins it is not told.
 *
 *	struct cel_members m = {0};
 *	cel_members_answer(&m, "AppQueue", "IAX2/agent1-1046") ...
 *	cel_members_judge(&m, im->o, &call);	its channel and legs are known
 *	cel_members_free(&m);
 */

#include "import.h"
#include "map.h"

struct cel_members {
	struct map agent, called;
};

/* The channel of that name has answered what the application asked of it. */
void cel_members_answer(
    struct cel_members *m, const char *app, const char *channel);
void cel_members_judge(const struct cel_members *m,
    const struct import_options *o, struct import_call *c);
void cel_members_free(struct cel_members *m);

#endif
