/* SPDX-License-Identifier: ISC */
#ifndef CEL_CHAN_H
#define CEL_CHAN_H

/*
 * The channels of Asterisk, their bridges, and who hears whom: all channels in
 * bridges that are joined by Local channels. See cel_board.h.
 */

#include "cel_call.h"
#include "map.h"

struct cel_bridge {
	char *id;
	bool holding; /* a parking lot: its channels do not hear each other */
	struct cel_chan **in;
	size_t count;
	unsigned seen; /* by the last search */
};

struct cel_chan *cel_chan_new(
    const char *uniqueid, const char *name, const char *number);
/* Removes it from its bridge and its call, and frees it. */
void cel_chan_free(struct cel_chan *chan, struct map *bridges);

/* A channel belongs to one call at a time. */
void cel_chan_unlink(struct cel_chan *chan);
void cel_chan_link(struct cel_chan *chan, struct cel_call *k);

/* A bridge exists while a channel is in it. */
void cel_chan_leave(struct cel_chan *chan, struct map *bridges);
void cel_chan_enter(
    struct cel_chan *chan, struct map *bridges, const char *id, bool holding);

/* The channels that hear each other, in all bridges that are joined. */
struct cel_company {
	struct cel_bridge **bridge;
	size_t bridges;
	struct cel_chan **real;
	size_t reals;
};
/* from NULL: none. */
void cel_company_find(struct cel_company *all, struct cel_bridge *from);
void cel_company_free(struct cel_company *all);

#endif
