/* SPDX-License-Identifier: ISC */
#ifndef HAND_H
#define HAND_H

/*
 * Recordings by hand: each path is taken to its destinations, several at once,
 * the files of one call one after the other. Where they went is printed in the
 * order of the paths.
 *
 *	struct hand *h = hand_new(&site, nul, remove);
 *	status = hand_add(h, path) ...		blocks while enough is waiting
 *	status = hand_end(h);			waits for all; the worst status
 */

#include "job.h"

struct hand;
/* site->sp is not used. remove: files that all destinations have. */
struct hand *hand_new(const struct job_site *site, bool nul, bool remove);
int hand_add(struct hand *h, const char *path);
int hand_end(struct hand *h);

#endif
