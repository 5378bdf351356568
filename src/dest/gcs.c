/* SPDX-License-Identifier: ISC */
/*
 * type = gcs: Google Cloud Storage by its XML API, as a service account (OAuth
 * 2.0 with a signed token, RFC 7523) or with an HMAC key (V4 signing). PUT with
 * "x-goog-if-generation-match: 0" and x-goog-hash, which the server checks,
 * stores and reports.
 */
#include "kinds.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bucket_keep.h"
#include "bucket_test.h"
#include "json.h"
#include "jwt.h"
#include "mem.h"
#include "text.h"
#include "when.h"

#define SCOPE "https://www.googleapis.com/auth/devstorage.read_write"
/* To change what is known about an object: "objects.patch". */
#define FULL_SCOPE "https://www.googleapis.com/auth/devstorage.full_control"
#define GRANT      "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"
/* A token is renewed this time before it expires. */
#define MARGIN_S 120

struct gcs {
	struct bucket bucket;
	char *email, *pem, *token_url; /* of a service account, else NULL */
	bool keeps;
	pthread_mutex_t lock;
	char *token;
	unsigned number;      /* of the token, from 1 */
	int64_t token_ends_s; /* by the server's clock */
};

static const char *const keys[] = {"url", "service_account_file",
    "service_account_env", "access_key", "secret_key_file", "secret_key_env",
    NULL};

static char *
make_claims(const struct gcs *own, int64_t now_s)
{
	struct json *j = json_new();
	char *text;

	json_set_text(j, "iss", own->email);
	json_set_text(j, "scope", own->keeps ? FULL_SCOPE : SCOPE);
	json_set_text(j, "aud", own->token_url);
	json_set_number(j, "iat", now_s);
	json_set_number(j, "exp", now_s + 3600);
	text = json_write(j);
	json_free(j);
	return text;
}

/* Reads the answer of the token server: RFC 6749, sections 5.1 and 5.2. */
static enum dest_result
take_gcs_token(struct gcs *own, const struct http_reply *rp, int64_t now_s,
    struct dest_answer *a)
{
	struct json *j = json_parse(rp->body, rp->body_len);
	const char *token = json_text(j, "access_token");
	const char *error = json_text(j, "error");
	const char *more = json_text(j, "error_description");
	int64_t life_s = json_number(j, "expires_in");
	enum dest_result r = DEST_DONE;

	if (web_succeeded(rp) && token && !strpbrk(token, "\r\n ")) {
		dest_forget(own->token);
		own->token = text_dup(token);
		own->number++;
		own->token_ends_s = now_s + (life_s > 0 ? life_s : 3600);
	} else {
		r = web_judge(rp->status);
		a->retry_after_s = rp->retry_after_s;
		(void)dest_answer(a, r == DEST_LATER ? r : DEST_PAUSED,
		    "%s answered %d %.40s%s%.120s (is the service account's "
		    "key still valid?)",
		    own->token_url, rp->status, error ? error : "",
		    more ? ": " : "", more ? more : "");
		r = r == DEST_LATER ? r : DEST_PAUSED;
	}
	json_free(j);
	return r;
}

/* Its texts come from the server. */
static void
make_printable(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || (unsigned char)*s > '~')
			*s = '?';
}

static enum dest_result
fetch_token(struct gcs *own, int64_t now_s, struct http_reply *rp,
    struct dest_answer *a)
{
	static const char *const headers[] = {
	    "Content-Type: application/x-www-form-urlencoded", NULL};
	char *claims = make_claims(own, now_s);
	struct why why;
	char *jwt = jwt_rs256(own->pem, claims, &why);
	char *body =
	    jwt ? text_format("grant_type=%s&assertion=%s", GRANT, jwt) : NULL;
	struct http_request rq = {.method = "POST",
	    .url = own->token_url,
	    .headers = headers,
	    .body_fd = -1,
	    .body = body,
	    .body_len = body ? strlen(body) : 0,
	    .keep = 8192,
	    .anonymous = true};
	enum dest_result r = DEST_PAUSED;

	*rp = (struct http_reply){.date_us = -1};
	if (!jwt)
		(void)dest_answer(a, r, "service_account: %s", why.text);
	else
		r = web_ask(&own->bucket.web, &rq, rp, a);
	dest_forget(body);
	dest_forget(jwt);
	free(claims);
	return r;
}

/*
 * The claim may have failed because of our clock: once more with the server's.
 */
static enum dest_result
renew(struct gcs *own, int64_t now_s, struct dest_answer *a)
{
	struct http_reply rp;
	enum dest_result r = fetch_token(own, now_s, &rp, a);

	if (r == DEST_DONE && !web_succeeded(&rp) &&
	    bucket_correct_clock(&own->bucket, &rp)) {
		http_reply_free(&rp);
		now_s = (int64_t)time(NULL) + own->bucket.skew_s;
		r = fetch_token(own, now_s, &rp, a);
	}
	if (r == DEST_DONE)
		r = take_gcs_token(own, &rp, now_s, a);
	if (r != DEST_DONE)
		make_printable(a->why.text);
	http_reply_free(&rp);
	return r;
}

