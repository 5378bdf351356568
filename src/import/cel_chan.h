/* SPDX-License-Identifier: ISC */
#ifndef CEL_CHAN_H
#define CEL_CHAN_H

/*
 * The channels of an Asterisk, the bridges that they are in, and who hears whom:
 * all in bridges that Local channels join. See cel_board.h.
 */

#include "cel_call.h"
#include "map.h"

struct cel_bridge {
	char *id;
	bool holding; /* a parking lot: nobody talks there */
	struct cel_chan **in;
	size_t count;
	unsigned seen; /* by the search that looked last */
};

struct cel_chan *cel_chan_new(
    const char *uniqueid, const char *name, const char *number);
/* Out of its bridge and its call, and freed. */
void cel_chan_free(struct cel_chan *chan, struct map *bridges);

/* A channel belongs to one call at a time. */
void cel_chan_unlink(struct cel_chan *chan);
void cel_chan_link(struct cel_chan *chan, struct cel_call *k);

/* Bridges are there while someone is in them. */
void cel_chan_leave(struct cel_chan *chan, struct map *bridges);
void cel_chan_enter(
    struct cel_chan *chan, struct map *bridges, const char *id, bool holding);

/* Who hears whom: all that Local channels join. */
struct cel_company {
	struct cel_bridge **bridge;
	size_t bridges;
	struct cel_chan **real;
	size_t reals;
};
/* from may be NULL: nobody. */
void cel_company_find(struct cel_company *all, struct cel_bridge *from);
void cel_company_free(struct cel_company *all);

#endif
