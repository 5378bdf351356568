/* SPDX-License-Identifier: ISC */
#ifndef COURIER_H
#define COURIER_H

/*
 * Uploads the recordings of a spool. Each destination has twice as many threads
 * as parallel transfers, so that one can send while another waits for the disk.
 * A thread takes the newest and the oldest folder in turns: new calls do not
 * wait behind a backlog, and the backlog gets done. The functions return an
 * exit status.
 */

#include "job.h"

struct courier_report {
	size_t waiting, done, failed; /* folders */
};

struct courier {
	struct job_site site;
	/* Called by the main thread repeatedly and at the end; may be NULL. */
	void (*tell)(const struct courier_report *r, void *arg);
	/* Called by the main thread once a second and after each signal; may be
	   NULL. Returns true if the settings have changed: all threads end. */
	bool (*changed)(void *arg);
	void *arg;
};

/* Uploads everything that is due in the spool's upload/. */
int courier_spool(struct courier *c);
/*
 * Keeps running until lanes_stop(), and uploads calls as they arrive or become
 * due. *changed is set if it ended because the settings have changed: read
 * them, call lanes_resume(), and start again.
 */
int courier_watch(struct courier *c, bool *changed);

#endif
