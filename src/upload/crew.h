/* SPDX-License-Identifier: ISC */
#ifndef CREW_H
#define CREW_H

/*
 * The state that the worker threads (courier.c) share with the main thread
 * (watch.c).
 */

#include <pthread.h>

#include "courier.h"

/* At most so many finished folders wait to be committed to disk. */
enum { CREW_BATCH = 128 };
/* A worker looks at upload/ again at the latest after this time. */
enum { CREW_RESCAN_MS = 60000 };

/* A folder in upload/. */
struct entry {
	char *name;
	struct job *job;  /* while threads work on it, else NULL */
	unsigned users;   /* threads that work on it */
	bool closing;     /* the last one has finished; it is being closed */
	bool gone;        /* no longer in upload/ */
	int status;       /* of the last attempt */
	unsigned busy;    /* how often in a row another process had it locked */
	uint64_t left;    /* mask: destinations that may not have all of it */
	uint64_t running; /* mask: destinations with a thread that sends it */
	uint64_t tried;   /* mask: destinations that were tried in this run */
	uint64_t forced;  /* mask: to be tried at once, because of --retry */
	int64_t due_us[]; /* per destination */
};

/* The state of courier_spool() and courier_watch(). */
struct crew {
	struct courier *c;
	bool watching;
	pthread_mutex_t lock;  /* protects everything below */
	pthread_cond_t change; /* an entry or a lane has changed */
	struct entry **entry;  /* sorted by name: oldest first */
	size_t entries, gone;
	struct entry *left[CREW_BATCH]; /* finished, to be committed */
	size_t lefts;
	size_t unclosed; /* finished and not closed yet */
	bool committing; /* a thread commits, or waits for more to commit */
	pthread_cond_t enough; /* it need not wait for more */
	unsigned working;      /* threads that work on a folder */
	unsigned alive;        /* threads */
	int64_t retries; /* the number of the last --retry that was seen */
	bool started;    /* retries is set */
	struct courier_report report;
	int status;
};

/* Updates the entries from upload/. An exit status. */
int crew_scan(struct crew *w);
/* Under lock: reports the counts by courier.tell. */
void crew_tell(struct crew *w);
void crew_free_entry(struct entry *e);
/* Under lock: carries out new requests of recupload --retry. */
void crew_retry(struct crew *w);

/*
 * Runs until lanes_stop() (false) or until the settings have changed (true).
 */
bool crew_watch(struct crew *w);

#endif
