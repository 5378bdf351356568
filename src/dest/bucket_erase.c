/* SPDX-License-Identifier: ISC */
/*
 * Deletes a recording with all its versions. Amazon S3: "ListObjectVersions",
 * "DeleteObject"; Cloud Storage, XML API: "GET Bucket", "DELETE Object"; Azure
 * Storage: "Delete Blob", "List Blobs".
 */
#include "bucket_keep.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

/* The most versions, one request each; an answer has at most 4 kB. */
enum { VERSIONS_MAX = 10000 };

char *
bucket_encode(const char *object)
{
	struct buf b = {0};

	buf_percent(&b, object, "");
	return b.s;
}

/* The text of <name>...</name> between at and end, to be freed, or NULL. */
static char *
element(const char *at, const char *end, const char *name)
{
	char *open = text_format("<%s>", name);
	const char *from = strstr(at, open), *to = NULL;
	char *text = NULL;

	if (from && from < end) {
		from += strlen(open);
		to = strchr(from, '<');
	}
	if (to && to < end)
		text = text_ndup(from, (size_t)(to - from));
	free(open);
	return text;
}

/* Finds the first entry of a list of versions; false: the object has none. */
static bool
first_version(const struct http_reply *rp, const char *object, const char *name,
    char **version)
{
	const char *body = rp->body ? rp->body : "";
	const char *at = strstr(body, "<Version>"), *end = NULL;
	const char *marker = strstr(body, "<DeleteMarker>");
	char *key;
	bool is;

	*version = NULL;
	if (!at || (marker && marker < at))
		at = marker;
	if (at)
		end =
		    strstr(at, at == marker ? "</DeleteMarker>" : "</Version>");
	if (!end)
		return false;
	key = element(at, end, "Key");
	is = key && strcmp(key, object) == 0;
	if (is)
		*version = element(at, end, name);
	free(key);
	if (*version &&
	    (!**version ||
		strspn(*version, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "abcdefghijklmnopqrstuvwxyz"
				 "0123456789._-") != strlen(*version))) {
		free(*version);
		*version = NULL;
	}
	return is && *version;
}

static enum dest_result
kept(struct bucket *b, const char *object, const char *why,
    struct dest_answer *a)
{
	return dest_answer(a, DEST_TAKEN, "%s/%s: %s", b->web.url, object, why);
}

/* Until when the store keeps it, to be freed; NULL: not told. */
static char *
told_kept(struct bucket *b, const char *object, const char *query)
{
	struct bucket_ask ask = {
	    .method = "HEAD", .object = object, .query = query};
	struct dest_answer unused = DEST_ANSWER_NONE;
	struct http_reply rp;
	char *text = NULL;

	if (bucket_ask(b, &ask, &rp, &unused) == CLOUD_DONE)
		text = bucket_kept_text(b, &rp);
	http_reply_free(&rp);
	return text;
}

/* One DELETE request; *rp may be NULL. */
static enum dest_result
delete_one(struct bucket *b, const char *object, const char *query,
    const char *const *headers, struct http_reply *out, struct dest_answer *a)
{
	struct bucket_ask ask = {.method = "DELETE",
	    .object = object,
	    .query = query,
	    .headers = headers};
	struct http_reply rp;
	enum cloud_verdict v = bucket_ask(b, &ask, &rp, a);
	enum dest_result r = bucket_result(v);

	if (v == CLOUD_ABSENT)
		r = DEST_DONE;
	/* S3 tells of no right to delete what is locked. */
	if (v == CLOUD_KEPT || v == CLOUD_TAKEN ||
	    (v == CLOUD_PAUSED && rp.status == 403)) {
		char *until = told_kept(b, object, query);

		if (until)
			r = kept(b, object, until, a);
		else if (v != CLOUD_PAUSED)
			r = kept(b, object,
			    "a retention policy or a hold keeps it", a);
		free(until);
	}
	if (out)
		*out = rp;
	else
		http_reply_free(&rp);
	return r;
}

/*
 * A login that may not list versions learns only from the answer that there is
 * one. A locked version would only get a delete marker above it, so the
 * retention is asked for first.
 */
