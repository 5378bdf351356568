/* SPDX-License-Identifier: ISC */
/*
 * type = s3: Amazon S3 and compatible servers; PUT with "If-None-Match: *",
 * signed with AWS Signature Version 4 over the content's SHA-256, so that the
 * server refuses any other content. The copy is compared by the checksum that
 * the server has, else by an ETag that is an MD5, else by reading it back.
 */
#include "kinds.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base64.h"
#include "bucket_keep.h"
#include "bucket_test.h"
#include "io.h"
#include "mem.h"
#include "num.h"
#include "text.h"
#include "when.h"

struct s3 {
	struct bucket bucket;
	char *sigv4;
	char *session_token; /* of temporary credentials, or NULL */
};

static const char *const keys[] = {"url", "region", "access_key",
    "access_key_file", "access_key_env", "secret_key_file", "secret_key_env",
    "session_token_file", "session_token_env", NULL};

/* libcurl signs. 7.88 needs the hash, no empty header such as "Expect:", and a
 * query with sorted names, each with '='. */
static enum dest_result
s3_authorize(struct bucket *b, struct bucket_request *rq, int64_t now_s,
    unsigned *token, struct dest_answer *a)
{
	const struct s3 *own = (const struct s3 *)b;

	(void)token, (void)a;
	bucket_header(&rq->headers, "x-amz-content-sha256: %s",
	    rq->item ? rq->item->sha256 : BUCKET_NOTHING_SHA256);
	if (strcmp(rq->method, "HEAD") == 0)
		bucket_header(&rq->headers, "x-amz-checksum-mode: ENABLED");
	if (own->session_token)
		bucket_header(&rq->headers, "x-amz-security-token: %s",
		    own->session_token);
	if (bucket_must_sign(b, rq))
		bucket_sign(b, rq,
		    rq->item ? rq->item->sha256 : BUCKET_NOTHING_SHA256, now_s);
	return DEST_DONE;
}

/* The checksum is stored with the object, if the server supports it. */
static int
s3_creating(const struct bucket *b, struct bucket_headers *h,
    const struct dest_item *item, struct bucket_sums *sums)
{
	char *sum = base64_of_hex(item->sha256);

	/* Object Lock wants a hash of the body; not every server knows SHA-256
	   in this place. */
	if (bucket_keeps(item)) {
		if (bucket_sums(sums, item) != 0) {
			free(sum);
			return -1;
		}
		bucket_header(h, "Content-MD5: %s", sums->md5);
	}
	if (!b->overwrites)
		bucket_header(h, "If-None-Match: *");
	if (sum)
		bucket_header(h, "x-amz-checksum-sha256: %s", sum);
	free(sum);
	return 0;
}

static const char *
mode_of(const struct keep *keep)
{
	return keep->compliance ? "COMPLIANCE" : "GOVERNANCE";
}

static void
s3_keeping(struct bucket_headers *h, const struct keep *keep)
{
	char until[WHEN_SIZE];

	if (keep->until_us > 0) {
		bucket_header(h, "x-amz-object-lock-mode: %s", mode_of(keep));
		bucket_header(h, "x-amz-object-lock-retain-until-date: %s",
		    when_text(keep->until_us, until));
	}
	if (keep->hold)
		bucket_header(h, "x-amz-object-lock-legal-hold: ON");
}

/* MAY, MAY_NOT with because, or MAY_BE with why it is not known. */
static enum findings_may
can_keep(struct bucket *b, const char **because)
{
	char word[32];

	switch (bucket_element(b, "object-lock=", "ObjectLockConfiguration",
	    "ObjectLockEnabled", word, sizeof word)) {
	case CLOUD_DONE:
		*because = "Object Lock is not enabled";
		return strcmp(word, "Enabled") == 0 ? MAY : MAY_NOT;
	case CLOUD_ABSENT:
		*because = "Object Lock is not enabled";
		return MAY_NOT;
	case CLOUD_NEVER:
		*because = "the server does not support Object Lock";
		return MAY_NOT;
	default:
		*because = "unknown: this key has no right to read it "
			   "(s3:GetBucketObjectLockConfiguration)";
		return MAY_BE;
	}
}

