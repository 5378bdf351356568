/* SPDX-License-Identifier: ISC */
#ifndef TICKET_FACTS_H
#define TICKET_FACTS_H

/*
 * What a ticket tells of its call besides the files: the sections of the plan
 * that are passed on, what became of each leg, and who made it. rec-spool(5),
 * "The ticket".
 */

#include "session.h"
#include "ticket.h"

/* Of a session that was started; before the ticket is written. */
void ticket_facts_add(const struct session *r, struct ticket *t);

#endif
