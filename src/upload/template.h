/* SPDX-License-Identifier: ISC */
#ifndef TEMPLATE_H
#define TEMPLATE_H

/*
 * Makes the names of objects at a destination from a pattern and the ticket:
 * "{date}/{queue}/{id}-{recording}.{part}.mp3". Fields: id date time local_date
 * local_time queue agent type channel language recording recordings part parts
 * file, and {call:KEY} for any key of [call]; see rec-upload(5).
 *
 * A name consists of [A-Za-z0-9._-] and '/' and has at most TEMPLATE_NAME_MAX
 * bytes. No component is empty or begins with a dot. Every other character
 * becomes '_', and a missing fact "none".
 */

#include "ticket.h"

#include "text.h"
#include "zone.h"

#define TEMPLATE_NAME_MAX 900

/*
 * 0, or -1 with why if a field is unknown, a character is not allowed, or two
 * files of one call could get the same name (it needs {file}, or {id},
 * {recording} and {part}).
 */
int template_check(const char *pattern, struct why *why);
/* True if names can contain personal data: the agent or a fact of the call. */
bool template_is_personal(const char *pattern);
/* True if it needs a zone. */
bool template_is_local(const char *pattern);
struct template_how {
	const struct zone *zone; /* NULL: local times are in UTC */
	/*
	 * A part of a fact in which a character is replaced gets a hyphen and
	 * eight digits of its SHA-256, so that different facts stay different.
	 */
	bool distinct;
};
/* The name, to be freed; NULL with why. The pattern must have been checked. */
char *template_name(const char *pattern, const struct template_how *how,
    const struct ticket *t, const struct ticket_file *f, struct why *why);

#endif
