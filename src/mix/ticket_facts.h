/* SPDX-License-Identifier: ISC */
#ifndef TICKET_FACTS_H
#define TICKET_FACTS_H

/*
 * The parts of a ticket besides its files: the sections of the plan that are
 * passed on, the account of each leg, and the version that made it. See
 * rec-spool(5), "The ticket".
 */

#include "session.h"
#include "ticket.h"

/* Call it after session_start(), before the ticket is written. */
void ticket_facts_add(const struct session *r, struct ticket *t);

#endif
