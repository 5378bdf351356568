/* SPDX-License-Identifier: ISC */
#include "dest_http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "hash.h"
#include "http.h"

struct server {
	char *url; /* without '/' at its end */
	char *user, *password, *ca_file, *proxy, *sigv4;
	const char *const *bare; /* headers of requests without a body */
	struct http_settings settings;
	struct http *http;
};

/* The SHA-256 of nothing: S3 wants one of every body. */
static const char *const bare_s3[] = {
    "x-amz-content-sha256: "
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    NULL};

static const char *const s3_keys[] = {"url", "region", "access_key",
    "secret_key_file", "secret_key_env", "ca_file", "proxy", "connect_timeout",
    "stall_timeout", NULL};
static const char *const keys[] = {"url", "user", "password_file",
    "password_env", "ca_file", "proxy", "connect_timeout", "stall_timeout",
    NULL};

static int
seconds(const struct doc *doc, const struct doc_section *s, const char *name,
    int *out, struct why *why)
{
	const struct doc_key *k = doc_key(s, name);
	int64_t v;

	if (!k)
		return 0;
	if (util_integer(k->value, 1, 3600, &v) != 0)
		return doc_error(doc, k->line, why,
		    "%s: seconds from 1 to 3600, not '%.40s'", name, k->value);
	*out = (int)v;
	return 0;
}

/* A login goes over the wire: never in the clear, but to this machine. */
static bool
is_loopback(const char *host)
{
	size_t n = strcspn(host, ":/");

	return (n == 9 && strncmp(host, "127.0.0.1", n) == 0) ||
	       (n == 9 && strncasecmp(host, "localhost", n) == 0);
}

static int
check_url(const struct doc *doc, const struct doc_section *s, struct why *why)
{
	const struct doc_key *k = doc_key(s, "url");

	if (!k)
		return doc_error(
		    doc, s->line, why, "[%s]: url is missing", s->name);
	if (strncmp(k->value, "https://", 8) != 0 &&
	    !(strncmp(k->value, "http://", 7) == 0 &&
		is_loopback(k->value + 7)))
		return doc_error(doc, k->line, why,
		    "url: https:// only (http:// to this machine itself)");
	if (strpbrk(k->value, "@?#"))
		return doc_error(doc, k->line, why,
		    "url: no login and no query in it; see user and "
		    "password_file");
	return 0;
}

/* What all types have; user and password name the keys of the login. */
static int
open_common(struct dest *d, const struct doc *doc, const struct doc_section *s,
    const char *user, const char *password, struct why *why)
{
	struct server *own = d->own = util_alloc(sizeof *own);
	struct http_settings *set = &own->settings;

	set->connect_s = 30;
	set->stalled_s = 60;
	if (check_url(doc, s, why) != 0 ||
	    seconds(doc, s, "connect_timeout", &set->connect_s, why) != 0 ||
	    seconds(doc, s, "stall_timeout", &set->stalled_s, why) != 0 ||
	    dest_secret(doc, s, password, &own->password, why) != 0)
		return -1;
	own->url = util_strdup(doc_value(s, "url"));
	for (size_t n = strlen(own->url); own->url[n - 1] == '/';)
		own->url[--n] = '\0';
	own->user = util_strdup(doc_value(s, user));
	own->ca_file = util_strdup(doc_value(s, "ca_file"));
	own->proxy = util_strdup(doc_value(s, "proxy"));
	if (!own->user != !own->password)
		return doc_error(doc, s->line, why,
		    "[%s]: %s and %s_file belong together", s->name, user,
		    password);
	set->user = own->user;
	set->password = own->password;
	set->ca_file = own->ca_file;
	set->proxy = own->proxy;
	own->http = http_new(set);
	return 0;
}

static int
server_open(struct dest *d, const struct doc *doc, const struct doc_section *s,
    struct why *why)
{
	return open_common(d, doc, s, "user", "password", why);
}

static int
s3_open(struct dest *d, const struct doc *doc, const struct doc_section *s,
    struct why *why)
{
	const struct doc_key *region = doc_key(s, "region");
	struct server *own;

	if (open_common(d, doc, s, "access_key", "secret_key", why) != 0)
		return -1;
	own = d->own;
	if (!own->user)
		return doc_error(
		    doc, s->line, why, "[%s]: access_key is missing", s->name);
	if (!region || util_id_fault(region->value))
		return doc_error(doc, region ? region->line : s->line, why,
		    "[%s]: region is missing or no name", s->name);
	own->sigv4 = util_format("aws:amz:%s:s3", region->value);
	own->settings.sigv4 = own->sigv4;
	own->bare = bare_s3;
	return 0;
}

static void
server_close(struct dest *d)
{
	struct server *own = d->own;

	if (!own)
		return;
	http_free(own->http);
	dest_forget(own->password);
	free(own->url);
	free(own->user);
	free(own->ca_file);
	free(own->proxy);
	free(own->sigv4);
	free(own);
}

