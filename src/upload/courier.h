/* SPDX-License-Identifier: ISC */
#ifndef COURIER_H
#define COURIER_H

/*
 * Carries the recordings of a spool to their destinations: for each of them
 * more threads than it takes transfers at once. Each thread takes the newest and
 * the oldest folder in turns, so that what comes in does not wait behind a
 * backlog. The functions return an exit status.
 */

#include "job.h"

struct courier_report {
	size_t waiting, done, failed; /* folders */
};

struct courier {
	struct job_site site;
	/* Called by the main thread now and then, and last; NULL: not. */
	void (*tell)(const struct courier_report *r, void *arg);
	/* Called by it once a second and after each signal; NULL: not. True:
	   the settings are others, and all is to come to rest. */
	bool (*changed)(void *arg);
	void *arg;
};

/* All that is due in the spool's upload/. */
int courier_spool(struct courier *c);
/*
 * Stays until lanes_stop(), and takes what comes and what falls due. *changed:
 * it ended because the settings have; lanes_resume(), and begin again.
 */
int courier_watch(struct courier *c, bool *changed);

#endif
