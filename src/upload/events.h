/* SPDX-License-Identifier: ISC */
#ifndef EVENTS_H
#define EVENTS_H

/* What the audit log is to be told of a call, until it is. {0} to begin. */

#include "audit.h"

struct events {
	struct audit_event *event;
	size_t n, room;
};

/* id and event are borrowed, details are taken over. */
void events_add(
    struct events *e, const char *id, const char *event, char *details);
/* By one write and one sync, and then they are gone: 0; -1 with why: they stay. */
int events_log(
    struct events *const *all, size_t n, int spool_fd, struct why *why);
void events_free(struct events *e);

#endif
