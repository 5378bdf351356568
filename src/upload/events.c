/* SPDX-License-Identifier: ISC */
#include "events.h"

#include <stdlib.h>

#include "mem.h"
#include "when.h"

void
events_add(struct events *e, const char *id, const char *event, char *details)
{
	if (e->n == e->room) {
		e->room = e->room ? e->room * 2 : 4;
		e->event = mem_resize(e->event, e->room, sizeof *e->event);
	}
	e->event[e->n++] =
	    (struct audit_event){.id = id, .event = event, .details = details};
}

static void
drop_events(struct events *e)
{
	for (size_t i = 0; i < e->n; i++)
		free((char *)(uintptr_t)e->event[i].details);
	e->n = 0;
}

int
events_log(struct events *const *all, size_t n, int spool_fd, struct why *why)
{
	struct audit_event *event;
	size_t events = 0, k = 0;
	int status;

	for (size_t i = 0; i < n; i++)
		events += all[i]->n;
	if (events == 0)
		return 0;
	event = mem_alloc(events * sizeof *event);
	for (size_t i = 0; i < n; i++)
		for (size_t m = 0; m < all[i]->n; m++)
			event[k++] = all[i]->event[m];
	status = audit_add_all(spool_fd, when_now_us(), event, events, why);
	free(event);
	for (size_t i = 0; status == 0 && i < n; i++)
		drop_events(all[i]);
	return status;
}

void
events_free(struct events *e)
{
	drop_events(e);
	free(e->event);
	*e = (struct events){0};
}