/*
 * A server that does not know the query would take the text for the object
 * itself: only one that says that it has Object Lock is asked.
 */
static enum dest_result
s3_protect(
    struct bucket *b, const struct dest_item *item, struct dest_answer *a)
{
	struct bucket_ask ask = {.method = "PUT", .object = item->object};
	enum dest_result r = DEST_DONE;
	char until[WHEN_SIZE], *text;
	const char *because;

	if (can_keep(b, &because) != MAY)
		return dest_answer(a, DEST_PAUSED,
		    "%s/%s: exists, but is not kept as required: %s",
		    b->web.url, item->object, because);
	if (item->keep.until_us > 0) {
		ask.query = "retention=";
		text = text_format("<Retention><Mode>%s</Mode>"
				   "<RetainUntilDate>%s</RetainUntilDate>"
				   "</Retention>",
		    mode_of(&item->keep),
		    when_text(item->keep.until_us, until));
		r = bucket_change(b, ask, text, "application/xml", a);
		free(text);
	}
	ask.query = "legal-hold=";
	if (r == DEST_DONE && item->keep.hold)
		r = bucket_change(b, ask,
		    "<LegalHold><Status>ON</Status></LegalHold>",
		    "application/xml", a);
	return r;
}

/* An ETag is the MD5, unless the object was made of parts or by some kinds of
 * encryption. */
static bool
is_md5(const struct http_reply *rp, const char *etag)
{
	const char *how = http_reply_header(rp, "x-amz-server-side-encryption");

	return etag && strlen(etag) == 34 &&
	       strspn(etag + 1, "0123456789abcdefABCDEF") == 32 &&
	       (!how || !strstr(how, "kms")) &&
	       !http_reply_header(
		   rp, "x-amz-server-side-encryption-customer-algorithm");
}

/*
 * Some compatible servers accept any content. One byte is sent whose hash is
 * not the signed one. If that is refused, a successful put is proof; otherwise
 * the object is looked at.
 */
static enum bucket_checks
ask_whether_it_checks(struct bucket *b)
{
	struct dest_item item = {.object = "rectools-probe-hash",
	    .fd = memfd_create("probe", MFD_CLOEXEC),
	    .bytes = 1,
	    .sha256 = BUCKET_NOTHING_SHA256,
	    .content_type = "text/plain"};
	struct bucket_ask ask = {.method = "PUT",
	    .object = item.object,
	    .item = &item,
	    .as_is = true};
	struct dest_answer unused = {.retry_after_s = -1};
	enum bucket_checks checks = CHECKS_UNKNOWN;
	struct http_reply rp = {0};

	if (item.fd >= 0 && io_write(item.fd, "?", 1) == 0) {
		if (bucket_ask(b, &ask, &rp, &unused) == CLOUD_DONE)
			checks = CHECKS_NOT;
		else if (rp.status == 400)
			checks = CHECKS;
		http_reply_free(&rp);
	}
	if (checks == CHECKS_NOT) {
		ask = (struct bucket_ask){
		    .method = "DELETE", .object = item.object};
		(void)bucket_ask(b, &ask, &rp, &unused);
		http_reply_free(&rp);
	}
	if (item.fd >= 0)
		(void)close(item.fd);
	return checks;
}

static void
find_out(struct bucket *b)
{
	int unknown = CHECKS_UNKNOWN;

	if (atomic_compare_exchange_strong(&b->checks, &unknown, CHECKS_ASKED))
		b->checks = ask_whether_it_checks(b);
}

