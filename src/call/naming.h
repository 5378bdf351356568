/* SPDX-License-Identifier: ISC */
#ifndef NAMING_H
#define NAMING_H

/*
 * Names of queues and languages, compared as PBXs compare them: without case
 * (of ASCII letters, as strcasecmp() in Asterisk's app_queue), `_` as `-`, and
 * a queue's path without empty steps and without its channel before it.
 */

/*
 * "ivr", or "ivr/Billing" for the queues Billing, /Billing and ivr/Billing.
 * The caller frees it.
 */
char *naming_path(const char *channel, const char *queue);
/* What is the same for all spellings, as long as the name. Likewise. */
char *naming_key(const char *name);

#endif
