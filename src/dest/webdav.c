/* SPDX-License-Identifier: ISC */
/*
 * type = webdav sends to a temporary name and moves it with "Overwrite: F"
 * (RFC 4918); type = http needs only PUT, HEAD and GET, and asks with
 * "If-None-Match: *" not to overwrite (RFC 9110).
 */
#include "kinds.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "text.h"
#include "web.h"
#include "when.h"

/* d->own is a struct web. */

static const char *const keys[] = {
    "url", "user", "password_file", "password_env", NULL};

static int
server_open(struct dest *d, const struct doc *doc, const struct doc_section *s,
    struct why *why)
{
	d->own = mem_alloc(sizeof(struct web));
	return web_open(d->own, d, doc, s, "user", "password", why);
}

static void
server_close(struct dest *d)
{
	if (d->own)
		web_close(d->own);
	free(d->own);
}

static char *
server_where(const struct dest *d, const char *object)
{
	return web_url(d->own, object);
}

static enum dest_result
server_look(struct dest *d, const struct dest_item *item, struct dest_answer *a)
{
	return web_look(d->own, item, a);
}

static enum dest_result
server_drop(struct dest *d, const char *object, struct dest_answer *a)
{
	return web_drop(d->own, object, a);
}

/* Makes the collections above a URL; what is there answers 405. */
static void
make_parents(struct dest *d, const char *object)
{
	struct dest_answer unused;
	struct http_reply rp;

	for (const char *p = object; (p = strchr(p, '/')); p++) {
		char *part = text_ndup(object, (size_t)(p - object));
		char *bare = server_where(d, part);
		char *url = text_format("%s/", bare);
		struct http_request rq = {"MKCOL", url, .body_fd = -1};

		(void)web_ask(d->own, &rq, &rp, &unused);
		http_reply_free(&rp);
		free(url);
		free(bare);
		free(part);
	}
}

static enum dest_result
move_into_place(
    struct dest *d, const char *from, const char *to, struct dest_answer *a)
{
	char *destination = text_format("Destination: %s", to);
	const char *headers[] = {destination, "Overwrite: F", NULL};
	struct http_request rq = {"MOVE", from, headers, .body_fd = -1};
	struct http_reply rp;
	enum dest_result r = web_ask(d->own, &rq, &rp, a);

	free(destination);
	/*
	 * 412: the name is taken. 404: an earlier MOVE succeeded though its
	 * answer was lost. Either way the next look decides.
	 */
	if (r == DEST_DONE && !web_succeeded(&rp) && rp.status != 412 &&
	    rp.status != 404)
		r = web_refused(a, &rq, &rp);
	http_reply_free(&rp);
	return r;
}

/* A full disk does not empty itself within seconds; nginx says 500 then. */
static enum dest_result
put_refused(struct dest_answer *a, const struct http_request *rq,
    const struct http_reply *rp)
{
	enum { FULL_RETRY_S = 300 };
	enum dest_result r = web_refused(a, rq, rp);
	struct why why = a->why;

	if (rp->status == 500)
		dest_answer(a, r, "%.440s: its disk may be full", why.text);
	if ((rp->status == 500 || rp->status == 507) && a->retry_after_s < 0)
		a->retry_after_s = FULL_RETRY_S;
	return r;
}

static enum dest_result
webdav_put(struct dest *d, const struct dest_item *item, struct dest_answer *a)
{
	static const char *const headers[] = {"Expect:", NULL};
	char *temporary = dest_temporary(item);
	char *from = server_where(d, temporary);
	char *to = server_where(d, item->object);
	struct http_request rq = {.method = "PUT", .url = from};
	struct dest_answer unused;
	struct http_reply rp;
	enum dest_result r = web_put(d->own, item, from, headers, &rp, a);

	/* A folder is missing: 409 by RFC 4918, 500 from nginx. */
	if (r == DEST_DONE && strchr(item->object, '/') &&
	    (rp.status == 404 || rp.status == 409 || rp.status == 500)) {
		http_reply_free(&rp);
		make_parents(d, item->object);
		r = web_put(d->own, item, from, headers, &rp, a);
	}
	if (r == DEST_DONE)
		r = web_succeeded(&rp) ? move_into_place(d, from, to, a)
				       : put_refused(a, &rq, &rp);
	/* Gone after a MOVE; otherwise as the next attempt would leave it. */
	if (r == DEST_NEVER)
		(void)server_drop(d, temporary, &unused);
	http_reply_free(&rp);
	free(to);
	free(from);
	free(temporary);
	return r;
}

