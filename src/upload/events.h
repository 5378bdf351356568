/* SPDX-License-Identifier: ISC */
#ifndef EVENTS_H
#define EVENTS_H

/* Events of a call that are still to be written to the audit log. Initially
 * {0}. */

#include "audit.h"

struct events {
	struct audit_event *event;
	size_t n, room;
};

/* id and event are borrowed; details becomes ours. */
void events_add(
    struct events *e, const char *id, const char *event, char *details);
/* Writes all events with one write and one sync, and removes them. 0, or -1 with
 * why; then they remain. */
int events_log(
    struct events *const *all, size_t n, int spool_fd, struct why *why);
void events_free(struct events *e);

#endif
