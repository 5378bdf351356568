/* SPDX-License-Identifier: ISC */
#include "bucket.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base64.h"
#include "bucket_keep.h"
#include "crc32c.h"
#include "mem.h"
#include "num.h"
#include "text.h"
#include "sigv4.h"
#include "when.h"

/* A smaller difference of the clocks is not the reason of a refusal. */
#define SKEW_MATTERS_S 240

static void
copy_base64(char *out, size_t size, const void *p, size_t n)
{
	char *text = base64_encode(p, n);

	(void)snprintf(out, size, "%s", text);
	free(text);
}

static void
hex_to_base64(char *out, size_t size, const char *hex)
{
	char *text = base64_of_hex(hex);

	(void)snprintf(out, size, "%s", text ? text : "");
	free(text);
}

int
bucket_sums(struct bucket_sums *sums, const struct dest_item *item)
{
	enum { CHUNK = 1 << 17 };
	unsigned char *chunk, end[4];
	struct hash *md5;
	uint32_t crc = 0;
	uint64_t at = 0;
	ssize_t n;

	if (sums->ready)
		return 0;
	md5 = hash_new(HASH_MD5);
	chunk = mem_alloc(CHUNK);
	while ((n = pread(item->fd, chunk, CHUNK, (off_t)at)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		hash_add(md5, chunk, (size_t)n);
		crc = crc32c_add(crc, chunk, (size_t)n);
		at += (uint64_t)n;
	}
	hash_hex(md5, sums->md5_hex);
	free(chunk);
	for (int i = 0; i < 4; i++)
		end[i] = (unsigned char)(crc >> (24 - 8 * i));
	copy_base64(sums->crc32c, sizeof sums->crc32c, end, sizeof end);
	hex_to_base64(sums->md5, sizeof sums->md5, sums->md5_hex);
	hex_to_base64(sums->sha256, sizeof sums->sha256, item->sha256);
	sums->ready = n == 0;
	return n == 0 ? 0 : -1;
}

void
bucket_header(struct bucket_headers *h, const char *fmt, ...)
{
	enum { MOST = 512 };
	char text[MOST];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (h->count + 1 >= sizeof h->line / sizeof *h->line)
		abort(); /* a bug in the kind */
	if (n >= MOST) {
		h->line[h->count] = mem_alloc((size_t)n + 1);
		va_start(ap, fmt);
		(void)vsnprintf(h->line[h->count], (size_t)n + 1, fmt, ap);
		va_end(ap);
	} else {
		h->line[h->count] = text_dup(text);
	}
	h->count++;
	explicit_bzero(text, sizeof text);
}

void
bucket_forget(struct bucket_headers *h)
{
	for (size_t i = 0; i < h->count; i++)
		dest_forget(h->line[i]);
	*h = (struct bucket_headers){0};
}

static void
forget_request(struct bucket_request *rq)
{
	bucket_forget(&rq->headers);
	dest_forget(rq->url);
}

bool
bucket_must_sign(const struct bucket *b, const struct bucket_request *rq)
{
	return b->skew_s != 0 ||
	       memchr(rq->url, '%', strcspn(rq->url, "?")) != NULL;
}

void
bucket_sign(const struct bucket *b, struct bucket_request *rq,
    const char *sha256, int64_t now_s)
{
	char stamp[WHEN_SIZE], *line;
	struct sigv4 s = {.scheme = b->web.settings.sigv4,
	    .key = b->web.user,
	    .secret = b->web.password,
	    .sha256 = sha256,
	    .stamp = when_stamp(now_s * 1000000, stamp)};

	bucket_header(&rq->headers, "x-%s-date: %s",
	    b->dialect->service == CLOUD_GCS ? "goog" : "amz", stamp);
	line = sigv4_authorization(
	    &s, rq->method, rq->url, (const char *const *)rq->headers.line);
	bucket_header(&rq->headers, "%s", line);
	dest_forget(line);
	rq->is_signed = true;
}

char *
bucket_where(const struct dest *d, const char *object)
{
	const struct bucket *b = d->own;

	return web_url(&b->web, object);
}

static char *
make_url(const struct bucket *b, const struct bucket_ask *ask)
{
	char *place, *url;

	if (ask->url)
		return text_dup(ask->url);
	place =
	    ask->object ? web_url(&b->web, ask->object) : text_dup(b->web.url);
	url = text_format("%s%s%s", place, ask->query ? "?" : "",
	    ask->query ? ask->query : "");
	free(place);
	return url;
}

/* What a put has besides. */
static enum dest_result
add_creating(struct bucket *b, struct bucket_headers *h,
    const struct bucket_ask *ask, struct dest_answer *a)
{
	if (b->dialect->creating(b, h, ask->item, ask->sums) != 0) {
		a->machine = true;
		return dest_answer(a, DEST_LATER, "%s", strerror(errno));
	}
	if (bucket_keeps(ask->item))
		b->dialect->keeping(h, &ask->item->keep);
	return DEST_DONE;
}

/* One attempt: builds the request, signs it, sends it. */
static enum dest_result
try_once(struct bucket *b, const struct bucket_ask *ask, unsigned *token,
    struct http_reply *rp, struct dest_answer *a)
{
	struct bucket_request rq = {
	    .method = ask->method, .url = make_url(b, ask), .item = ask->item};
	const struct dest_item *item = ask->item;
	enum dest_result r = DEST_DONE;

	*rp = (struct http_reply){.retry_after_s = -1};
	for (size_t i = 0; ask->headers && ask->headers[i]; i++)
		bucket_header(&rq.headers, "%s", ask->headers[i]);
	if (item) {
		bucket_header(
		    &rq.headers, "Content-Type: %s", item->content_type);
		if (!ask->change)
			r = add_creating(b, &rq.headers, ask, a);
	}
	if (r == DEST_DONE)
		r = b->dialect->authorize(
		    b, &rq, (int64_t)time(NULL) + b->skew_s, token, a);
	if (r == DEST_DONE) {
		struct http_request hr = {.method = rq.method,
		    .url = rq.url,
		    .headers = (const char *const *)rq.headers.line,
		    .body_fd = item ? item->fd : -1,
		    .bytes = item ? item->bytes : 0,
		    .sha256 = item ? item->sha256 : NULL,
		    .trusted = item && (ask->as_is || b->checks == CHECKS),
		    .anonymous = rq.is_signed,
		    .keep = 4096,
		    .most = ask->most};

		r = web_ask(&b->web, &hr, rp, a);
	}
	forget_request(&rq);
	return r;
}

/* Gets the service's error code, or "". */
static void
read_code(const struct bucket *b, const struct http_reply *rp, char *code,
    size_t size)
{
	const char *told =
	    b->dialect->code ? http_reply_header(rp, b->dialect->code) : NULL;
	char *xml = NULL;

	code[0] = '\0';
	if (told)
		xml = text_format("<Code>%s<", told);
	if (xml)
		(void)cloud_element(xml, strlen(xml), "Code", code, size);
	else if (rp->body)
		(void)cloud_element(rp->body, rp->body_len, "Code", code, size);
	free(xml);
}

bool
bucket_correct_clock(struct bucket *b, const struct http_reply *rp)
{
	int64_t diff_s;

	if (!b->dialect->clocked || rp->date_us < 0)
		return false;
	diff_s = rp->date_us / 1000000 - (int64_t)time(NULL) - b->skew_s;
	if (diff_s < SKEW_MATTERS_S && diff_s > -SKEW_MATTERS_S)
		return false;
	b->skew_s += diff_s;
	b->tell_skew = true;
	return true;
}

/* True if a login may have been refused because of a wrong time. */
static bool
is_clock(enum cloud_verdict v, const struct http_reply *rp)
{
	return v == CLOUD_SKEWED || rp->status == 401 || rp->status == 403;
}

/* Reports each correction once. */
static void
tell_skew(struct dest *d)
{
	struct bucket *b = d->own;
	int64_t s = b->skew_s;

	if (atomic_exchange(&b->tell_skew, false))
		dest_note(d,
		    text_format("the clock of this machine is %lld s %s by "
				"the server's; requests to it are corrected",
			(long long)(s < 0 ? -s : s), s < 0 ? "fast" : "slow"));
}

static enum cloud_verdict
refuse_by_cloud(const struct bucket *b, const struct bucket_ask *ask,
    const struct http_reply *rp, struct cloud_meaning m, const char *code,
    struct dest_answer *a)
{
	char *url = make_url(b, ask), hint[200];
	const char *gap = code[0] ? " " : "";

	(void)snprintf(hint, sizeof hint, "%s",
	    m.right && strcmp(ask->method, "DELETE") == 0
		? cloud_delete_right(b->dialect->service)
		: m.text);
	if (b->dialect->hint)
		b->dialect->hint(b, rp, hint, sizeof hint);
	if (ask->change || (ask->item && bucket_keeps(ask->item)))
		bucket_keep_hint(b, rp->status, &m, hint, sizeof hint);
	a->retry_after_s = rp->retry_after_s;
	(void)dest_answer(a, DEST_LATER,
	    hint[0] ? "%.*s: %s answered %d%s%s (%s)"
		    : "%.*s: %s answered %d%s%s%s",
	    web_shown(url), url, ask->method, rp->status, gap, code, hint);
	free(url);
	/* Another attempt did not help. */
	if (m.verdict == CLOUD_SKEWED || m.verdict == CLOUD_EXPIRED)
		return CLOUD_PAUSED;
	return m.verdict;
}

enum cloud_verdict
bucket_ask(struct bucket *b, const struct bucket_ask *ask,
    struct http_reply *rp, struct dest_answer *a)
{
	static const enum cloud_verdict failed[] = {[DEST_LATER] = CLOUD_LATER,
	    [DEST_PAUSED] = CLOUD_PAUSED,
	    [DEST_NEVER] = CLOUD_NEVER};
	bool corrected = false, renewed = false;
	unsigned token = 0;

	for (;;) {
		enum dest_result r = try_once(b, ask, &token, rp, a);
		struct cloud_meaning m;
		char code[64];

		if (r != DEST_DONE)
			return failed[r];
		a->date_us = rp->date_us;
		read_code(b, rp, code, sizeof code);
		m = cloud_judge(b->dialect->service, rp->status, code);
		if (m.verdict == CLOUD_DONE || m.verdict == CLOUD_ABSENT ||
		    m.verdict == CLOUD_TAKEN || m.verdict == CLOUD_KEPT)
			return m.verdict;
		if (!corrected && is_clock(m.verdict, rp) &&
		    bucket_correct_clock(b, rp))
			corrected = true;
		else if (!renewed && m.verdict == CLOUD_EXPIRED)
			renewed = true;
		else
			return refuse_by_cloud(b, ask, rp, m, code, a);
		http_reply_free(rp);
	}
}

enum dest_result
bucket_result(enum cloud_verdict v)
{
	switch (v) {
	case CLOUD_DONE:
		return DEST_DONE;
	case CLOUD_ABSENT:
		return DEST_ABSENT;
	case CLOUD_TAKEN:
	case CLOUD_KEPT:
		return DEST_TAKEN;
	case CLOUD_LATER:
		return DEST_LATER;
	case CLOUD_NEVER:
		return DEST_NEVER;
	default:
		return DEST_PAUSED;
	}
}

/*
 * It was not overwritten: reports that, and the end of its retention if known.
 */
static enum dest_result
object_conflict(const struct bucket *b, const char *object,
    const struct http_reply *rp, struct dest_answer *a)
{
	char *url = web_url(&b->web, object), text[WHEN_SIZE];
	int64_t us = bucket_kept(b, rp).until_us;

	if (us >= 0)
		(void)dest_answer(a, DEST_NEVER,
		    "%s: a different file of this name exists, and a retention "
		    "policy keeps it until %s; not overwritten",
		    url, when_text(us, text));
	else
		(void)web_conflict(a, url);
	free(url);
	return DEST_NEVER;
}

/* The store has no hash to compare: reads the whole copy. */
static enum dest_result
read_object_back(
    struct bucket *b, const struct dest_item *item, struct dest_answer *a)
{
	struct bucket_ask ask = {
	    .method = "GET", .object = item->object, .most = item->bytes};
	struct http_reply rp;
	enum cloud_verdict v = bucket_ask(b, &ask, &rp, a);
	enum dest_result r = bucket_result(v);

	if (v == CLOUD_DONE &&
	    (rp.bytes != item->bytes || strcmp(rp.sha256, item->sha256) != 0))
		r = object_conflict(b, item->object, &rp, a);
	http_reply_free(&rp);
	return r;
}

/*
 * The answer to HEAD has no body: a GET of one byte shows why it was refused.
 */
static enum cloud_verdict
head(struct bucket *b, const char *object, struct http_reply *rp,
    struct dest_answer *a)
{
	static const char *const one[] = {"Range: bytes=0-0", NULL};
	struct bucket_ask ask = {.method = "HEAD", .object = object};
	enum cloud_verdict v = bucket_ask(b, &ask, rp, a);
	struct http_reply more;
	struct dest_answer why = *a;

	if (b->dialect->code || (v != CLOUD_PAUSED && v != CLOUD_NEVER) ||
	    rp->status == 0)
		return v;
	ask.method = "GET";
	ask.headers = one;
	v = bucket_ask(b, &ask, &more, &why);
	http_reply_free(&more);
	if (v == CLOUD_DONE)
		return CLOUD_LATER; /* it answers now: ask again */
	*a = why;
	return v;
}

enum dest_result
bucket_look(struct dest *d, const struct dest_item *item, struct dest_answer *a)
{
	struct bucket *b = d->own;
	struct bucket_sums sums = {0};
	struct http_reply rp;
	enum cloud_verdict v = head(b, item->object, &rp, a);
	enum dest_result r = bucket_result(v);
	const char *stored =
	    http_reply_header(&rp, "x-goog-stored-content-length");
	int64_t length = rp.length;

	if (v != CLOUD_DONE)
		goto out;
	if (stored)
		(void)num_integer(stored, 0, INT64_MAX, &length);
	if (length >= 0 && (uint64_t)length != item->bytes) {
		r = object_conflict(b, item->object, &rp, a);
		goto out;
	}
	switch (b->dialect->compare(b, &rp, false, item, &sums)) {
	case BUCKET_SAME:
		break;
	case BUCKET_OTHER:
		r = object_conflict(b, item->object, &rp, a);
		break;
	default:
		r = read_object_back(b, item, a);
	}
	if (r == DEST_DONE && bucket_keeps(item))
		r = bucket_keep(b, item, &rp, a);
out:
	tell_skew(d);
	http_reply_free(&rp);
	return r;
}

/* A login that may create but not overwrite gets a refusal for missing rights
 * if the name exists. */
static bool
is_object_there(struct bucket *b, const char *object)
{
	struct dest_answer unused = {.retry_after_s = -1};
	struct http_reply rp;
	enum cloud_verdict v = head(b, object, &rp, &unused);

	http_reply_free(&rp);
	return v == CLOUD_DONE;
}

/* True if the file is not that of its ticket. Then no retry helps. */
static bool
is_other_file(const struct dest_item *item)
{
	char hex[HASH_HEX_SIZE];
	uint64_t bytes = 0;

	return lseek(item->fd, 0, SEEK_SET) == 0 &&
	       hash_fd(HASH_SHA256, item->fd, hex, &bytes) == 0 &&
	       (bytes != item->bytes || strcmp(hex, item->sha256) != 0);
}

/* OpenStack's Swift answers 501 to a put that must create only. Then, as with a
 * server that ignores the condition: look, put, look. */
static enum dest_result
put_plainly(struct dest *d, const struct dest_item *item, struct dest_answer *a)
{
	struct bucket *b = d->own;
	enum dest_result r;

	b->overwrites = true;
	d->exclusive = DEST_OVERWRITES;
	r = bucket_look(d, item, a);
	return r == DEST_ABSENT ? bucket_put(d, item, a) : r;
}

enum dest_result
bucket_put(struct dest *d, const struct dest_item *item, struct dest_answer *a)
{
	struct bucket *b = d->own;
	struct bucket_sums sums = {0};
	struct bucket_ask ask = {.method = "PUT",
	    .object = item->object,
	    .item = item,
	    .sums = &sums};
	struct http_reply rp;
	enum cloud_verdict v = bucket_ask(b, &ask, &rp, a);
	enum dest_result r = bucket_result(v);

	if (v == CLOUD_ABSENT)
		r = dest_answer(a, DEST_PAUSED, "%s: there is no such %s",
		    b->web.url, b->dialect->place);
	else if (v == CLOUD_PAUSED && rp.status == 501 && !b->overwrites)
		r = put_plainly(d, item, a);
	else if (v == CLOUD_DONE &&
		 b->dialect->compare(b, &rp, true, item, &sums) == BUCKET_SAME)
		/* Whether it is kept is seen by a look. */
		r = bucket_keeps(item) ? DEST_DONE : DEST_PROVEN;
	else if (v == CLOUD_PAUSED && rp.status == 403 &&
		 is_object_there(b, item->object))
		r = DEST_TAKEN;
	else if (rp.status == 400 && b->checks == CHECKS && is_other_file(item))
		r = dest_answer(
		    a, DEST_NEVER, "the file differs from its ticket");
	tell_skew(d);
	http_reply_free(&rp);
	return r;
}

/* DEST_TAKEN: a retention policy keeps it. */
enum dest_result
bucket_drop(struct dest *d, const char *object, struct dest_answer *a)
{
	struct bucket *b = d->own;
	struct bucket_ask ask = {.method = "DELETE", .object = object};
	struct http_reply rp;
	enum cloud_verdict v = bucket_ask(b, &ask, &rp, a);

	if (v == CLOUD_KEPT)
		(void)dest_answer(a, DEST_TAKEN,
		    "%s/%s: a retention policy keeps it", b->web.url, object);
	http_reply_free(&rp);
	return v == CLOUD_ABSENT ? DEST_DONE : bucket_result(v);
}
