/* SPDX-License-Identifier: ISC */
#include "dest_s3.h"

#include <stdlib.h>
#include <string.h>

#include "web.h"

struct s3 {
	struct web web;
	char *sigv4;
};

/* The SHA-256 of nothing: S3 wants one of every body. */
static const char *const bare[] = {
    "x-amz-content-sha256: "
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    NULL};

static const char *const keys[] = {
    "url", "region", "access_key", "secret_key_file", "secret_key_env", NULL};

static int
s3_open(struct dest *d, const struct doc *doc, const struct doc_section *s,
    struct why *why)
{
	const struct doc_key *region = doc_key(s, "region");
	struct s3 *own = d->own = util_alloc(sizeof *own);

	if (web_open(&own->web, d, doc, s, "access_key", "secret_key", why))
		return -1;
	if (!own->web.user)
		return doc_error(
		    doc, s->line, why, "[%s]: access_key is missing", s->name);
	if (!region || util_id_fault(region->value))
		return doc_error(doc, region ? region->line : s->line, why,
		    "[%s]: region is missing or no name", s->name);
	own->sigv4 = util_format("aws:amz:%s:s3", region->value);
	own->web.settings.sigv4 = own->sigv4;
	own->web.bare = bare;
	d->exclusive = DEST_UNSURE;
	return 0;
}

static void
s3_close(struct dest *d)
{
	struct s3 *own = d->own;

	if (!own)
		return;
	web_close(&own->web);
	free(own->sigv4);
	free(own);
}

static char *
s3_where(const struct dest *d, const char *object)
{
	const struct s3 *own = d->own;

	return web_url(&own->web, object);
}

static enum dest_result
s3_look(struct dest *d, const struct dest_item *item, struct dest_answer *a)
{
	struct s3 *own = d->own;

	return web_look(&own->web, item, a);
}

/*
 * Without "Expect:", for libcurl 7.88 signs an empty header wrongly. The hash
 * that is signed makes the server refuse any other content: 200 proves it.
 */
static enum dest_result
s3_put(struct dest *d, const struct dest_item *item, struct dest_answer *a)
{
	struct s3 *own = d->own;
	char *url = s3_where(d, item->object);
	char *hash = util_format("x-amz-content-sha256: %s", item->sha256);
	const char *headers[] = {"If-None-Match: *", hash, NULL};
	struct http_request rq = {.method = "PUT", .url = url};
	struct http_reply rp;
	enum dest_result r = web_put(&own->web, item, url, headers, &rp, a);

	if (r != DEST_DONE)
		;
	else if (web_succeeded(&rp))
		r = DEST_PROVEN;
	else if (rp.status == 412)
		r = DEST_TAKEN;
	else if (rp.status == 409) /* another writer is at it */
		r = dest_answer(
		    a, DEST_LATER, "%s: written by another now", url);
	else if (rp.status == 404)
		r = dest_answer(a, DEST_PAUSED, "%s: no such bucket", url);
	else
		r = web_refused(a, &rq, &rp);
	http_reply_free(&rp);
	free(hash);
	free(url);
	return r;
}

static enum dest_result
s3_drop(struct dest *d, const char *object, struct dest_answer *a)
{
	struct s3 *own = d->own;

	return web_drop(&own->web, object, a);
}

const struct dest_kind dest_s3 = {.type = "s3",
    .keys = keys,
    .open = s3_open,
    .close = s3_close,
    .look = s3_look,
    .put = s3_put,
    .drop = s3_drop,
    .where = s3_where,
    .traits = DEST_NETWORK | DEST_OBJECTS};
