/* SPDX-License-Identifier: ISC */
#ifndef CRM_H
#define CRM_H

/*
 * What the destinations in a CRM share: a fact of the call names the record
 * (ticket, case, conversation) that a recording goes to, requests are answered
 * in JSON, and a text with a marker goes along (crm_note_text). A kind has a struct
 * crm first in its own struct.
 *
 *	r = crm_record(&own->crm, item, &id, a)		DEST_DONE: id is set
 *	r = crm_ask(&own->crm, &rq, &rp, a)	DEST_DONE: some status came
 *	if (r == DEST_DONE && !crm_good(&rp))
 *		r = crm_refused(a, &rq, &rp, json_text(rp.json, "error"));
 *	crm_done(&rp);				after every crm_ask()
 */

#include "dest.h"
#include "http.h"
#include "json.h"
#include "web.h"

#include "text.h"

struct crm {
	struct web web;
	char *fact;       /* key of [call] that names the record */
	const char *noun; /* what the record is called */
	bool skip;        /* calls without a record do not concern us */
};

struct crm_reply {
	struct http_reply http;
	struct json *json; /* NULL: the answer says that it is not JSON */
};

/* Keys that every kind of CRM has, for its own list. */
#define CRM_KEYS "url", "record", "missing"

/*
 * Reads url, record and missing; fact is what `record` is by default. 0, or -1
 * with why; crm_close() either way.
 */
int crm_open(struct crm *c, const struct dest *d, const struct doc *doc,
    const struct doc_section *s, const char *fact, const char *noun,
    struct why *why);
void crm_close(struct crm *c);

/*
 * The record's id: letters and digits only, from least to most of them.
 * DEST_EXEMPT or DEST_NEVER where the call names none, with the answer.
 */
enum dest_result crm_record(const struct crm *c, const struct dest_item *item,
    size_t least, size_t most, const char **id, struct dest_answer *a);

/*
 * The reply's body is kept and parsed where its Content-Type says JSON. A 2xx
 * other than 204 that is no JSON, as from a login page, is DEST_LATER.
 */
enum dest_result crm_ask(struct crm *c, struct http_request *rq,
    struct crm_reply *rp, struct dest_answer *a);
bool crm_good(const struct crm_reply *rp); /* 2xx */
void crm_done(struct crm_reply *rp);
/* As web_refused(), with what the server said, which may be NULL. */
enum dest_result crm_refused(struct dest_answer *a,
    const struct http_request *rq, const struct crm_reply *rp,
    const char *said);

/* The object's name without its folders. */
const char *crm_name(const struct dest_item *item);
/* The marker, or marker and text of at most `most` bytes; to be freed. */
char *crm_marker(const struct dest_item *item);
char *crm_text(const struct dest_item *item, size_t most);
/* Percent-encoded for a query or a form (RFC 3986, 2.3). */
void crm_encode(struct buf *b, const char *text);
/* json_text(), _number() and _count() at a path that is made as by printf. */
const char *crm_at(const struct json *j, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
int64_t crm_number(const struct json *j, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
size_t crm_count(const struct json *j, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Of letters, digits and -._~ only, so that it may stand in a URL; not NULL. */
bool crm_is_token(const char *text);
/* JSON, but not that of the interface: no proof of anything, so DEST_LATER. */
enum dest_result crm_strange(struct dest_answer *a, const char *url);
/*
 * Reads the file at a URL that the CRM told, through at most three redirects, and
 * compares its size and SHA-256. The login goes to that URL, if it is the CRM's
 * own, and to none that it leads to. DEST_DONE: it is the recording, or a->by_size: it may not be read;
 * DEST_NEVER: it is another one, or is gone.
 */
enum dest_result crm_read(struct crm *c, const char *url,
    const char *const *headers, const struct dest_item *item,
    struct dest_answer *a);
/* May a URL that a server told us be asked? https, or this machine to itself. */
bool crm_may_ask(const struct crm *c, const char *url);

/*
 * The text that a recording carries in a CRM: facts of the call and its
 * pauses for people, and at its end a marker by which the recording is found
 * again:
 *
 *	Call recording c1042, recording 1 of 1, part 1 of 2
 *	Begins 2026-11-22T10:00:04Z, 1:02:03 long
 *	Paused from 45.000 s to 61.200 s (2026-11-22T10:00:45Z to
 *	    2026-11-22T10:01:01Z): pause			[one line]
 *	queue: Billing/Disputes
 *	agent: alice
 *	...
 *	[rectools KEY NAME BYTES]
 */

/* To be freed. Key and name have safe characters only. */
char *crm_note_marker(const char *key, const char *name, uint64_t bytes);

/*
 * At most `most` bytes, to be freed: lines that find no room are left out,
 * pauses are then counted, the marker always stands at the end. f is one of
 * the ticket's files.
 */
char *crm_note_text(const struct ticket *t, const struct ticket_file *f,
    const char *marker, size_t most);

#endif