static char *
server_where(const struct dest *d, const char *object)
{
	const struct server *own = d->own;

	return util_format("%s/%s", own->url, object);
}

/* What a status means that is no success. */
static enum dest_result
judge(int status)
{
	if (status == 401 || status == 403 || status == 407 ||
	    (status >= 300 && status < 400))
		return DEST_PAUSED;
	if (status == 408 || status == 423 || status == 425 || status == 429 ||
	    (status >= 500 && status != 501 && status != 505))
		return DEST_LATER;
	return DEST_NEVER;
}

static enum dest_result
refused(struct dest_answer *a, const struct http_request *rq,
    const struct http_reply *rp)
{
	static const struct {
		int status;
		const char *meaning;
	} known[] = {
	    {401, " (the login was refused)"},
	    {403, " (the login has no right to this)"},
	    {404, " (no such place)"},
	    {413, " (too large for the server)"},
	    {429, " (too many requests)"},
	    {503, " (busy)"},
	    {507, " (its disk is full)"},
	};
	const char *meaning = "";

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i].status == rp->status)
			meaning = known[i].meaning;
	if (rp->status >= 300 && rp->status < 400)
		meaning = " (a redirect is not followed: put its target into "
			  "url)";
	a->retry_after_s = rp->retry_after_s;
	return dest_answer(a, judge(rp->status), "%s: %s answered %d%s",
	    rq->url, rq->method, rp->status, meaning);
}

/* Does a request; DEST_DONE: some status came, else the answer is filled. */
static enum dest_result
ask(struct dest *d, const struct http_request *rq, struct http_reply *rp,
    struct dest_answer *a)
{
	struct server *own = d->own;
	struct why why;

	switch (http_do(own->http, rq, rp, &why)) {
	case HTTP_ANSWERED:
		return DEST_DONE;
	case HTTP_NETWORK:
		return dest_answer(a, DEST_LATER, "%s: %s", rq->url, why.text);
	case HTTP_REFUSED:
		return dest_answer(a, DEST_PAUSED, "%s: %s", rq->url, why.text);
	default:
		return dest_answer(a, DEST_NEVER, "%s", why.text);
	}
}

static bool
succeeded(const struct http_reply *rp)
{
	return rp->status >= 200 && rp->status < 300;
}

/* HEAD tells most; only what may be ours is read back whole. */
static enum dest_result
server_look(struct dest *d, const struct dest_item *item, struct dest_answer *a)
{
	const struct server *own = d->own;
	char *url = server_where(d, item->object);
	struct http_request rq = {"HEAD", url, own->bare, -1, 0};
	struct http_reply rp;
	enum dest_result r = ask(d, &rq, &rp, a);

	if (r == DEST_DONE && succeeded(&rp) &&
	    (rp.length < 0 || (uint64_t)rp.length == item->bytes)) {
		rq.method = "GET";
		r = ask(d, &rq, &rp, a);
	}
	if (r != DEST_DONE)
		;
	else if (rp.status == 404 || rp.status == 410)
		r = DEST_ABSENT;
	else if (!succeeded(&rp))
		r = refused(a, &rq, &rp);
	else if (strcmp(rq.method, "GET") != 0 || rp.bytes != item->bytes ||
		 strcmp(rp.sha256, item->sha256) != 0)
		r = dest_answer(a, DEST_NEVER,
		    "%s: something else of this name is there; not "
		    "overwritten",
		    url);
	free(url);
	return r;
}

/* Makes the collections above a URL; what is there answers 405. */
static void
make_parents(struct dest *d, const char *object)
{
	struct dest_answer unused;
	struct http_reply rp;

	for (const char *p = object; (p = strchr(p, '/')); p++) {
		char *part = util_strndup(object, (size_t)(p - object));
		char *bare = server_where(d, part);
		char *url = util_format("%s/", bare);
		struct http_request rq = {"MKCOL", url, NULL, -1, 0};

		(void)ask(d, &rq, &rp, &unused);
		free(url);
		free(bare);
		free(part);
	}
}

/* Sends the body; DEST_DONE: rp tells how it was received. */
static enum dest_result
send_body(struct dest *d, const struct dest_item *item, const char *url,
    const char *const *headers, struct http_reply *rp, struct dest_answer *a)
{
	struct http_request rq = {"PUT", url, headers, item->fd, item->bytes};
	enum dest_result r = ask(d, &rq, rp, a);

	if (r != DEST_DONE)
		return r;
	if (succeeded(rp) && strcmp(rp->sent_sha256, item->sha256) != 0)
		return dest_answer(
		    a, DEST_NEVER, "the file is not what its ticket says");
	return DEST_DONE;
}