static enum bucket_match
s3_compare(struct bucket *b, const struct http_reply *rp, bool put,
    const struct dest_item *item, struct bucket_sums *sums)
{
	const char *kept = http_reply_header(rp, "x-amz-checksum-sha256");
	const char *etag = http_reply_header(rp, "etag");
	char *sum;
	bool same;

	/* "...-3" would be a checksum of checksums. */
	if (kept && !strchr(kept, '-')) {
		sum = base64_of_hex(item->sha256);
		same = sum && strcmp(kept, sum) == 0;
		free(sum);
		return same ? BUCKET_SAME : BUCKET_OTHER;
	}
	if (put) {
		find_out(b);
		/* The server accepts only the signed content. */
		return b->checks == CHECKS ? BUCKET_SAME : BUCKET_UNSURE;
	}
	if (is_md5(rp, etag) && bucket_sums(sums, item) == 0 &&
	    strncasecmp(etag + 1, sums->md5_hex, 32) == 0)
		return BUCKET_SAME;
	return BUCKET_UNSURE;
}

static void
s3_hint(const struct bucket *b, const struct http_reply *rp, char *text,
    size_t size)
{
	const char *told = http_reply_header(rp, "x-amz-bucket-region");
	char region[64];

	(void)b;
	if (told && !text_id_fault(told))
		(void)snprintf(region, sizeof region, "%s", told);
	else if (!rp->body || !cloud_element(rp->body, rp->body_len, "Region",
				  region, sizeof region))
		return;
	(void)snprintf(text, size,
	    "wrong region or url: the bucket is in region = %s", region);
}

static const struct bucket_dialect dialect = {.service = CLOUD_S3,
    .place = "bucket",
    .authorize = s3_authorize,
    .creating = s3_creating,
    .compare = s3_compare,
    .hint = s3_hint,
    .keeping = s3_keeping,
    .protect = s3_protect,
    .kept_until = "x-amz-object-lock-retain-until-date",
    .mode = "x-amz-object-lock-mode",
    .mode_fixed = "COMPLIANCE",
    .held = "x-amz-object-lock-legal-hold",
    .held_yes = "ON",
    .keep_rights = "s3:PutObjectRetention, s3:GetObjectRetention, "
		   "s3:PutObjectLegalHold and s3:GetObjectLegalHold",
    .clocked = true};

/* Temporary credentials change as a whole, with the id of the key. */
static int
take_login(struct s3 *own, const struct doc *doc, const struct doc_section *s,
    struct why *why)
{
	struct web *web = &own->bucket.web;

	if (dest_secret(doc, s, "access_key", &web->user, why) != 0 ||
	    dest_secret(doc, s, "secret_key", &web->password, why) != 0 ||
	    dest_secret(doc, s, "session_token", &own->session_token, why) != 0)
		return -1;
	if (web->user && doc_key(s, "access_key"))
		return doc_error(doc, s->line, why,
		    "[%s]: set access_key only once", s->name);
	if (!web->user)
		web->user = text_dup(doc_value(s, "access_key"));
	if (!web->user != !web->password)
		return doc_error(doc, s->line, why,
		    "[%s]: set both access_key and secret_key_file, or neither",
		    s->name);
	if (!web->user)
		return doc_error(
		    doc, s->line, why, "[%s]: access_key is missing", s->name);
	if (own->session_token && strpbrk(own->session_token, " \t\r\n"))
		return doc_error(doc, s->line, why,
		    "[%s]: session_token: not one word", s->name);
	web->settings.user = web->user;
	web->settings.password = web->password;
	return 0;
}

static int
s3_open(struct dest *d, const struct doc *doc, const struct doc_section *s,
    struct why *why)
{
	const struct doc_key *region = doc_key(s, "region");
	struct s3 *own = d->own = mem_alloc(sizeof *own);
	struct web *web = &own->bucket.web;

	own->bucket.dialect = &dialect;
	if (web_open(web, d, doc, s, NULL, NULL, why) != 0 ||
	    take_login(own, doc, s, why) != 0)
		return -1;
	if (!region || text_id_fault(region->value))
		return doc_error(doc, region ? region->line : s->line, why,
		    "[%s]: region is missing or is not a name", s->name);
	own->sigv4 = text_format("aws:amz:%s:s3", region->value);
	web->settings.sigv4 = own->sigv4;
	/* A compatible server may be too old to know the condition. */
	if (strstr(web->url, ".amazonaws.com")) {
		d->exclusive = DEST_EXCLUSIVE;
		own->bucket.checks = CHECKS;
	} else {
		d->exclusive = DEST_UNSURE;
	}
	return 0;
}

