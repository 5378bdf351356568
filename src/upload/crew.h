/* SPDX-License-Identifier: ISC */
#ifndef CREW_H
#define CREW_H

/* What courier.c, with its threads, shares with watch.c, the main one. */

#include <pthread.h>

#include "courier.h"

/* So many folders that are left wait for the disk at most. */
enum { CREW_BATCH = 128 };
/* The longest time for which nobody looks at upload/. */
enum { CREW_RESCAN_MS = 60000 };

/* A folder in upload/. */
struct entry {
	char *name;
	struct job *job;  /* while somebody is in it */
	unsigned users;   /* threads in it */
	bool closing;     /* the last one has left */
	bool gone;        /* not in upload/ any more */
	int status;       /* as it was left last */
	unsigned busy;    /* so often in a row held by another process */
	uint64_t left;    /* destinations that may lack something */
	uint64_t running; /* destinations with a thread in it */
	uint64_t tried;   /* in this run */
	uint64_t forced;  /* to be tried now, due or not: --retry */
	int64_t due_us[]; /* per destination */
};

/* Under way: what courier_spool() and courier_watch() share. */
struct crew {
	struct courier *c;
	bool watching;
	pthread_mutex_t lock; /* for all below */
	pthread_cond_t change;
	struct entry **entry; /* sorted by name: oldest first */
	size_t entries, gone;
	struct entry *left[CREW_BATCH]; /* to be committed */
	size_t lefts;
	size_t unclosed; /* these, and those that somebody has in hand */
	bool committing; /* one thread does, or waits for more */
	pthread_cond_t enough;
	unsigned working; /* threads in a folder */
	unsigned alive;   /* threads */
	int64_t retries;  /* the last --retry that was seen */
	bool started;     /* they have been looked at */
	struct courier_report report;
	int status;
};

/* The folders that are there now. An exit status. */
int crew_scan(struct crew *w);
/* Under lock: tells what is done and what waits. */
void crew_tell(struct crew *w);
void crew_free_entry(struct entry *e);
/* Under lock: sees to what --retry asked for since the last time. */
void crew_retry(struct crew *w);

/*
 * Takes what comes until it is told to stop, or the settings have changed:
 * then true.
 */
bool crew_watch(struct crew *w);

#endif
