/* SPDX-License-Identifier: ISC */
#ifndef NAMING_H
#define NAMING_H

/*
 * Compares names of queues and languages as PBXs do: case of ASCII letters is
 * ignored (as by strcasecmp() in Asterisk's app_queue), `_` equals `-`, and in the
 * path of a queue empty components and the channel before it are ignored.
 */

/*
 * "ivr", or "ivr/Billing" for the queues Billing, /Billing and ivr/Billing.
 * The caller frees it.
 */
char *naming_path(const char *channel, const char *queue);
/* A key that is the same for all spellings, as long as the name. The caller frees
 * it. */
char *naming_key(const char *name);

#endif
