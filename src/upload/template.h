/* SPDX-License-Identifier: ISC */
#ifndef TEMPLATE_H
#define TEMPLATE_H

/*
 * Makes the names of objects at a destination from a pattern and the ticket:
 * "{date}/{queue}/{id}-{recording}.{part}.mp3". Fields: id date time local_date
 * local_time queue agent type channel language recording recordings part parts
 * file, and {call:KEY} for any key of [call]; see rec-upload(5).
 *
 * A name consists of [A-Za-z0-9._-] and '/', with how.utf8 also of letters, and
 * has at most TEMPLATE_NAME_MAX bytes. No component is empty, begins with a dot,
 * or is longer than COMPONENT_MAX; see component.h. A missing fact is "none".
 */

#include "dest.h"
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
	bool utf8;               /* keep letters */
	/*
	 * Which parts of facts that are changed get a hyphen and eight digits
	 * of their SHA-256, so that different facts have different folders.
	 */
	enum dest_distinct distinct;
};
/*
 * The name, to be freed; NULL with why, which says whose fault it is. The
 * pattern must have been checked.
 */
char *template_name(const char *pattern, const struct template_how *how,
    const struct ticket *t, const struct ticket_file *f, struct why *why);
/*
 * The name that earlier versions gave, with '_' for each byte of a letter; to be
 * freed. It may be the same.
 */
char *template_former(const char *pattern, const struct template_how *how,
    const struct ticket *t, const struct ticket_file *f);

#endif
