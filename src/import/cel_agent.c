/* SPDX-License-Identifier: ISC */
#include "cel_agent.h"

#include <stdlib.h>
#include <string.h>

#include "cel_call.h"
#include "mem.h"

static void
note_member(struct map *members, const char *channel)
{
	char *name = cel_member(channel);

	if (map_get(members, name))
		free(name);
	else
		map_put(members, name, name);
}

void
cel_members_answer(struct cel_members *m, const char *app, const char *channel)
{
	if (strncmp(channel, "Local/", 6) == 0)
		return;
	if (strcmp(app, "AppQueue") == 0)
		note_member(&m->agent, channel);
	else if (strcmp(app, "AppDial") == 0)
		note_member(&m->called, channel);
}

void
cel_members_judge(const struct cel_members *m, const struct import_options *o,
    struct import_call *c)
{
	const char *channel = c->about[IMPORT_CHANNEL];
	char *name = channel ? cel_member(channel) : NULL;

	c->by_agent = name && map_get(&m->agent, name);
	if (name && !c->by_agent && c->legs > 0 &&
	    import_type_is_general(o, c) && map_get(&m->called, name))
		import_untold(c, "who began it (a rule of --type says it)");
	free(name);
}

static void
free_members(struct map *members)
{
	size_t count = members->count;
	void **name = mem_alloc((count + 1) * sizeof *name);

	map_each(members, name);
	map_free(members);
	for (size_t i = 0; i < count; i++)
		free(name[i]);
	free(name);
}

void
cel_members_free(struct cel_members *m)
{
	free_members(&m->agent);
	free_members(&m->called);
}
