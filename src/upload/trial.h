/* SPDX-License-Identifier: ISC */
#ifndef TRIAL_H
#define TRIAL_H

/*
 * recupload --test: what a destination lets us do. Where the type can take
 * something back, a probe is written, read back and deleted; besides come the
 * facts that the destination tells: connection, rights, limits, clock,
 * retention. What it cannot tell is said too.
 *
 *	struct trial t;
 *	good = trial_make(&t, d);
 *	trial_add(&t, json, &out);
 *	trial_end(&t);
 */

#include "dest.h"

#include "text.h"

struct trial {
	const struct dest *dest;
	bool good;      /* recordings can go there */
	struct why why; /* where not */
	struct findings f;
};

bool trial_make(struct trial *t, struct dest *d);
/* A line for each fact, or one with all of them as JSON. */
void trial_add(const struct trial *t, bool json, struct buf *out);
void trial_end(struct trial *t);

#endif
