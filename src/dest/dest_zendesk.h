/* SPDX-License-Identifier: ISC */
#ifndef DEST_ZENDESK_H
#define DEST_ZENDESK_H

/*
 * type = zendesk: each MP3 becomes a private comment on the ticket that the
 * call names, with a player. Zendesk's reference: Tickets, Ticket Comments,
 * Attachments, Pagination, Rate limits.
 *
 * A comment can never be taken away again, so none is made twice: the ticket's
 * time of change is read first, then its comments are searched for our marker,
 * and the update asks to be refused (409) where the ticket changed since.
 */

#include "dest.h"

extern const struct dest_kind dest_zendesk;

#endif
