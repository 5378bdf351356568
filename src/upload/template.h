/* SPDX-License-Identifier: ISC */
#ifndef TEMPLATE_H
#define TEMPLATE_H

/*
 * Names of objects at a destination, made from what the ticket knows:
 * "{date}/{queue}/{id}-{recording}.{part}.mp3". Fields: id date time queue
 * agent type channel language recording recordings part parts file, and
 * {call:KEY} for any key of [call]; rec-upload(5) explains them.
 *
 * A name consists of [A-Za-z0-9._-] and '/', has no empty component and none
 * that begins with a dot, and at most TEMPLATE_NAME_MAX bytes. Every other
 * character becomes '_', a fact that is not known "none".
 */

#include "ticket.h"

#include "text.h"

#define TEMPLATE_NAME_MAX 900

/*
 * 0, or -1 with why: an unknown field, a character that no name may have, or
 * a pattern that would give two files of one call the same name (it needs
 * {file}, or {id}, {recording} and {part}).
 */
int template_check(const char *pattern, struct why *why);
/* Does the name say who it was, or what else the call file tells? */
bool template_is_personal(const char *pattern);
/* The name, to be freed; NULL with why. The pattern must have been checked. */
char *template_name(const char *pattern, const struct ticket *t,
    const struct ticket_file *f, struct why *why);

#endif
