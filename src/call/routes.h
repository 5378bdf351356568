/* SPDX-License-Identifier: ISC */
#ifndef ROUTES_H
#define ROUTES_H

/*
 * Which destinations a recording goes to, and its largest size there: [upload],
 * [route NAME] and the names of [destination NAME] in the upload settings,
 * rec-upload(5). Reads no secret and connects to no server, so that recsplit can
 * get its limit from the same file:
 *
 *	ini_read(&doc, path, &why);
 *	routes_limit(&doc, &max_bytes, &why);
 *
 * The functions that return int return 0, or -1 with why = "file:line: ...".
 */

#include "call.h"
#include "ticket.h"

#include "text.h"

/* A set of destinations is a mask: bit i is name[i]. */
#define ROUTES_MAX 64

struct route {
	char **queue; /* any of these; none: all queues */
	size_t queues;
	unsigned classes;                 /* bit per enum call_class; 0: all */
	char *channel, *agent, *language; /* NULL: all */
	uint64_t to;
};

struct routes {
	char **name; /* destinations that a `to` names */
	size_t names;
	struct route *route; /* the first that matches counts */
	size_t routes;
	uint64_t otherwise; /* [upload] to */
};

/* Checks sections and names, but not the keys of destinations. */
int routes_from_doc(struct routes *r, const struct doc *doc, struct why *why);
void routes_free(struct routes *r);

/* Where a file of a call goes; never 0. */
uint64_t routes_for(const struct routes *r, const struct ticket *t,
    const struct ticket_file *f);

/* The largest file of a destination of that type, whose max_bytes is `wanted` (0:
   not set); 0: no limit. */
uint64_t routes_type_limit(const char *type, uint64_t wanted);
/*
 * The largest file that all destinations in use accept: the smallest of their
 * max_bytes and of their types' limits; 0: no limit.
 */
int routes_limit(const struct doc *doc, uint64_t *max_bytes, struct why *why);

/* [destination NAME], or NULL. */
const struct doc_section *routes_section(
    const struct doc *doc, const char *name);

#endif
