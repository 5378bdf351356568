/* SPDX-License-Identifier: ISC */
#ifndef CRM_H
#define CRM_H

/*
 * Shared by the CRM destinations. A fact of the call names the record (ticket,
 * case, conversation) that a recording belongs to. Answers are JSON. A text with
 * a marker is stored with the recording (crm_note_text()). A kind has a struct
 * crm as the first member of its own struct.
 *
 *	r = crm_record(&own->crm, item, &id, a)		DEST_DONE: id is set
 *	r = crm_ask(&own->crm, &rq, &rp, a)	DEST_DONE: there is an answer
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
	bool skip;        /* calls without a record are exempt */
};

struct crm_reply {
	struct http_reply http;
	struct json *json; /* NULL: its Content-Type is not JSON */
};

/* The keys that all CRM kinds have, for their lists. */
#define CRM_KEYS "url", "record", "missing"

/*
 * Reads url, record and missing; fact is the default of `record`. 0, or -1 with
 * why; call crm_close() in both cases.
 */
int crm_open(struct crm *c, const struct dest *d, const struct doc *doc,
    const struct doc_section *s, const char *fact, const char *noun,
    struct why *why);
void crm_close(struct crm *c);

/*
 * Gets the record's id: from least to most letters and digits. If the call has
 * none: DEST_EXEMPT or DEST_NEVER, with the answer.
 */
enum dest_result crm_record(const struct crm *c, const struct dest_item *item,
    size_t least, size_t most, const char **id, struct dest_answer *a);

/*
 * The body of the reply is kept, and parsed if its Content-Type is JSON. A 2xx
 * other than 204 that is not JSON, such as a login page, is DEST_LATER.
 */
enum dest_result crm_ask(struct crm *c, struct http_request *rq,
    struct crm_reply *rp, struct dest_answer *a);
bool crm_good(const struct crm_reply *rp); /* 2xx */
void crm_done(struct crm_reply *rp);
/* Like web_refused(), with the text of the server (may be NULL). */
enum dest_result crm_refused(struct dest_answer *a,
    const struct http_request *rq, const struct crm_reply *rp,
    const char *said);

/* The object's name without its folders. */
const char *crm_name(const struct dest_item *item);
/* The marker; the text with the marker, at most `most` bytes. To be freed. */
char *crm_marker(const struct dest_item *item);
char *crm_text(const struct dest_item *item, size_t most);
/* json_text(), json_number() and json_count() with a formatted path. */
const char *crm_at(const struct json *j, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
int64_t crm_number(const struct json *j, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
size_t crm_count(const struct json *j, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* True if it is not NULL and has only letters, digits and -._~, so that it can be
 * part of a URL. */
bool crm_is_token(const char *text);
/* DEST_LATER for JSON that is not that of the interface: it proves nothing. */
enum dest_result crm_strange(struct dest_answer *a, const char *url);
/*
 * Reads the file at a URL that the CRM reported, with at most three redirects,
 * and compares its size and SHA-256. The login is sent to that URL only if it is
 * on the CRM's host, and never to a redirect. DEST_DONE: it is the recording (if
 * a->by_size, it may not be read); DEST_NEVER: it is another one, or is gone.
 */
enum dest_result crm_read(struct crm *c, const char *url,
    const char *const *headers, const struct dest_item *item,
    struct dest_answer *a);
/* True if a URL from a server may be requested: https, or this machine if the
 * CRM is on it. */
bool crm_may_ask(const struct crm *c, const char *url);

/*
 * The text that is stored with a recording in a CRM: facts of the call and its
 * pauses for people, and at the end a marker by which the recording is found:
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

/* To be freed. key and name must have safe characters only. */
char *crm_note_marker(const char *key, const char *name, uint64_t bytes);

/*
 * At most `most` bytes, to be freed. Lines that do not fit are left out, pauses
 * are then only counted, and the marker is always at the end. f is one of the
 * ticket's files.
 */
char *crm_note_text(const struct ticket *t, const struct ticket_file *f,
    const char *marker, size_t most);

#endif
