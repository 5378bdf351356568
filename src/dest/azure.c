/* SPDX-License-Identifier: ISC */
/*
 * type = azure: block blobs of Azure Storage, with an account key (SharedKey)
 * or a shared access signature; "Put Blob" with "If-None-Match: *" and
 * Content-MD5, which the server checks, stores and reports.
 */
#include "kinds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "bucket_keep.h"
#include "bucket_test.h"
#include "hash.h"
#include "mem.h"
#include "text.h"
#include "when.h"

#define API "2021-12-02"

struct azure {
	struct bucket bucket;
	char *account, *sas;
	unsigned char *key;
	size_t key_len;
};

static const char *const keys[] = {"url", "account", "account_key_file",
    "account_key_env", "sas_file", "sas_env", NULL};

static void
sign_azure(const struct azure *own, struct bucket_request *rq)
{
	unsigned char mac[32];
	char *text = cloud_azure_text(rq->method, own->account, rq->url,
	    (const char *const *)rq->headers.line,
	    rq->item ? rq->item->bytes : 0);
	char *sum;

	hash_hmac_sha256(own->key, own->key_len, text, strlen(text), mac);
	sum = base64_encode(mac, sizeof mac);
	bucket_header(
	    &rq->headers, "Authorization: SharedKey %s:%s", own->account, sum);
	free(sum);
	free(text);
}

static enum dest_result
azure_authorize(struct bucket *b, struct bucket_request *rq, int64_t now_s,
    unsigned *token, struct dest_answer *a)
{
	const struct azure *own = (struct azure *)b;
	char date[CLOUD_DATE_SIZE];

	(void)token, (void)a;
	bucket_header(&rq->headers, "x-ms-version: " API);
	bucket_header(&rq->headers, "x-ms-date: %s", cloud_date(now_s, date));
	if (own->sas) {
		char *url = text_format("%s%c%s", rq->url,
		    strchr(rq->url, '?') ? '&' : '?', own->sas);

		dest_forget(rq->url);
		rq->url = url;
	} else {
		sign_azure(own, rq);
	}
	return DEST_DONE;
}

static int
azure_creating(const struct bucket *b, struct bucket_headers *h,
    const struct dest_item *item, struct bucket_sums *sums)
{
	(void)b;
	if (bucket_sums(sums, item) != 0)
		return -1;
	bucket_header(h, "x-ms-blob-type: BlockBlob");
	bucket_header(h, "If-None-Match: *");
	bucket_header(h, "Content-MD5: %s", sums->md5);
	return 0;
}

static void
add_policy(struct bucket_headers *h, const struct keep *keep)
{
	char date[CLOUD_DATE_SIZE];

	bucket_header(h, "x-ms-immutability-policy-until-date: %s",
	    cloud_date(keep->until_us / 1000000, date));
	bucket_header(h, "x-ms-immutability-policy-mode: %s",
	    keep->compliance ? "Locked" : "Unlocked");
}

static void
azure_keeping(struct bucket_headers *h, const struct keep *keep)
{
	if (keep->until_us > 0)
		add_policy(h, keep);
	if (keep->hold)
		bucket_header(h, "x-ms-legal-hold: true");
}

static enum dest_result
azure_change(struct bucket *b, const char *object, const char *query,
    const struct bucket_headers *h, struct dest_answer *a)
{
	struct bucket_ask ask = {.method = "PUT",
	    .object = object,
	    .query = query,
	    .headers = (const char *const *)h->line,
	    .change = true};
	struct http_reply rp;
	enum dest_result r = bucket_result(bucket_ask(b, &ask, &rp, a));

	http_reply_free(&rp);
	return r;
}

static enum dest_result
azure_protect(
    struct bucket *b, const struct dest_item *item, struct dest_answer *a)
{
	/* Or libcurl names a type of its own, which is not the signed one. */
	static const char none[] = "Content-Type: application/octet-stream";
	struct bucket_headers policy = {0}, hold = {0};
	enum dest_result r = DEST_DONE;

