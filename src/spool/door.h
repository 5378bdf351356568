/* SPDX-License-Identifier: ISC */
#ifndef DOOR_H
#define DOOR_H

/*
 * The spool's door: a lock, so that one program at a time puts calls in. The
 * program that holds it knows which calls the spool has and had.
 *
 *	struct door door;
 *	door_open(&door, &sp, &why);
 *	if (door_lock(&door, &why) == 0) {
 *		... known_legs(door.known, ...), door_find(&door, own) ...
 *		door_unlock(&door);
 *	}
 *	door_close(&door);
 */

#include "known.h"
#include "spool.h"

struct door_folder {
	uint64_t own; /* known_hash() of its id */
	enum spool_stage stage;
	char *name;
};

struct door {
	const struct spool *sp;
	struct known *known;
	/* private */
	int fd;
	int64_t since_us;           /* held */
	struct door_folder *folder; /* of all stages */
	size_t folders;
	size_t *slot, slots; /* a hash table of them */
};

int door_open(struct door *door, const struct spool *sp, struct why *why);
void door_close(struct door *door);
/*
 * Waits for the lock, at most a minute, and reads what is new. 0, or -1 with
 * why; it is the machine's fault if others held the lock all the time.
 */
int door_lock(struct door *door, struct why *why);
void door_unlock(struct door *door);
/* Lets others take the lock if it was held for long. As door_lock(). */
int door_yield(struct door *door, struct why *why);

/* The folder of the call, except in tmp/, or NULL. */
const struct door_folder *door_find(const struct door *door, uint64_t own);
/* The call has this folder from now on. */
void door_add(struct door *door, const struct spool_item *it);
/* Removes what a killed run left of the call in tmp/. 0, or -1 with why. */
int door_clear(struct door *door, uint64_t own, struct why *why);

#endif