/* If several threads need the token, one fetches it and the others wait. */
static enum dest_result
bearer(struct gcs *own, struct bucket_request *rq, int64_t now_s,
    unsigned *token, struct dest_answer *a)
{
	enum dest_result r = DEST_DONE;

	(void)pthread_mutex_lock(&own->lock);
	if (!own->token || *token == own->number ||
	    now_s + MARGIN_S >= own->token_ends_s)
		r = renew(own, now_s, a);
	*token = own->number;
	if (r == DEST_DONE)
		bucket_header(
		    &rq->headers, "Authorization: Bearer %s", own->token);
	(void)pthread_mutex_unlock(&own->lock);
	return r;
}

static enum dest_result
gcs_authorize(struct bucket *b, struct bucket_request *rq, int64_t now_s,
    unsigned *token, struct dest_answer *a)
{
	struct gcs *own = (struct gcs *)b;

	if (own->pem)
		return bearer(own, rq, now_s, token, a);
	/* libcurl signs, see s3.c. */
	bucket_header(&rq->headers, "x-goog-content-sha256: %s",
	    rq->item ? rq->item->sha256 : BUCKET_NOTHING_SHA256);
	if (bucket_must_sign(b, rq))
		bucket_sign(b, rq,
		    rq->item ? rq->item->sha256 : BUCKET_NOTHING_SHA256, now_s);
	return DEST_DONE;
}

static int
gcs_creating(const struct bucket *b, struct bucket_headers *h,
    const struct dest_item *item, struct bucket_sums *sums)
{
	(void)b;
	if (bucket_sums(sums, item) != 0)
		return -1;
	bucket_header(h, "x-goog-if-generation-match: 0");
	bucket_header(
	    h, "x-goog-hash: crc32c=%s,md5=%s", sums->crc32c, sums->md5);
	return 0;
}

/* Holds are not known to the XML interface: see gcs_protect(). */
static void
gcs_keeping(struct bucket_headers *h, const struct keep *keep)
{
	char until[WHEN_SIZE];

	if (keep->until_us == 0)
		return;
	bucket_header(h, "x-goog-object-lock-mode: %s",
	    keep->compliance ? "COMPLIANCE" : "GOVERNANCE");
	bucket_header(h, "x-goog-object-lock-retain-until-date: %s",
	    when_text(keep->until_us, until));
}

/* What is below the bucket's resource in the JSON interface; to be freed. */
static char *
json_url(const struct gcs *own, const char *below)
{
	const char *url = own->bucket.web.url;
	const char *name = strrchr(url, '/');
	size_t host = strcspn(strstr(url, "://") + 3, "/") +
		      (size_t)(strstr(url, "://") + 3 - url);

	return text_format(
	    "%.*s/storage/v1/b/%s%s", (int)host, url, name + 1, below);
}

static enum dest_result
gcs_protect(
    struct bucket *b, const struct dest_item *item, struct dest_answer *a)
{
	const struct gcs *own = (const struct gcs *)b;
	struct bucket_ask ask = {.method = "PATCH", .object = item->object};
	char until[WHEN_SIZE], *object, *below, *text;
	struct json *j;
	enum dest_result r;

	/* An HMAC key cannot change what is there. */
	if (!own->pem)
		return DEST_TAKEN;
	j = json_new();
	if (item->keep.until_us > 0) {
		json_set_text(j, "retention.mode",
		    item->keep.compliance ? "Locked" : "Unlocked");
		json_set_text(j, "retention.retainUntilTime",
		    when_text(item->keep.until_us, until));
	}
	if (item->keep.hold)
		json_set_yes(j, "temporaryHold", true);
	text = json_write(j);
	object = bucket_encode(item->object);
	below = text_format("/o/%s", object);
	ask.url = json_url(own, below);
	r = bucket_change(b, ask, text, "application/json", a);
	free(ask.url);
	free(below);
	free(object);
	free(text);
	json_free(j);
	return r;
}

static bool
told_hash(const struct http_reply *rp, const char *kind, char *out, size_t size)
{
	const char *line = NULL;

	while ((line = http_reply_header_next(rp, "x-goog-hash", line)))
		if (cloud_goog_hash(line, kind, out, size))
			return true;
	return false;
}

