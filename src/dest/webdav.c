/* SPDX-License-Identifier: ISC */
/*
 * type = webdav sends to a temporary name and renames it by MOVE with
 * "Overwrite: F" (RFC 4918); type = http needs only PUT, HEAD and GET, and uses
 * "If-None-Match: *" (RFC 9110) so that nothing is overwritten.
 */
#include "kinds.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "folders.h"
#include "mem.h"
#include "path.h"
#include "text.h"
#include "web.h"
#include "when.h"

struct dav {
	struct web web;
	struct folders *folders;
	/* MOVE needs a path, because the server has another name behind a
	 * proxy. */
	atomic_bool by_path;
};

static const char *const keys[] = {
    "url", "user", "password_file", "password_env", "verify", NULL};

/* How long to wait after the disk was full. */
#define FULL_RETRY_S 300

/*
 * Whose fault a refusal is. RFC 9110, 15.5 and 15.6; RFC 4918, 11 and 9.7.1 (a
 * missing folder is 409; 500 from nginx); RFC 6585. A status that is not listed
 * is a temporary failure from 500 on, and SUSPECT below.
 */
enum whose { LINE, FULL, LOGIN, PLACE, SUSPECT, CALL };
static const struct blame {
	int first, last;
	enum whose whose;
} blames[] = {
    {300, 399, PLACE},
    {401, 401, LOGIN},
    {402, 402, PLACE},
    {403, 403, LOGIN},
    {404, 404, SUSPECT},
    /*
     * PUT or HEAD is not supported there; golang's webdav if the disk is full.
     */
    {405, 405, PLACE},
    {406, 406, PLACE},
    {407, 407, LOGIN},
    {408, 408, LINE},
    /* A missing folder, or a name that exists. */
    {409, 410, SUSPECT},
    {411, 412, PLACE},
    /* The file is too large, or its name too long. */
    {413, 414, CALL},
    {417, 417, PLACE},
    {421, 421, LINE},
    {423, 425, LINE},
    {426, 428, PLACE},
    {429, 429, LINE},
    {431, 431, PLACE},
    {501, 501, PLACE},
    {505, 506, PLACE},
    {507, 507, FULL},
    {508, 508, PLACE},
    {511, 511, LOGIN},
};

static enum whose
whose(int status)
{
	for (size_t i = 0; i < sizeof blames / sizeof *blames; i++)
		if (status >= blames[i].first && status <= blames[i].last)
			return blames[i].whose;
	return status >= 500 ? LINE : SUSPECT;
}

static int
server_open(struct dest *d, const struct doc *doc, const struct doc_section *s,
    struct why *why)
{
	struct dav *own = d->own = mem_alloc(sizeof *own);
	const struct doc_key *verify = doc_key(s, "verify");

	own->folders = folders_new();
	own->web.by_size = verify && strcmp(verify->value, "size") == 0;
	if (verify && !own->web.by_size && strcmp(verify->value, "hash") != 0)
		return doc_error(doc, verify->line, why,
		    "verify: hash or size, not '%.40s'", verify->value);
	return web_open(&own->web, d, doc, s, "user", "password", why);
}

static void
server_close(struct dest *d)
{
	struct dav *own = d->own;

	if (!own)
		return;
	web_close(&own->web);
	folders_free(own->folders);
	free(own);
}

static char *
server_where(const struct dest *d, const char *object)
{
	const struct dav *own = d->own;

	return web_url(&own->web, object);
}

static enum dest_result
server_drop(struct dest *d, const char *object, struct dest_answer *a)
{
	struct dav *own = d->own;

	return web_drop(&own->web, object, a);
}

/* Sends a small file beside the recording. If it arrives, a refusal concerns
 * the recording and not the place. */
static bool
takes_a_probe(struct dest *d, const char *object)
{
	static const char content[] = "rectools probe\n";
	static const char *const headers[] = {
	    "Content-Type: application/octet-stream", NULL};
	int dir = (int)(path_name(object) - object);
	char *name = text_format(
	    "%.*s_upload-probe-%" PRId64 ".part", dir, object, when_now_us());
	char *url = server_where(d, name);
	struct http_request rq = {"PUT", url, headers, .body_fd = -1,
	    .body = content, .body_len = sizeof content - 1};
	struct dest_answer unused = DEST_ANSWER_NONE;
	struct dav *own = d->own;
	struct http_reply rp;
	bool took = web_ask(&own->web, &rq, &rp, &unused) == DEST_DONE &&
		    web_succeeded(&rp);

	http_reply_free(&rp);
	if (took)
		(void)server_drop(d, name, &unused);
	free(url);
	free(name);
	return took;
}

