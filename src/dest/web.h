/* SPDX-License-Identifier: ISC */
#ifndef WEB_H
#define WEB_H

/*
 * Shared by the destinations that use HTTP (RFC 9110): the url and login from the
 * settings, requests, and the meaning of answers. A kind has a struct web as the
 * first member of its own struct.
 *
 *	web_open(&own->web, d, doc, s, "user", "password", why)
 *	r = web_ask(&own->web, &rq, &rp, a);	DEST_DONE: there is an answer
 *	if (r == DEST_DONE && !web_succeeded(&rp))
 *		r = web_refused(a, &rq, &rp);
 *	http_reply_free(&rp);
 */

#include "dest.h"
#include "http.h"

#include "text.h"

struct web {
	char *url;             /* without '/' at its end */
	char *user, *password; /* Basic login, or the key to sign with */
	struct http_settings settings;
	struct http *http;
	const char *const *bare; /* headers of look and drop, or NULL */
	bool by_size;            /* only the length of a copy is compared */
};

/*
 * Reads `url` (https://, or http:// to this machine) and the login. user and
 * password are the names of the keys; the second is a secret (dest_secret());
 * NULL: no such login. Timeouts, ca_file and proxy are those of d. 0, or -1 with
 * why; call web_close() in both cases.
 */
int web_open(struct web *w, const struct dest *d, const struct doc *doc,
    const struct doc_section *s, const char *user, const char *password,
    struct why *why);
void web_close(struct web *w);
/* Checks another key with a URL in the same way. */
int web_check_url(const struct doc *doc, const struct doc_section *s,
    const char *key, struct why *why);
/* Why secrets must not be sent to this URL, or NULL. */
const char *web_url_fault(const char *url);
char *web_url(const struct web *w, const char *object); /* to be freed */

/* DEST_DONE: rp has a status; otherwise the answer is filled. Free rp in both
 * cases. */
enum dest_result web_ask(struct web *w, const struct http_request *rq,
    struct http_reply *rp, struct dest_answer *a);
bool web_succeeded(const struct http_reply *rp); /* 2xx */
/* The result of a status that is not a success. */
enum dest_result web_judge(int status);
/* The same; fills the answer with the text and Retry-After. */
enum dest_result web_refused(struct dest_answer *a,
    const struct http_request *rq, const struct http_reply *rp);
/* Fills the answer likewise, with the text of the page; the caller decided r. */
enum dest_result web_said(struct dest_answer *a, enum dest_result r,
    const struct http_request *rq, const struct http_reply *rp);
/* The length of the URL without its query, which may contain a secret. */
int web_shown(const char *url);

/*
 * HEAD, then GET if the length is right, compared by SHA-256; with by_size only
 * HEAD, if it has a length. DEST_TAKEN: refused with the status in rp. Free rp in
 * any case.
 */
enum dest_result web_look(struct web *w, const struct dest_item *item,
    struct http_reply *rp, struct dest_answer *a);
/* "a different file of this name exists; not overwritten" */
enum dest_result web_conflict(struct dest_answer *a, const char *url);
/*
 * PUT of the file, whose hash is compared with the ticket's. headers: in addition
 * to Content-Type. DEST_DONE: rp has the status.
 */
enum dest_result web_put(struct web *w, const struct dest_item *item,
    const char *url, const char *const *headers, struct http_reply *rp,
    struct dest_answer *a);
enum dest_result web_drop(
    struct web *w, const char *object, struct dest_answer *a);

#endif