/* A composite object has no MD5. */
static enum bucket_match
gcs_compare(struct bucket *b, const struct http_reply *rp, bool put,
    const struct dest_item *item, struct bucket_sums *sums)
{
	char md5[32], crc32c[16];
	bool has_md5 = told_hash(rp, "md5", md5, sizeof md5);
	bool has_crc = told_hash(rp, "crc32c", crc32c, sizeof crc32c);

	(void)b, (void)put;
	if (!has_md5 || bucket_sums(sums, item) != 0)
		return BUCKET_UNSURE;
	if (strcmp(md5, sums->md5) != 0 ||
	    (has_crc && strcmp(crc32c, sums->crc32c) != 0))
		return BUCKET_OTHER;
	return BUCKET_SAME;
}

static const struct bucket_dialect dialect = {.service = CLOUD_GCS,
    .place = "bucket",
    .authorize = gcs_authorize,
    .creating = gcs_creating,
    .compare = gcs_compare,
    .keeping = gcs_keeping,
    .protect = gcs_protect,
    .kept_until = "x-goog-object-lock-retain-until-date",
    .mode = "x-goog-object-lock-mode",
    .mode_fixed = "COMPLIANCE",
    .keep_rights = "storage.objects.setRetention, and storage.objects.update",
    .clocked = true};

/* The JSON file that the console makes for a service account. */
static int
read_account(struct gcs *own, const struct doc *doc,
    const struct doc_section *s, const char *text, struct why *why)
{
	struct json *j = json_parse(text, strlen(text));
	const char *url = json_text(j, "token_uri");
	struct why inner;
	int status = 0;

	own->email = text_dup(json_text(j, "client_email"));
	own->pem = text_dup(json_text(j, "private_key"));
	own->token_url =
	    text_dup(url ? url : "https://oauth2.googleapis.com/token");
	if (!own->email || !own->pem)
		status = doc_error(doc, s->line, why,
		    "[%s]: service_account: not the JSON key of a service "
		    "account (client_email, private_key)",
		    s->name);
	else if (jwt_check(own->pem, &inner) != 0)
		status = doc_error(doc, s->line, why,
		    "[%s]: service_account: private_key: %s", s->name,
		    inner.text);
	else if (web_url_fault(own->token_url))
		status = doc_error(doc, s->line, why,
		    "[%s]: service_account: token_uri: %s", s->name,
		    web_url_fault(own->token_url));
	json_free(j);
	return status;
}

static int
gcs_open(struct dest *d, const struct doc *doc, const struct doc_section *s,
    struct why *why)
{
	struct gcs *own = d->own = mem_alloc(sizeof *own);
	struct web *web = &own->bucket.web;
	char *account = NULL;
	int status;

	(void)pthread_mutex_init(&own->lock, NULL);
	own->bucket.dialect = &dialect;
	d->exclusive = DEST_EXCLUSIVE;
	if (web_open(web, d, doc, s, "access_key", "secret_key", why) != 0 ||
	    dest_secret(doc, s, "service_account", &account, why) != 0)
		return -1;
	if (!account == !web->user) {
		dest_forget(account);
		return doc_error(doc, s->line, why,
		    "[%s]: needs either service_account_file or access_key",
		    s->name);
	}
	if (web->user && d->keep.hold)
		return doc_error(doc, s->line, why,
		    "[%s]: legal_hold needs service_account_file: an HMAC key "
		    "cannot set holds",
		    s->name);
	own->keeps = keep_is_set(&d->keep);
	web->settings.sigv4 = "goog:goog:auto:storage";
	status = account ? read_account(own, doc, s, account, why) : 0;
	dest_forget(account);
	return status;
}

static void
gcs_close(struct dest *d)
{
	struct gcs *own = d->own;

	if (!own)
		return;
	web_close(&own->bucket.web);
	(void)pthread_mutex_destroy(&own->lock);
	dest_forget(own->token);
	dest_forget(own->pem);
	free(own->email);
	free(own->token_url);
	free(own);
}

/* Requests the bucket, or a resource below it, from the JSON API, which does
 * not support HMAC keys; NULL: unknown. */
static struct json *
ask_bucket(struct gcs *own, const char *below)
{
	struct bucket_ask ask = {.method = "GET"};
	struct dest_answer unused = {.retry_after_s = -1};
	struct http_reply rp = {0};
	struct json *j = NULL;

	ask.url = json_url(own, below);
	if (bucket_ask(&own->bucket, &ask, &rp, &unused) == CLOUD_DONE)
		j = json_parse(rp.body, rp.body_len);
	http_reply_free(&rp);
	free(ask.url);
	return j;
}