/* The temporary name carries the content's hash: only ever one content. */
static char *
temporary_name(const struct dest_item *item)
{
	const char *slash = strrchr(item->object, '/');
	int dir = slash ? (int)(slash + 1 - item->object) : 0;

	return util_format(
	    "%.*s_upload-%.16s.part", dir, item->object, item->sha256);
}

static enum dest_result
move_into_place(
    struct dest *d, const char *from, const char *to, struct dest_answer *a)
{
	char *destination = util_format("Destination: %s", to);
	const char *headers[] = {destination, "Overwrite: F", NULL};
	struct http_request rq = {"MOVE", from, headers, -1, 0};
	struct http_reply rp;
	enum dest_result r = ask(d, &rq, &rp, a);

	free(destination);
	/*
	 * 412: the name is taken. 404: an earlier MOVE succeeded though its
	 * answer was lost. Either way the next look decides.
	 */
	if (r == DEST_DONE && !succeeded(&rp) && rp.status != 412 &&
	    rp.status != 404)
		return refused(a, &rq, &rp);
	return r;
}

static enum dest_result
server_drop(struct dest *d, const char *object, struct dest_answer *a)
{
	const struct server *own = d->own;
	char *url = server_where(d, object);
	struct http_request rq = {"DELETE", url, own->bare, -1, 0};
	struct http_reply rp;
	enum dest_result r = ask(d, &rq, &rp, a);

	if (r == DEST_DONE && !succeeded(&rp) && rp.status != 404)
		r = refused(a, &rq, &rp);
	free(url);
	return r;
}

static enum dest_result
webdav_put(struct dest *d, const struct dest_item *item, struct dest_answer *a)
{
	static const char *const headers[] = {
	    "Content-Type: audio/mpeg", "Expect:", NULL};
	char *temporary = temporary_name(item);
	char *from = server_where(d, temporary);
	char *to = server_where(d, item->object);
	struct http_request rq = {.method = "PUT", .url = from};
	struct dest_answer unused;
	struct http_reply rp;
	enum dest_result r = send_body(d, item, from, headers, &rp, a);

	/* A folder is missing: 409 by RFC 4918, 500 from nginx. */
	if (r == DEST_DONE && strchr(item->object, '/') &&
	    (rp.status == 404 || rp.status == 409 || rp.status == 500)) {
		make_parents(d, item->object);
		r = send_body(d, item, from, headers, &rp, a);
	}
	if (r == DEST_DONE)
		r = succeeded(&rp) ? move_into_place(d, from, to, a)
				   : refused(a, &rq, &rp);
	/* Gone after a MOVE; otherwise as the next attempt would leave it. */
	if (r == DEST_NEVER)
		(void)server_drop(d, temporary, &unused);
	free(to);
	free(from);
	free(temporary);
	return r;
}

static enum dest_result
plain_put(struct dest *d, const struct dest_item *item, struct dest_answer *a)
{
	static const char *const headers[] = {
	    "Content-Type: audio/mpeg", "If-None-Match: *", "Expect:", NULL};
	char *url = server_where(d, item->object);
	struct http_request rq = {.method = "PUT", .url = url};
	struct http_reply rp;
	enum dest_result r = send_body(d, item, url, headers, &rp, a);

	/* 412: it is there by now; the next look compares. */
	if (r == DEST_DONE && !succeeded(&rp) && rp.status != 412)
		r = refused(a, &rq, &rp);
	free(url);
	return r;
}

/*
 * Without "Expect:", for libcurl 7.88 signs an empty header wrongly. The hash
 * that is signed makes the server refuse any other content.
 */
static enum dest_result
s3_put(struct dest *d, const struct dest_item *item, struct dest_answer *a)
{
	char *url = server_where(d, item->object);
	char *hash = util_format("x-amz-content-sha256: %s", item->sha256);
	const char *headers[] = {
	    "Content-Type: audio/mpeg", "If-None-Match: *", hash, NULL};
	struct http_request rq = {.method = "PUT", .url = url};
	struct http_reply rp;
	enum dest_result r = send_body(d, item, url, headers, &rp, a);

	/* 409: another writer is at it; 412: it is there by now. */
	if (r == DEST_DONE && rp.status == 409)
		r = dest_answer(
		    a, DEST_LATER, "%s: written by another now", url);
	else if (r == DEST_DONE && rp.status == 404)
		r = dest_answer(a, DEST_PAUSED, "%s: no such bucket", url);
	else if (r == DEST_DONE && !succeeded(&rp) && rp.status != 412)
		r = refused(a, &rq, &rp);
	free(hash);
	free(url);
	return r;
}

const struct dest_kind dest_webdav = {"webdav", keys, server_open, server_close,
    server_look, webdav_put, server_drop, server_where};
const struct dest_kind dest_plain_http = {"http", keys, server_open,
    server_close, server_look, plain_put, server_drop, server_where};
const struct dest_kind dest_s3 = {"s3", s3_keys, s3_open, server_close,
    server_look, s3_put, server_drop, server_where};
