/* SPDX-License-Identifier: ISC */
#ifndef SPEAKERS_H
#define SPEAKERS_H

/*
 * Finds who is heard in a recording, on which of its channels, and who joined
 * and left meanwhile, from the sections [call], [events] and [account ...] of its
 * ticket.
 *
 *	speakers_find(&s, ticket, file, dest->facts);
 *	... s.one[i], s.event[i] ...
 *	speakers_free(&s);
 */

#include "call.h"
#include "ticket.h"

struct speaker {
	enum call_party role;
	char *name, *number; /* NULL: unknown, or not allowed by `facts` */
	int channel;         /* of the MP3, from 1; 0: unknown */
	bool left, gone;     /* private */
};

/* "join", "drop", "hold" or "unhold" while this recording ran. */
struct speaker_event {
	int64_t at_us; /* after the call's `started` */
	size_t who;
	const char *what;
};

struct speakers {
	struct speaker *one;
	size_t count;
	struct speaker_event *event; /* in order of time */
	size_t events;
};

/*
 * True if the setting `facts` of a destination (its words; NULL: all) allows a
 * fact there: a key of [call], "legs" or "third-party".
 */
bool speakers_may_tell(const char *facts, const char *fact);

void speakers_find(struct speakers *s, const struct ticket *t,
    const struct ticket_file *f, const char *facts);
void speakers_free(struct speakers *s);
/* The one of two channels on which this role is alone; 0: none. */
int speakers_channel(
    const struct speakers *s, const struct ticket_file *f, enum call_party p);

#endif
