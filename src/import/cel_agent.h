/* SPDX-License-Identifier: ISC */
#ifndef CEL_AGENT_H
#define CEL_AGENT_H

/*
 * The agents of a log: whoever answered for a queue. One of them who begins a
 * call is its agent, whatever the type is that all others have.
 */

#include <stdbool.h>

#include "map.h"

/* "IAX2/agent1-1046" has answered. */
void cel_agent_note(struct map *agents, const char *channel);
/* channel may be NULL: nobody. */
bool cel_agent_is(const struct map *agents, const char *channel);
void cel_agent_free(struct map *agents);

#endif
