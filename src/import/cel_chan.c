/* SPDX-License-Identifier: ISC */
#include "cel_chan.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "text.h"

/* Announcers and the ends of Local channels are not parties. */
static bool
is_real(const char *name)
{
	static const char *const none[] = {"Local/", "CBAnn/", "CBRec/",
	    "Announcer/", "Recorder/", "Message/", "Surrogate/", NULL};

	for (int i = 0; none[i]; i++)
		if (strncmp(name, none[i], strlen(none[i])) == 0)
			return false;
	return true;
}

/* "Local/102@internal-00000000;1" and ";2" are the two ends of one channel. */
static void
find_half(struct cel_chan *chan)
{
	size_t n = strlen(chan->name);

	if (strncmp(chan->name, "Local/", 6) != 0 || n < 2 ||
	    chan->name[n - 2] != ';')
		return;
	for (struct cel_chan *o = chan->of->chan; o; o = o->next)
		if (o != chan && !o->half && strlen(o->name) == n &&
		    memcmp(o->name, chan->name, n - 1) == 0) {
			o->half = chan;
			chan->half = o;
			return;
		}
}

struct cel_chan *
cel_chan_new(const char *uniqueid, const char *name, const char *number)
{
	struct cel_chan *chan = mem_alloc(sizeof *chan);

	chan->uniqueid = text_dup(uniqueid);
	chan->name = text_dup(name);
	chan->number = text_dup(number);
	chan->real = is_real(name);
	return chan;
}

void
cel_chan_unlink(struct cel_chan *chan)
{
	struct cel_chan **at = chan->of ? &chan->of->chan : NULL;

	if (!at)
		return;
	while (*at && *at != chan)
		at = &(*at)->next;
	if (*at)
		*at = chan->next;
	if (chan->of->customer == chan)
		chan->of->customer = NULL;
	chan->of = NULL;
	chan->next = NULL;
}

void
cel_chan_link(struct cel_chan *chan, struct cel_call *k)
{
	chan->of = k;
	chan->next = k->chan;
	k->chan = chan;
	if (!chan->half)
		find_half(chan);
}

void
cel_chan_leave(struct cel_chan *chan, struct map *bridges)
{
	struct cel_bridge *bridge = chan->in;

	for (size_t i = 0; bridge && i < bridge->count; i++)
		if (bridge->in[i] == chan) {
			bridge->in[i] = bridge->in[--bridge->count];
			break;
		}
	chan->in = NULL;
	if (!bridge || bridge->count > 0)
		return;
	map_drop(bridges, bridge->id);
	free(bridge->id);
	free(bridge->in);
	free(bridge);
}

void
cel_chan_enter(
    struct cel_chan *chan, struct map *bridges, const char *id, bool holding)
{
	struct cel_bridge *bridge;

	cel_chan_leave(chan, bridges);
	bridge = map_get(bridges, id);
	if (!bridge) {
		bridge = mem_alloc(sizeof *bridge);
		bridge->id = text_dup(id);
		map_put(bridges, bridge->id, bridge);
	}
	bridge->holding = holding;
	bridge->in =
	    mem_resize(bridge->in, bridge->count + 1, sizeof *bridge->in);
	bridge->in[bridge->count++] = chan;
	chan->in = bridge;
}

static void
add_bridge(struct cel_company *all, struct cel_bridge *bridge, unsigned search)
{
	if (!bridge || bridge->seen == search || bridge->holding)
		return;
	bridge->seen = search;
	all->bridge =
	    mem_resize(all->bridge, all->bridges + 1, sizeof *all->bridge);
	all->bridge[all->bridges++] = bridge;
}

void
cel_company_find(struct cel_company *all, struct cel_bridge *from)
{
	static unsigned search;

	*all = (struct cel_company){0};
	add_bridge(all, from, ++search);
	for (size_t i = 0; i < all->bridges; i++) {
		struct cel_bridge *bridge = all->bridge[i];

		for (size_t n = 0; n < bridge->count; n++) {
			struct cel_chan *chan = bridge->in[n];

			if (chan->half)
				add_bridge(all, chan->half->in, search);
			if (!chan->real)
				continue;
			all->real = mem_resize(
			    all->real, all->reals + 1, sizeof *all->real);
			all->real[all->reals++] = chan;
		}
	}
}

void
cel_company_free(struct cel_company *all)
{
	free(all->bridge);
	free(all->real);
}

void
cel_chan_free(struct cel_chan *chan, struct map *bridges)
{
	cel_chan_leave(chan, bridges);
	cel_chan_unlink(chan);
	if (chan->half)
		chan->half->half = NULL;
	free(chan->uniqueid);
	free(chan->name);
	free(chan->number);
	free(chan->playing.line);
	free(chan);
}
