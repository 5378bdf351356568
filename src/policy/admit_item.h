/* SPDX-License-Identifier: ISC */
#ifndef ADMIT_ITEM_H
#define ADMIT_ITEM_H

/* Private to admit.c, which fills the items, and admit_flush.c, which makes them
 * durable. */

#include "admit.h"

struct admit_item {
	struct spool_item folder; /* in tmp/; fd -1: none */
	char *told, *id;
	char *event, *details; /* to be logged; event NULL: none */
	bool known, refused;
	char *path; /* of its folder if it is known */
	struct admit_bag bag;
	void *tag;
};

void admit_item_free(struct admit_item *it);
/* Calls that come together share a sync of the whole file system. */
bool admit_shares_syncs(const struct admit *a);

#endif