/* The result of a status that is not a success, with its text. With object NULL
 * no probe is sent. */
static enum dest_result
judge_answer(struct dest *d, const char *object, struct dest_answer *a,
    const struct http_request *rq, const struct http_reply *rp)
{
	enum whose blamed = whose(rp->status);

	(void)web_said(a, DEST_LATER, rq, rp);
	if (blamed == LINE || blamed == FULL) {
		if (rp->status == 500 && strcmp(rq->method, "PUT") == 0)
			/* nginx answers this for a missing folder */
			dest_answer(a, DEST_LATER,
			    "%.440s: its disk may be full", a->why.text);
		if ((blamed == FULL || rp->status == 500) && object &&
		    a->retry_after_s < 0)
			a->retry_after_s = FULL_RETRY_S;
		return DEST_LATER;
	}
	if (blamed == SUSPECT && object && takes_a_probe(d, object))
		return dest_answer(a, DEST_NEVER,
		    "%.600s; another file in the same folder was accepted",
		    a->why.text);
	return blamed == CALL ? DEST_NEVER : DEST_PAUSED;
}

/*
 * A server that writes directly to the final name, such as those in Go, keeps
 * the beginning if a PUT is interrupted. It is ours, and is replaced if no
 * process writes to it any more.
 */
static enum dest_result
own_partial_put(
    struct dest *d, const struct dest_item *item, struct dest_answer *a)
{
	struct dav *own = d->own;
	char *url = server_where(d, item->object);
	struct http_request rq = {
	    "GET", url, .body_fd = -1, .most = item->bytes};
	struct http_reply rp = {0}, later = {0};
	enum dest_result r = web_ask(&own->web, &rq, &rp, a);

	if (r == DEST_DONE &&
	    (!web_succeeded(&rp) || rp.bytes == 0 || rp.bytes >= item->bytes ||
		!dest_is_beginning(item, rp.bytes, rp.sha256)))
		r = web_conflict(a, url);
	if (r == DEST_DONE) {
		dest_settle();
		r = web_ask(&own->web, &rq, &later, a);
	}
	if (r == DEST_DONE && later.bytes != rp.bytes)
		r = dest_answer(a, DEST_LATER,
		    "%s: only the beginning of the recording is there, and it "
		    "grows: another recupload is sending it",
		    url);
	if (r == DEST_DONE)
		r = web_drop(&own->web, item->object, a);
	http_reply_free(&later);
	http_reply_free(&rp);
	free(url);
	return r == DEST_DONE ? DEST_ABSENT : r;
}

/* The existing object is shorter than the recording. */
static enum dest_result
judge_shorter(struct dest *d, const struct dest_item *item,
    const struct http_reply *rp, struct dest_answer *a)
{
	char *url;

	if (!item->sent)
		return own_partial_put(d, item, a);
	/* Sent again, it would be truncated again. */
	url = server_where(d, item->object);
	dest_answer(a, DEST_NEVER,
	    "%.*s: only %" PRIu64 " of %" PRIu64
	    " bytes are there, though PUT was answered as if all were",
	    web_shown(url), url,
	    rp->length < 0 ? rp->bytes : (uint64_t)rp->length, item->bytes);
	free(url);
	return DEST_NEVER;
}

static enum dest_result
server_look(struct dest *d, const struct dest_item *item, struct dest_answer *a)
{
	struct dav *own = d->own;
	struct http_request rq = {.method = "HEAD"};
	struct http_reply rp = {0};
	enum dest_result r = web_look(&own->web, item, &rp, a);

	if (r == DEST_TAKEN) {
		char *url = server_where(d, item->object);

		rq.url = url;
		r = judge_answer(d, NULL, a, &rq, &rp);
		free(url);
	} else if (r == DEST_NEVER && item->fd >= 0 &&
		   rp.length < (int64_t)item->bytes && rp.bytes < item->bytes) {
		r = judge_shorter(d, item, &rp, a);
	}
	http_reply_free(&rp);
	return r;
}

/*
 * RFC 4918, 9.3.1: 405 if it exists; 301 from Apache if the name needs a slash.
 * A server that does not know MKCOL (501) may need no folders. Other refusals
 * may mean that it exists and we may not make it.
 */