	bucket_header(&policy, "%s", none);
	bucket_header(&hold, "%s", none);
	if (item->keep.until_us > 0) {
		add_policy(&policy, &item->keep);
		r = azure_change(
		    b, item->object, "comp=immutabilityPolicies", &policy, a);
	}
	if (r == DEST_DONE && item->keep.hold) {
		bucket_header(&hold, "x-ms-legal-hold: true");
		r = azure_change(b, item->object, "comp=legalhold", &hold, a);
	}
	bucket_forget(&policy);
	bucket_forget(&hold);
	return r;
}

static enum bucket_match
azure_compare(struct bucket *b, const struct http_reply *rp, bool put,
    const struct dest_item *item, struct bucket_sums *sums)
{
	const char *kept = http_reply_header(rp, "content-md5");

	(void)b, (void)put;
	/* A blob made of blocks has no MD5, or one that was not checked. */
	if (!kept || bucket_sums(sums, item) != 0)
		return BUCKET_UNSURE;
	return strcmp(kept, sums->md5) == 0 ? BUCKET_SAME : BUCKET_UNSURE;
}

static void
azure_hint(const struct bucket *b, const struct http_reply *rp, char *text,
    size_t size)
{
	const struct azure *own = (const struct azure *)b;
	int64_t ends_us = own->sas ? cloud_sas_ends_us(own->sas) : -1;
	char when[WHEN_SIZE];

	if (ends_us >= 0 && rp->date_us > ends_us)
		(void)snprintf(text, size,
		    "the signature expired at %s: create a new one",
		    when_text(ends_us, when));
}

/* What both logins have. */
#define DIALECT                                                               \
	.service = CLOUD_AZURE, .place = "container",                         \
	.authorize = azure_authorize, .creating = azure_creating,             \
	.compare = azure_compare, .keeping = azure_keeping,                   \
	.protect = azure_protect,                                             \
	.kept_until = "x-ms-immutability-policy-until-date",                  \
	.mode = "x-ms-immutability-policy-mode", .mode_fixed = "locked",      \
	.held = "x-ms-legal-hold", .held_yes = "true",                        \
	.keep_rights = "version-level immutability support, and the right i " \
		       "of a signature",                                      \
	.code = "x-ms-error-code"
static const struct bucket_dialect by_key = {DIALECT, .clocked = true};
/* A signature contains its own times, so our clock does not matter. */
static const struct bucket_dialect by_sas = {DIALECT, .hint = azure_hint};

/* Its rights as it has them, sp=rcd, or NULL: they are not in it. */
static const char *
sas_rights(const struct azure *own)
{
	const char *sp = strncmp(own->sas, "sp=", 3) == 0
			     ? own->sas
			     : strstr(own->sas, "&sp=");

	return sp ? sp + strcspn(sp, "=") + 1 : NULL;
}

static bool
sas_allows(const struct azure *own, char right)
{
	const char *sp = sas_rights(own);

	return !sp || memchr(sp, right, strcspn(sp, "&"));
}

/* "https://.../?sv=..." is copied from the portal in several forms. */
static int
read_sas(struct azure *own, bool keeps, const struct doc *doc,
    const struct doc_section *s, struct why *why)
{
	const char *query = own->sas;

	if (strchr(query, '?'))
		query = strchr(query, '?') + 1;
	if (!strstr(query, "sig=") || strpbrk(query, " \t\r\n#"))
		return doc_error(doc, s->line, why,
		    "[%s]: sas: no shared access signature "
		    "(sv=...&sig=...)",
		    s->name);
	memmove(own->sas, query, strlen(query) + 1);
	if (keeps && !sas_allows(own, 'i'))
		return doc_error(doc, s->line, why,
		    "[%s]: sas: retain and legal_hold need the right i (sp=)",
		    s->name);
	return 0;
}

static int
read_account_key(struct azure *own, const struct doc *doc,
    const struct doc_section *s, char *text, struct why *why)
{
	const char *account = doc_value(s, "account");

	own->key = base64_decode(text, &own->key_len);
	dest_forget(text);
	if (!own->key || own->key_len == 0)
		return doc_error(doc, s->line, why,
		    "[%s]: account_key: not the Base64 of a key", s->name);
	if (!account || text_id_fault(account))
		return doc_error(doc, s->line, why,
		    "[%s]: account_key needs account = NAME", s->name);
	own->account = text_dup(account);
	return 0;
}

