/* SPDX-License-Identifier: ISC */
#include "cel_agent.h"

#include <stdlib.h>

#include "cel_call.h"
#include "mem.h"

void
cel_agent_note(struct map *agents, const char *channel)
{
	char *name = cel_member(channel);

	if (map_get(agents, name))
		free(name);
	else
		map_put(agents, name, name);
}

bool
cel_agent_is(const struct map *agents, const char *channel)
{
	char *name = channel ? cel_member(channel) : NULL;
	bool is = name && map_get(agents, name);

	free(name);
	return is;
}

void
cel_agent_free(struct map *agents)
{
	size_t count = agents->count;
	void **name = mem_alloc((count + 1) * sizeof *name);

	map_each(agents, name);
	map_free(agents);
	for (size_t i = 0; i < count; i++)
		free(name[i]);
	free(name);
}