static enum dest_result
make_collection(void *arg, const char *folder, struct dest_answer *a)
{
	struct dest *d = arg;
	struct dav *own = d->own;
	char *bare = server_where(d, folder);
	char *url = text_format("%s/", bare);
	struct http_request rq = {"MKCOL", url, .body_fd = -1};
	struct http_reply rp;
	enum dest_result r = web_ask(&own->web, &rq, &rp, a);

	if (r == DEST_DONE && !web_succeeded(&rp) && rp.status != 405 &&
	    rp.status != 301 && rp.status != 501) {
		r = judge_answer(d, NULL, a, &rq, &rp);
		if (r != DEST_LATER && rp.status != 401)
			r = DEST_ABSENT;
	}
	http_reply_free(&rp);
	free(url);
	free(bare);
	return r;
}

static enum dest_result
move(struct dest *d, const char *from, const char *to, struct http_reply *rp,
    struct dest_answer *a)
{
	struct dav *own = d->own;
	const char *path = strchr(strstr(to, "://") + 3, '/');
	char *destination =
	    text_format("Destination: %s", own->by_path && path ? path : to);
	const char *headers[] = {destination, "Overwrite: F", NULL};
	struct http_request rq = {"MOVE", from, headers, .body_fd = -1};
	enum dest_result r = web_ask(&own->web, &rq, rp, a);

	free(destination);
	return r;
}

static enum dest_result
move_into_place(
    struct dest *d, const char *from, const char *to, struct dest_answer *a)
{
	struct dav *own = d->own;
	struct http_request rq = {"MOVE", from, .body_fd = -1};
	struct http_reply rp;
	enum dest_result r = move(d, from, to, &rp, a);

	/* RFC 4918, 9.9.4: the destination is on another server. Behind a proxy
	 * that ends TLS, the server has another name. */
	if (r == DEST_DONE && rp.status == 502 && !own->by_path) {
		own->by_path = true;
		http_reply_free(&rp);
		r = move(d, from, to, &rp, a);
	}
	/* 412: the name exists. 404: an earlier MOVE succeeded, but its answer
	 * was lost. In both cases the next look decides. */
	if (r == DEST_DONE && rp.status == 412)
		r = DEST_TAKEN;
	else if (r == DEST_DONE && !web_succeeded(&rp) && rp.status != 404)
		r = judge_answer(d, NULL, a, &rq, &rp);
	if ((rp.status == 502 || (rp.status == 400 && own->by_path)) &&
	    r != DEST_DONE && r != DEST_TAKEN)
		dest_answer(a, r,
		    "%.500s: the server treats its own name as another "
		    "server's "
		    "(Apache behind a TLS proxy: RequestHeader edit "
		    "Destination ^https://[^/]+ http://NAME:PORT early, with "
		    "the name and port that it has itself)",
		    a->why.text);
	http_reply_free(&rp);
	return r;
}

/*
 * PUT into a folder that is made before. If a folder that existed is gone, it
 * is made again. DEST_DONE: rp has the status; a has the answer to MKCOL if
 * *refused.
 */
static enum dest_result
put_beneath(struct dest *d, const struct dest_item *item, const char *url,
    const char *const *headers, bool *refused, struct http_reply *rp,
    struct dest_answer *a)
{
	struct dav *own = d->own;
	struct dest_answer put;
	bool fresh;

	for (int round = 0;; round++) {
		enum dest_result r = folders_make(
		    own->folders, item->object, make_collection, d, &fresh, a);

		*refused = r == DEST_ABSENT;
		if (r != DEST_DONE && r != DEST_ABSENT)
			return r;
		put = *a;
		r = web_put(&own->web, item, url, headers, rp, &put);
		if (r != DEST_DONE || !*refused)
			*a = put;
		if (r != DEST_DONE || fresh || round > 0 ||
		    (rp->status != 404 && rp->status != 409 &&
			rp->status != 500))
			return r;
		folders_forget(own->folders, item->object);
		http_reply_free(rp);
	}
}

/* The result of a PUT that was refused, with the answer to MKCOL if that has
 * the reason. */
static enum dest_result
put_refused(struct dest *d, const struct dest_item *item, const char *url,
    bool refused, const struct http_reply *rp, struct dest_answer *a)
{
	struct http_request rq = {.method = "PUT", .url = url};
	struct why why = a->why;
	enum dest_result r = judge_answer(d, item->object, a, &rq, rp);

	if (refused && r != DEST_NEVER)
		dest_answer(a, r, "%.450s; %.450s", why.text, a->why.text);
	return r;
}