static enum dest_result
plain_put(struct dest *d, const struct dest_item *item, struct dest_answer *a)
{
	static const char *const headers[] = {
	    "If-None-Match: *", "Expect:", NULL};
	char *url = server_where(d, item->object);
	struct http_request rq = {.method = "PUT", .url = url};
	struct http_reply rp;
	enum dest_result r = web_put(d->own, item, url, headers, &rp, a);

	/* 412: it is there by now; the next look compares. */
	if (r == DEST_DONE && !web_succeeded(&rp))
		r = rp.status == 412 ? DEST_TAKEN : web_refused(a, &rq, &rp);
	http_reply_free(&rp);
	free(url);
	return r;
}

/* What the server says of itself; needs no right in most of them. */
static void
tell_methods(struct dest *d, const char *url, struct findings *f)
{
	struct http_request rq = {"OPTIONS", url, .body_fd = -1};
	struct dest_answer a = {.date_us = -1};
	struct http_reply rp;

	if (web_ask(d->own, &rq, &rp, &a) == DEST_DONE) {
		const char *allow = http_reply_header(&rp, "allow");
		const char *dav = http_reply_header(&rp, "dav");

		if (allow)
			findings_tell(f, "methods", "%.200s", allow);
		if (dav)
			findings_tell(f, "dav", "class %.100s", dav);
		if (a.date_us >= 0)
			findings_clock(f, a.date_us, when_now_us());
	}
	http_reply_free(&rp);
}

/* The number in <D:quota-available-bytes>, whatever the prefix is. */
static bool
quota_left(const struct http_reply *rp, uint64_t *bytes)
{
	const char *p =
	    rp->body ? strstr(rp->body, "quota-available-bytes") : NULL;
	char *end;

	p = p ? strchr(p, '>') : NULL;
	if (!p)
		return false;
	*bytes = strtoull(p + 1, &end, 10);
	return end != p + 1;
}

/* PROPFIND (RFC 4918) with the quota of RFC 4331. */
static void
tell_properties(struct dest *d, const char *url, struct findings *f)
{
	static const char body[] =
	    "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
	    "<propfind xmlns=\"DAV:\"><prop><quota-available-bytes/>"
	    "</prop></propfind>";
	static const char *const headers[] = {
	    "Depth: 0", "Content-Type: application/xml", NULL};
	struct http_request rq = {"PROPFIND", url, headers, .body_fd = -1,
	    .body = body, .body_len = sizeof body - 1, .keep = 16384};
	struct dest_answer a = {.date_us = -1};
	struct http_reply rp;
	enum dest_result r = web_ask(d->own, &rq, &rp, &a);
	uint64_t bytes;

	if (r == DEST_DONE && web_succeeded(&rp)) {
		findings_right(f, RIGHT_LIST, MAY, "%s", "");
	} else {
		if (r == DEST_DONE)
			r = web_refused(&a, &rq, &rp);
		findings_right(f, RIGHT_LIST,
		    r == DEST_LATER ? MAY_BE : MAY_NOT, "%s", a.why.text);
	}
	if (quota_left(&rp, &bytes))
		findings_space(f, bytes);
	else
		findings_tell(f, "space",
		    "unknown: the server has no quota-available-bytes");
	http_reply_free(&rp);
}

/* Whether recordings can go there is for the probe to say. */
static enum dest_result
webdav_test(struct dest *d, struct findings *f, struct dest_answer *a)
{
	char *url = server_where(d, "");

	(void)a;
	tell_methods(d, url, f);
	tell_properties(d, url, f);
	findings_tell(f, "server limit", "unknown: WebDAV has no way to ask");
	findings_tell(f, "retention", "unknown: WebDAV has no way to ask");
	free(url);
	return DEST_DONE;
}

static enum dest_result
plain_test(struct dest *d, struct findings *f, struct dest_answer *a)
{
	char *url = server_where(d, "");

	(void)a;
	tell_methods(d, url, f);
	findings_right(f, RIGHT_LIST, MAY_BE, "HTTP has no way to ask");
	findings_tell(f, "server limit", "unknown: HTTP has no way to ask");
	findings_tell(f, "space", "unknown: HTTP has no way to ask");
	findings_tell(f, "retention", "unknown: HTTP has no way to ask");
	free(url);
	return DEST_DONE;
}

const struct dest_kind dest_webdav = {.type = "webdav",
    .keys = keys,
    .open = server_open,
    .close = server_close,
    .look = server_look,
    .put = webdav_put,
    .drop = server_drop,
    .where = server_where,
    .traits = DEST_NETWORK | DEST_OBJECTS,
    .test = webdav_test};
const struct dest_kind dest_plain_http = {.type = "http",
    .keys = keys,
    .open = server_open,
    .close = server_close,
    .look = server_look,
    .put = plain_put,
    .drop = server_drop,
    .where = server_where,
    .traits = DEST_NETWORK | DEST_OBJECTS,
    .test = plain_test};
