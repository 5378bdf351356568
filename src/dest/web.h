/* SPDX-License-Identifier: ISC */
#ifndef WEB_H
#define WEB_H

/*
 * What the destinations that speak HTTP (RFC 9110) share: the server's url
 * and login from the settings, requests, and what an answer means. A kind has
 * a struct web first in its own struct, and its functions call these.
 *
 *	web_open(&own->web, d, doc, s, "user", "password", why)
 *	r = web_ask(&own->web, &rq, &rp, a);	DEST_DONE: some status came
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
	bool by_size;            /* a copy of the right length is the copy */
};

/*
 * Reads `url` (https://, or http:// to this machine) and the login: user and
 * password are the names of the keys, of which the second is a secret
 * (dest_secret); NULL: no login of this form. Timeouts, ca_file and proxy come
 * from the common settings in d. 0, or -1 with why; web_close() either way.
 */
int web_open(struct web *w, const struct dest *d, const struct doc *doc,
    const struct doc_section *s, const char *user, const char *password,
    struct why *why);
void web_close(struct web *w);
/* Checks any other key that holds a URL, in the same way. */
int web_check_url(const struct doc *doc, const struct doc_section *s,
    const char *key, struct why *why);
/* What is wrong with a URL that secrets go to; NULL: nothing. */
const char *web_url_fault(const char *url);
char *web_url(const struct web *w, const char *object); /* to be freed */

/* DEST_DONE: some status came; else the answer is filled. Free rp after it. */
enum dest_result web_ask(struct web *w, const struct http_request *rq,
    struct http_reply *rp, struct dest_answer *a);
bool web_succeeded(const struct http_reply *rp); /* 2xx */
/* What a status that is no success means, and its text with Retry-After. */
enum dest_result web_judge(int status);
enum dest_result web_refused(struct dest_answer *a,
    const struct http_request *rq, const struct http_reply *rp);
/* The same, where r was decided by somebody who knows more; with the words of
   the page that came along. */
enum dest_result web_said(struct dest_answer *a, enum dest_result r,
    const struct http_request *rq, const struct http_reply *rp);
/* Where a URL ends for people: its query may hold a secret. */
int web_shown(const char *url);

/*
 * HEAD, then GET of what has the right length, compared by SHA-256; by size
 * only HEAD, where that tells the length. DEST_TAKEN:
 * refused with the status in rp, which is to be freed in any case.
 */
enum dest_result web_look(struct web *w, const struct dest_item *item,
    struct http_reply *rp, struct dest_answer *a);
/* "something else of this name is there; not overwritten" */
enum dest_result web_conflict(struct dest_answer *a, const char *url);
/*
 * PUT of the file, whose hash is compared with the ticket's; headers besides
 * Content-Type. DEST_DONE: rp tells how it was received.
 */
enum dest_result web_put(struct web *w, const struct dest_item *item,
    const char *url, const char *const *headers, struct http_reply *rp,
    struct dest_answer *a);
enum dest_result web_drop(
    struct web *w, const char *object, struct dest_answer *a);

#endif