static enum dest_result
delete_plainly(struct bucket *b, const char *object, struct dest_answer *a)
{
	char *until = told_kept(b, object, NULL);
	struct http_reply rp;
	enum dest_result r;
	const char *marker;

	if (until) {
		r = kept(b, object, until, a);
		free(until);
		return r;
	}
	r = delete_one(b, object, NULL, NULL, &rp, a);
	marker = http_reply_header(&rp, "x-amz-delete-marker");
	if (r == DEST_DONE && marker && strcmp(marker, "true") == 0)
		r = kept(b, object,
		    "deleted, but the bucket keeps it as an older version, and "
		    "this login may not list versions",
		    a);
	http_reply_free(&rp);
	return r;
}

/* S3 and Cloud Storage: one version after the other, until none is left. */
static enum dest_result
delete_versions(struct bucket *b, const char *object, struct dest_answer *a)
{
	bool s3 = b->dialect->service == CLOUD_S3;
	char *prefix = bucket_encode(object);
	char *query = text_format("max-keys=2&prefix=%s&versions=", prefix);
	struct bucket_ask ask = {.method = "GET", .query = query};
	enum dest_result r = DEST_DONE;
	bool more = true;

	for (int i = 0; more && r == DEST_DONE && i < VERSIONS_MAX; i++) {
		struct dest_answer unused = DEST_ANSWER_NONE;
		struct http_reply rp;
		char *version = NULL, *which;

		if (bucket_ask(b, &ask, &rp, &unused) != CLOUD_DONE) {
			r = delete_plainly(b, object, a);
			more = false;
		} else if (!first_version(&rp, object,
			       s3 ? "VersionId" : "Generation", &version)) {
			/*
			 * A server without versions may not support the list.
			 * With versions, a plain DELETE would only add a
			 * marker.
			 */
			if (i == 0 && !(rp.body && strstr(rp.body,
						       "<ListVersionsResult")))
				r = delete_plainly(b, object, a);
			more = false;
		} else {
			which = text_format(
			    s3 ? "versionId=%s" : "generation=%s", version);
			r = delete_one(b, object, which, NULL, NULL, a);
			free(which);
		}
		free(version);
		http_reply_free(&rp);
	}
	free(query);
	free(prefix);
	return r;
}

/* Deletes a blob with its snapshots, and reports what soft delete or versioning
 * keeps. */
static enum dest_result
delete_blob(struct bucket *b, const char *object, struct dest_answer *a)
{
	static const char *const with[] = {
	    "x-ms-delete-snapshots: include", NULL};
	char *prefix = bucket_encode(object),
	     *name = text_format("<Name>%s<", object);
	char *query = text_format("comp=list&include=versions&maxresults=2&"
				  "prefix=%s&restype=container",
	    prefix);
	struct bucket_ask list = {.method = "GET", .query = query};
	struct dest_answer unused = DEST_ANSWER_NONE;
	struct http_reply rp, left = {0};
	enum dest_result r = delete_one(b, object, NULL, with, &rp, a);
	const char *gone = http_reply_header(&rp, "x-ms-delete-type-permanent");

	if (r == DEST_DONE && gone && strcmp(gone, "false") == 0)
		r = kept(b, object,
		    "deleted, but soft delete keeps it for its days of "
		    "retention",
		    a);
	if (r == DEST_DONE &&
	    bucket_ask(b, &list, &left, &unused) == CLOUD_DONE && left.body &&
	    strstr(left.body, name))
		r = kept(b, object,
		    "deleted, but the container keeps it as an older version",
		    a);
	http_reply_free(&left);
	http_reply_free(&rp);
	free(query);
	free(name);
	free(prefix);
	return r;
}

enum dest_result
bucket_erase(
    struct dest *d, const struct dest_item *item, struct dest_answer *a)
{
	struct bucket *b = d->own;

	return b->dialect->service == CLOUD_AZURE
		   ? delete_blob(b, item->object, a)
		   : delete_versions(b, item->object, a);
}
