/* SPDX-License-Identifier: ISC */
#include "http.h"

#include <curl/curl.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hash.h"

struct http {
	CURL *curl;
	const struct http_settings *settings;
};

/* One request under way. */
struct transfer {
	const struct http_request *rq;
	struct http_reply *rp;
	uint64_t sent;
	struct hash *out, *in;
	int local_errno; /* -1: the file ended early */
};

static volatile sig_atomic_t abandoned;

void
http_abandon(void)
{
	abandoned = 1;
}

struct http *
http_new(const struct http_settings *settings)
{
	static bool ready;
	struct http *h = util_alloc(sizeof *h);

	if (!ready && curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
		abort();
	ready = true;
	h->settings = settings;
	h->curl = curl_easy_init();
	if (!h->curl)
		abort();
	return h;
}

void
http_free(struct http *h)
{
	if (h)
		curl_easy_cleanup(h->curl);
	free(h);
}

static size_t
give(char *p, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	uint64_t left = t->rq->bytes - t->sent;
	size_t want = size * n < left ? size * n : (size_t)left;
	ssize_t got;

	if (want == 0)
		return 0;
	do
		got = pread(t->rq->body_fd, p, want, (off_t)t->sent);
	while (got < 0 && errno == EINTR);
	if (got <= 0) {
		t->local_errno = got < 0 ? errno : -1;
		return CURL_READFUNC_ABORT;
	}
	hash_add(t->out, p, (size_t)got);
	t->sent += (uint64_t)got;
	return (size_t)got;
}

/* libcurl sends again where a kept connection turned out to be closed. */
static int
rewind_body(void *arg, curl_off_t offset, int origin)
{
	struct transfer *t = arg;

	if (offset != 0 || origin != SEEK_SET)
		return CURL_SEEKFUNC_FAIL;
	hash_drop(t->out);
	t->out = hash_new(HASH_SHA256);
	t->sent = 0;
	return CURL_SEEKFUNC_OK;
}

static size_t
take(char *p, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	struct http_reply *rp = t->rp;

	n *= size;
	for (size_t i = 0; i < n && rp->bytes + i < sizeof rp->text - 1; i++)
		rp->text[rp->bytes + i] =
		    p[i] >= ' ' && p[i] < 127 ? p[i] : ' ';
	hash_add(t->in, p, n);
	rp->bytes += n;
	return n;
}

static int
progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	(void)arg, (void)a, (void)b, (void)c, (void)d;
	return abandoned;
}

static void
set_connection(CURL *c, const struct http_settings *s)
{
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https,http");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)s->connect_s);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)s->stalled_s);
	if (s->ca_file)
		curl_easy_setopt(c, CURLOPT_CAINFO, s->ca_file);
	if (s->proxy)
		curl_easy_setopt(c, CURLOPT_PROXY, s->proxy);
	if (s->user) {
		curl_easy_setopt(c, CURLOPT_USERNAME, s->user);
		curl_easy_setopt(c, CURLOPT_PASSWORD, s->password);
		if (s->sigv4)
			curl_easy_setopt(c, CURLOPT_AWS_SIGV4, s->sigv4);
		else
			curl_easy_setopt(
			    c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
	}
}

static void
set_request(CURL *c, struct transfer *t, struct curl_slist *headers)
{
	const struct http_request *rq = t->rq;

	curl_easy_setopt(c, CURLOPT_URL, rq->url);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	if (rq->body_fd >= 0) {
		curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(
		    c, CURLOPT_INFILESIZE_LARGE, (curl_off_t)rq->bytes);
		curl_easy_setopt(c, CURLOPT_READFUNCTION, give);
		curl_easy_setopt(c, CURLOPT_READDATA, t);
		curl_easy_setopt(c, CURLOPT_SEEKFUNCTION, rewind_body);
		curl_easy_setopt(c, CURLOPT_SEEKDATA, t);
		curl_easy_setopt(c, CURLOPT_UPLOAD_BUFFERSIZE, 262144L);
	} else if (strcmp(rq->method, "HEAD") == 0) {
		curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
	}
	if (strcmp(rq->method, "HEAD") != 0)
		curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, rq->method);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, progress);
}

static enum http_outcome
explain(CURLcode code, const struct transfer *t, struct why *why)
{
	switch (code) {
	case CURLE_ABORTED_BY_CALLBACK:
		if (t->local_errno == 0) {
			why_set(why, "stopped");
			return HTTP_NETWORK;
		}
		if (t->local_errno < 0)
			why_set(why, "the file ends early");
		else
			why_set(why, "%s", strerror(t->local_errno));
		return HTTP_LOCAL;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_URL_MALFORMAT:
	case CURLE_NOT_BUILT_IN:
		why_set(why, "%s", curl_easy_strerror(code));
		return HTTP_REFUSED;
	default:
		why_set(why, "%s", curl_easy_strerror(code));
		return HTTP_NETWORK;
	}
}

static void
fill_reply(CURL *c, struct transfer *t)
{
	struct http_reply *rp = t->rp;
	curl_off_t wait = 0, length = -1;
	long status = 0;

	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(c, CURLINFO_RETRY_AFTER, &wait);
	curl_easy_getinfo(c, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	rp->status = (int)status;
	rp->retry_after_s = wait > 0 ? wait : -1;
	rp->length = length;
}

enum http_outcome
http_do(struct http *h, const struct http_request *rq, struct http_reply *rp,
    struct why *why)
{
	struct transfer t = {.rq = rq, .rp = rp};
	struct curl_slist *headers = NULL;
	CURLcode code;

	*rp = (struct http_reply){.retry_after_s = -1, .length = -1};
	t.out = hash_new(HASH_SHA256);
	t.in = hash_new(HASH_SHA256);
	for (size_t i = 0; rq->headers && rq->headers[i]; i++)
		headers = curl_slist_append(headers, rq->headers[i]);
	curl_easy_reset(h->curl); /* keeps the connection */
	set_connection(h->curl, h->settings);
	set_request(h->curl, &t, headers);
	code = curl_easy_perform(h->curl);
	/* The code of a request that failed may be that of "100 Continue". */
	if (code == CURLE_OK)
		fill_reply(h->curl, &t);
	curl_slist_free_all(headers);
	hash_hex(t.in, rp->sha256);
	hash_hex(t.out, rp->sent_sha256);
	if (rq->body_fd < 0 || t.sent != rq->bytes)
		rp->sent_sha256[0] = '\0';
	return code == CURLE_OK ? HTTP_ANSWERED : explain(code, &t, why);
}