static void
s3_close(struct dest *d)
{
	struct s3 *own = d->own;

	if (!own)
		return;
	web_close(&own->bucket.web);
	dest_forget(own->session_token);
	free(own->sigv4);
	free(own);
}

/* Why something is unknown. */
static const char *
not_told(enum cloud_verdict v)
{
	return v == CLOUD_NEVER ? "unknown: the server does not report it"
				: "unknown: this key has no right to read it";
}

static void
tell_s3_retention(struct bucket *b, struct findings *f)
{
	static const char query[] = "object-lock=";
	static const char root[] = "ObjectLockConfiguration";
	char mode[32], days[32], years[32];
	enum cloud_verdict v =
	    bucket_element(b, query, root, "Mode", mode, sizeof mode);

	if (v == CLOUD_DONE && mode[0]) {
		(void)bucket_element(b, query, root, "Days", days, sizeof days);
		(void)bucket_element(
		    b, query, root, "Years", years, sizeof years);
		findings_tell(f, "retention", "%s, %s %s", mode,
		    days[0] ? days : years, days[0] ? "days" : "years");
	} else if (v == CLOUD_DONE) {
		findings_tell(f, "retention", "object lock, none by default");
	} else {
		findings_tell(f, "retention", "%s",
		    v == CLOUD_ABSENT ? "none" : not_told(v));
	}
}

/* The quota that radosgw reports to the owner of a bucket; -1: none. */
static void
tell_quota(struct bucket *b, struct findings *f)
{
	struct bucket_ask ask = {.method = "HEAD"};
	struct dest_answer unused = {.retry_after_s = -1};
	struct http_reply rp;
	int64_t most, used;

	if (bucket_ask(b, &ask, &rp, &unused) == CLOUD_DONE) {
		const char *size =
		    http_reply_header(&rp, "x-rgw-quota-bucket-size");
		const char *has = http_reply_header(&rp, "x-rgw-bytes-used");

		if (size && has &&
		    num_integer(size, 0, INT64_MAX, &most) == 0 &&
		    num_integer(has, 0, INT64_MAX, &used) == 0)
			findings_space(
			    f, most > used ? (uint64_t)(most - used) : 0);
		else if (size)
			findings_tell(f, "space", "the bucket has no quota");
	}
	http_reply_free(&rp);
}

static enum dest_result
s3_test(struct dest *d, struct findings *f, struct dest_answer *a)
{
	struct bucket *b = d->own;
	const char *because = "";
	enum findings_may can = MAY_BE;
	char word[32];
	enum cloud_verdict v;

	bucket_tell_common(d, "list-type=2&max-keys=1", "S3", f);
	tell_quota(b, f);
	tell_s3_retention(b, f);
	v = bucket_element(b, "versioning=", "VersioningConfiguration",
	    "Status", word, sizeof word);
	findings_tell(f, "versioning", "%s",
	    v != CLOUD_DONE ? not_told(v)
	    : word[0]       ? word
			    : "none");
	v = bucket_element(b, "lifecycle=", "LifecycleConfiguration", "Status",
	    word, sizeof word);
	findings_tell(f, "lifecycle", "%s",
	    v == CLOUD_DONE     ? "has rules, which may delete recordings"
	    : v == CLOUD_ABSENT ? "none"
				: not_told(v));
	if (keep_is_set(&d->keep))
		can = can_keep(b, &because);
	return bucket_keep_test(d, can, because, f, a);
}

const struct dest_kind dest_s3 = {.type = "s3",
    .keys = keys,
    .open = s3_open,
    .close = s3_close,
    .look = bucket_look,
    .put = bucket_put,
    .drop = bucket_drop,
    .erase = bucket_erase,
    .where = bucket_where,
    .traits = DEST_NETWORK | DEST_OBJECTS | DEST_UTF8 | DEST_KEEPS,
    .test = s3_test,
    .examine = bucket_examine};