static enum dest_result
webdav_put(struct dest *d, const struct dest_item *item, struct dest_answer *a)
{
	static const char *const headers[] = {"Expect:", NULL};
	char *temporary = dest_temporary(item);
	char *from = server_where(d, temporary);
	char *to = server_where(d, item->object);
	struct dest_answer unused = DEST_ANSWER_NONE;
	struct http_reply rp = {0};
	bool refused;
	enum dest_result r =
	    put_beneath(d, item, from, headers, &refused, &rp, a);

	if (r == DEST_DONE && web_succeeded(&rp)) {
		folders_keep(((struct dav *)d->own)->folders, item->object);
		r = move_into_place(d, from, to, a);
	} else if (r == DEST_DONE) {
		r = put_refused(d, item, from, refused, &rp, a);
	}
	/*
	 * It is gone after a MOVE. Otherwise the next attempt would not use it.
	 */
	if (r == DEST_NEVER || r == DEST_TAKEN)
		(void)server_drop(d, temporary, &unused);
	http_reply_free(&rp);
	free(to);
	free(from);
	free(temporary);
	return r;
}

static void
webdav_tidy(struct dest *d, const struct dest_item *item)
{
	char *temporary = dest_temporary(item);
	struct dest_answer unused = DEST_ANSWER_NONE;

	(void)server_drop(d, temporary, &unused);
	free(temporary);
}

/* 409: some servers send it if the name exists. If nothing is there, the place
 * was refused. */
static enum dest_result
plain_refused(struct dest *d, const struct dest_item *item, const char *url,
    const struct http_reply *rp, struct dest_answer *a)
{
	struct http_request rq = {.method = "PUT", .url = url};
	enum dest_result r;

	if (rp->status == 412)
		return DEST_TAKEN; /* it exists now; the look compares */
	if (rp->status == 409) {
		r = server_look(d, item, a);
		if (r == DEST_DONE || r == DEST_NEVER)
			return r == DEST_DONE ? DEST_TAKEN : r;
	}
	return judge_answer(d, item->object, a, &rq, rp);
}

static enum dest_result
plain_put(struct dest *d, const struct dest_item *item, struct dest_answer *a)
{
	static const char *const headers[] = {
	    "If-None-Match: *", "Expect:", NULL};
	struct dav *own = d->own;
	char *url = server_where(d, item->object);
	struct http_reply rp;
	enum dest_result r = web_put(&own->web, item, url, headers, &rp, a);

	if (r == DEST_DONE && !web_succeeded(&rp))
		r = plain_refused(d, item, url, &rp, a);
	http_reply_free(&rp);
	free(url);
	return r;
}

/* Reports what the server says about itself; most need no right for this. */
static void
tell_methods(struct dest *d, const char *url, struct findings *f)
{
	struct dav *own = d->own;
	struct http_request rq = {"OPTIONS", url, .body_fd = -1};
	struct dest_answer a = {.date_us = -1};
	struct http_reply rp;

	if (web_ask(&own->web, &rq, &rp, &a) == DEST_DONE) {
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

/* The number in <D:quota-available-bytes>, with any prefix. */
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
	struct dav *own = d->own;
	struct http_request rq = {"PROPFIND", url, headers, .body_fd = -1,
	    .body = body, .body_len = sizeof body - 1, .keep = 16384};
	struct dest_answer a = {.date_us = -1};
	struct http_reply rp;
	enum dest_result r = web_ask(&own->web, &rq, &rp, &a);
	uint64_t bytes;

	if (r == DEST_DONE && web_succeeded(&rp)) {
		findings_right(f, RIGHT_LIST, MAY, "%s", "");
	} else {
		if (r == DEST_DONE)
			r = judge_answer(d, NULL, &a, &rq, &rp);
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

/* The probe shows whether recordings can be stored. */
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
    .tidy = webdav_tidy,
    .drop = server_drop,
    .where = server_where,
    .traits = DEST_NETWORK | DEST_OBJECTS | DEST_UTF8,
    .test = webdav_test};
const struct dest_kind dest_plain_http = {.type = "http",
    .keys = keys,
    .open = server_open,
    .close = server_close,
    .look = server_look,
    .put = plain_put,
    .drop = server_drop,
    .where = server_where,
    .traits = DEST_NETWORK | DEST_OBJECTS | DEST_UTF8,
    .test = plain_test};