/* Only rights that the API reports; others show when they are used. */
static void
tell_permissions(struct gcs *own, struct findings *f)
{
	static const char *const names[RIGHTS] = {
	    [RIGHT_WRITE] = "storage.objects.create",
	    [RIGHT_READ] = "storage.objects.get",
	    [RIGHT_LIST] = "storage.objects.list",
	    [RIGHT_DELETE] = "storage.objects.delete"};
	struct json *j = ask_bucket(own,
	    "/iam/testPermissions?permissions=storage.objects.create"
	    "&permissions=storage.objects.delete"
	    "&permissions=storage.objects.get"
	    "&permissions=storage.objects.list");
	char path[40];

	for (size_t right = 0; j && right < RIGHTS; right++) {
		bool has = false;

		for (size_t i = 0; i < json_count(j, "permissions"); i++) {
			const char *name;

			(void)snprintf(path, sizeof path, "permissions.%zu", i);
			name = json_text(j, path);
			has = has || (name && strcmp(name, names[right]) == 0);
		}
		findings_right(f, right, has ? MAY : MAY_NOT, "%s%s",
		    has ? "" : "the account needs ", has ? "" : names[right]);
	}
	json_free(j);
}

static void
tell_gcs_retention(const struct json *j, struct findings *f)
{
	int64_t period_s = json_number(j, "retentionPolicy.retentionPeriod");
	int64_t soft_s;

	if (!j)
		findings_tell(f, "retention",
		    "unknown: this login has no right to read it "
		    "(storage.buckets.get)");
	else if (period_s > 0)
		findings_tell(f, "retention", "%lld s%s", (long long)period_s,
		    json_yes(j, "retentionPolicy.isLocked") ? ", locked" : "");
	else
		findings_tell(f, "retention", "none");
	if (!j)
		return;
	findings_tell(f, "versioning", "%s",
	    json_yes(j, "versioning.enabled") ? "enabled" : "none");
	findings_tell(f, "lifecycle", "%s",
	    json_count(j, "lifecycle.rule") > 0
		? "has rules, which may delete recordings"
		: "none");
	soft_s = json_number(j, "softDeletePolicy.retentionDurationSeconds");
	if (soft_s > 0)
		findings_tell(f, "soft_delete",
		    "what is deleted can be restored for %lld s",
		    (long long)soft_s);
	else
		findings_tell(f, "soft_delete", "none");
}

/* The list is sorted by name: the object itself comes first. */
static bool
soft_deleted(const struct json *j, const char *object)
{
	const char *name = json_text(j, "items.0.name");

	return name && strcmp(name, object) == 0;
}

/* As above, and reports what soft delete keeps; an HMAC key cannot see this. */
static enum dest_result
gcs_erase(struct dest *d, const struct dest_item *item, struct dest_answer *a)
{
	struct gcs *own = d->own;
	enum dest_result r = bucket_erase(d, item, a);
	char *prefix, *below, *where;
	struct json *j;

	if (r != DEST_DONE || !own->pem)
		return r;
	prefix = bucket_encode(item->object);
	below = text_format("/o?fields=items(name)&maxResults=1&prefix=%s"
			    "&softDeleted=true",
	    prefix);
	where = bucket_where(d, item->object);
	j = ask_bucket(own, below);
	if (!j)
		r = dest_answer(a, DEST_TAKEN,
		    "%s: deleted, but this login may not ask whether soft "
		    "delete keeps it (storage.objects.list)",
		    where);
	else if (soft_deleted(j, item->object))
		r = dest_answer(a, DEST_TAKEN,
		    "%s: deleted, but soft delete keeps it for its time of "
		    "retention",
		    where);
	json_free(j);
	free(where);
	free(below);
	free(prefix);
	return r;
}

static enum dest_result
gcs_test(struct dest *d, struct findings *f, struct dest_answer *a)
{
	struct gcs *own = d->own;
	struct json *j = NULL;
	enum findings_may can;
	const char *mode;

	bucket_tell_common(d, "list-type=2&max-keys=1", "Cloud Storage", f);
	if (own->pem) {
		tell_permissions(own, f);
		j = ask_bucket(own,
		    "?fields=lifecycle,objectRetention,retentionPolicy,"
		    "softDeletePolicy,versioning");
	}
	tell_gcs_retention(j, f);
	mode = json_text(j, "objectRetention.mode");
	can = !j                                     ? MAY_BE
	      : d->keep.count == 0                   ? MAY
	      : mode && strcmp(mode, "Enabled") == 0 ? MAY
						     : MAY_NOT;
	json_free(j);
	return bucket_keep_test(d, can,
	    can == MAY_BE ? "unknown: this login has no right to read it "
			    "(storage.buckets.get)"
			  : "object retention is not enabled",
	    f, a);
}

const struct dest_kind dest_gcs = {.type = "gcs",
    .keys = keys,
    .open = gcs_open,
    .close = gcs_close,
    .look = bucket_look,
    .put = bucket_put,
    .drop = bucket_drop,
    .erase = gcs_erase,
    .where = bucket_where,
    .traits = DEST_NETWORK | DEST_OBJECTS | DEST_UTF8 | DEST_KEEPS,
    .test = gcs_test,
    .examine = bucket_examine};