static int
azure_open(struct dest *d, const struct doc *doc, const struct doc_section *s,
    struct why *why)
{
	struct azure *own = d->own = mem_alloc(sizeof *own);
	char *key = NULL;

	own->bucket.dialect = &by_sas;
	d->exclusive = DEST_EXCLUSIVE;
	if (web_open(&own->bucket.web, d, doc, s, NULL, NULL, why) != 0 ||
	    dest_secret(doc, s, "sas", &own->sas, why) != 0 ||
	    dest_secret(doc, s, "account_key", &key, why) != 0)
		return -1;
	if (!own->sas == !key) {
		dest_forget(key);
		return doc_error(doc, s->line, why,
		    "[%s]: needs either sas_file or account_key_file", s->name);
	}
	if (own->sas)
		return read_sas(own, keep_is_set(&d->keep), doc, s, why);
	own->bucket.dialect = &by_key;
	return read_account_key(own, doc, s, key, why);
}

static void
azure_close(struct dest *d)
{
	struct azure *own = d->own;

	if (!own)
		return;
	web_close(&own->bucket.web);
	dest_forget(own->sas);
	if (own->key)
		explicit_bzero(own->key, own->key_len);
	free(own->key);
	free(own->account);
	free(own);
}

static bool
yes(const struct http_reply *rp, const char *name)
{
	const char *v = http_reply_header(rp, name);

	return v && strcmp(v, "true") == 0;
}

/* A signature lists its rights itself, by letters: sp=rcd. */
static void
tell_signature(const struct azure *own, struct findings *f)
{
	static const char letters[RIGHTS] = {[RIGHT_WRITE] = 'c',
	    [RIGHT_READ] = 'r',
	    [RIGHT_LIST] = 'l',
	    [RIGHT_DELETE] = 'd'};
	int64_t ends_us = cloud_sas_ends_us(own->sas);
	char text[WHEN_SIZE];

	if (ends_us >= 0)
		findings_tell(
		    f, "signature", "ends %s", when_text(ends_us, text));
	for (size_t i = 0; sas_rights(own) && i < RIGHTS; i++) {
		bool has = sas_allows(own, letters[i]);

		findings_right(f, i, has ? MAY : MAY_NOT, "%s",
		    has ? "" : "not in the signature's sp=");
	}
}

static enum dest_result
azure_test(struct dest *d, struct findings *f, struct dest_answer *a)
{
	struct azure *own = d->own;
	struct bucket_ask ask = {.method = "GET", .query = "restype=container"};
	struct dest_answer unused = *a;
	struct http_reply rp;
	enum cloud_verdict v = bucket_ask(&own->bucket, &ask, &rp, &unused);
	enum findings_may can =
	    v != CLOUD_DONE ? MAY_BE
	    : yes(&rp, "x-ms-immutable-storage-with-versioning-enabled")
		? MAY
		: MAY_NOT;

	findings_tell(f, "retention", "%s",
	    v != CLOUD_DONE ? "unknown: this login has no right to read it"
	    : yes(&rp, "x-ms-has-legal-hold") ? "a legal hold"
	    : yes(&rp, "x-ms-has-immutability-policy")
		? "an immutability policy"
	    : yes(&rp, "x-ms-immutable-storage-with-versioning-enabled")
		? "possible for each blob"
		: "none");
	http_reply_free(&rp);
	bucket_tell_common(
	    d, "comp=list&maxresults=1&restype=container", "Azure", f);
	if (own->sas)
		tell_signature(own, f);
	return bucket_keep_test(d, can,
	    can == MAY_BE ? "unknown: this login has no right to read it"
			  : "version-level immutability support is not enabled",
	    f, a);
}

const struct dest_kind dest_azure = {.type = "azure",
    .keys = keys,
    .open = azure_open,
    .close = azure_close,
    .look = bucket_look,
    .put = bucket_put,
    .drop = bucket_drop,
    .erase = bucket_erase,
    .where = bucket_where,
    .traits = DEST_NETWORK | DEST_OBJECTS | DEST_UTF8 | DEST_KEEPS,
    .test = azure_test,
    .examine = bucket_examine};
