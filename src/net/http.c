/* SPDX-License-Identifier: ISC */
#include "http.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "handles.h"
#include "hash.h"
#include "loop.h"
#include "mem.h"
#include "text.h"
#include "when.h"

struct http {
	const struct http_settings *settings;
	struct handles *handles;
};

/* A file that is sent, as the body or in a part. */
struct http_source {
	struct transfer *transfer;
	int fd;
	uint64_t bytes, sent;
};

enum { ENDS_EARLY = -1, OTHER_CONTENT = -2 };

/* A request in progress. */
struct transfer {
	CURL *curl;
	const struct http_settings *settings;
	const struct http_request *rq;
	struct http_reply *rp;
	struct http_source *source; /* body, or one for each part */
	struct hash *out, *in;
	int local_errno;  /* or the error of the local file */
	int status;       /* of the last head; 0: none */
	size_t heads;     /* the size of all heads */
	int64_t since_ms; /* when the answer began; 0: not yet */
	bool enough;      /* the rest of the answer is not read */
	bool again; /* its early answer was lost: repeat it with "Expect:" */
	char error[CURL_ERROR_SIZE];
};

struct http *
http_new(const struct http_settings *settings)
{
	struct http *h = mem_alloc(sizeof *h);

	h->settings = settings;
	h->handles = handles_new(false);
	return h;
}

void
http_free(struct http *h)
{
	if (!h)
		return;
	handles_free(h->handles);
	free(h);
}

/*
 * The last bytes of other content are never sent, so that it does not arrive.
 */
static bool
is_expected(struct transfer *t)
{
	const char *wanted = t->rq->sha256;

	if (t->rq->trusted) {
		(void)snprintf(t->rp->sent_sha256, sizeof t->rp->sent_sha256,
		    "%s", wanted);
		return true;
	}
	hash_hex(t->out, t->rp->sent_sha256);
	t->out = NULL;
	if (!wanted || strcmp(wanted, t->rp->sent_sha256) == 0)
		return true;
	t->local_errno = OTHER_CONTENT;
	return false;
}

static size_t
give_body(char *p, size_t size, size_t n, void *arg)
{
	struct http_source *s = arg;
	uint64_t left = s->bytes - s->sent;
	size_t want = size * n < left ? size * n : (size_t)left;
	ssize_t got;

	if (want == 0)
		return 0;
	do
		got = pread(s->fd, p, want, (off_t)s->sent);
	while (got < 0 && errno == EINTR);
	if (got <= 0) {
		s->transfer->local_errno = got < 0 ? errno : ENDS_EARLY;
		return CURL_READFUNC_ABORT;
	}
	if (!s->transfer->rq->trusted)
		hash_add(s->transfer->out, p, (size_t)got);
	s->sent += (uint64_t)got;
	if (s->sent == s->bytes && !is_expected(s->transfer))
		return CURL_READFUNC_ABORT;
	return (size_t)got;
}

/* libcurl sends again if a reused connection was closed. */
static int
rewind_source(void *arg, curl_off_t offset, int origin)
{
	struct http_source *s = arg;

	if (offset != 0 || origin != SEEK_SET)
		return CURL_SEEKFUNC_FAIL;
	if (s->sent > 0) {
		hash_drop(s->transfer->out);
		s->transfer->out = hash_new(HASH_SHA256);
		s->transfer->rp->sent_sha256[0] = '\0';
	}
	s->sent = 0;
	return CURL_SEEKFUNC_OK;
}

/* True for an answer that is too long or too slow. A download may be slow, but
 * not for ever. */
static bool
is_endless(struct transfer *t)
{
	enum { UNASKED = 65536, LEAST_BYTES_S = 100, HEADS = 262144 };
	uint64_t most = t->status < 300 ? t->rq->most : 0;
	int64_t ms;

	if (t->since_ms == 0)
		t->since_ms = when_steady_us() / 1000;
	ms = when_steady_us() / 1000 - t->since_ms;
	if (most == 0)
		most = t->rq->keep > UNASKED ? t->rq->keep : UNASKED;
	return t->rp->bytes > most || t->heads > HEADS ||
	       (ms > t->settings->stalled_s * INT64_C(1000) &&
		   (int64_t)(t->rp->bytes + t->heads) <
		       ms / 1000 * LEAST_BYTES_S);
}

static size_t
take_reply_body(char *p, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	struct http_reply *rp = t->rp;
	size_t room = t->rq->keep - rp->body_len;

	n *= size;
	for (size_t i = 0; i < n && rp->bytes + i < sizeof rp->text - 1; i++)
		rp->text[rp->bytes + i] =
		    p[i] >= ' ' && p[i] < 127 ? p[i] : ' ';
	if (t->rq->keep > 0 && room > 0) {
		size_t more = n < room ? n : room;

		rp->body = mem_resize(rp->body, rp->body_len + more + 1, 1);
		memcpy(rp->body + rp->body_len, p, more);
		rp->body_len += more;
		rp->body[rp->body_len] = '\0';
	}
	hash_add(t->in, p, n);
	rp->bytes += n;
	t->enough = is_endless(t);
	return t->enough ? 0 : n;
}

/* The status of a line such as "HTTP/2 404", or 0. */
static int
status_of(const char *line, size_t n)
{
	const char *p = memchr(line, ' ', n);
	int status = 0;

	for (size_t i = 1; p && i <= 3 && p + i < line + n; i++)
		status = p[i] >= '0' && p[i] <= '9' ? status * 10 + (p[i] - '0')
						    : 1000;
	return status >= 100 && status < 1000 ? status : 0;
}

/*
 * Stores them one after the other, terminated by NUL; only of the last answer.
 */
static size_t
take_http_header(char *p, size_t size, size_t n, void *arg)
{
	enum { MOST = 65536 };
	struct transfer *t = arg;
	struct http_reply *rp = t->rp;
	size_t len = size * n;

	n *= size;
	t->heads += n;
	if (n >= 5 && memcmp(p, "HTTP/", 5) == 0) {
		rp->header_len = 0;
		t->status = status_of(p, n);
		t->since_ms = 0;
	}
	t->enough = is_endless(t);
	if (t->enough)
		return 0;
	while (len > 0 && (p[len - 1] == '\r' || p[len - 1] == '\n'))
		len--;
	if (len == 0 || rp->header_len + len > MOST)
		return n;
	rp->header = mem_resize(rp->header, rp->header_len + len + 1, 1);
	memcpy(rp->header + rp->header_len, p, len);
	rp->header[rp->header_len + len] = '\0';
	rp->header_len += len + 1;
	return n;
}

/* Called often: limits each transfer of a destination to its share. */
static int
http_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	struct transfer *t = arg;
	uint64_t share = pace_share(t->settings->pace);

	(void)a, (void)b, (void)c, (void)d;
	if (share > 0)
		curl_easy_setopt(
		    t->curl, CURLOPT_MAX_SEND_SPEED_LARGE, (curl_off_t)share);
	return 0;
}

static void
set_connection(CURL *c, const struct http_settings *s, bool anonymous)
{
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https,http");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)s->connect_s);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)s->stalled_s);
	if (s->ca_file)
		curl_easy_setopt(c, CURLOPT_CAINFO, s->ca_file);
	if (s->proxy)
		curl_easy_setopt(c, CURLOPT_PROXY, s->proxy);
	if (!s->user || anonymous)
		return;
	curl_easy_setopt(c, CURLOPT_USERNAME, s->user);
	curl_easy_setopt(c, CURLOPT_PASSWORD, s->password);
	if (s->sigv4)
		curl_easy_setopt(c, CURLOPT_AWS_SIGV4, s->sigv4);
	else
		curl_easy_setopt(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
}

static curl_mime *
set_parts(struct transfer *t)
{
	const struct http_request *rq = t->rq;
	curl_mime *mime = curl_mime_init(t->curl);

	for (size_t i = 0; mime && i < rq->parts; i++) {
		const struct http_part *p = &rq->part[i];
		curl_mimepart *m = curl_mime_addpart(mime);

		curl_mime_name(m, p->name);
		if (p->content_type)
			curl_mime_type(m, p->content_type);
		if (p->text)
			curl_mime_data(m, p->text, CURL_ZERO_TERMINATED);
		else
			curl_mime_data_cb(m, (curl_off_t)p->bytes, give_body,
			    rewind_source, NULL, &t->source[i]);
		if (p->file_name)
			curl_mime_filename(m, p->file_name);
	}
	curl_easy_setopt(t->curl, CURLOPT_MIMEPOST, mime);
	return mime;
}

/*
 * An upload waits for "100 Continue", whatever its size; a post only above one
 * MiB (RFC 9110, 10.1.1, leaves this to the client). The header cannot be
 * removed: libcurl 7.88 would sign it nevertheless.
 */
static void
set_body_length(CURL *c, uint64_t bytes, bool again)
{
	enum { AT_ONCE = 1000000 };

	if (bytes > AT_ONCE || again) {
		curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(
		    c, CURLOPT_INFILESIZE_LARGE, (curl_off_t)bytes);
	} else {
		curl_easy_setopt(c, CURLOPT_POST, 1L);
		curl_easy_setopt(
		    c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)bytes);
	}
}

static curl_mime *
set_body(struct transfer *t)
{
	const struct http_request *rq = t->rq;
	CURL *c = t->curl;
	bool sends =
	    strcmp(rq->method, "PUT") == 0 || strcmp(rq->method, "POST") == 0;

	if (rq->body_fd >= 0) {
		set_body_length(c, rq->bytes, t->again);
		curl_easy_setopt(c, CURLOPT_READFUNCTION, give_body);
		curl_easy_setopt(c, CURLOPT_READDATA, &t->source[0]);
		curl_easy_setopt(c, CURLOPT_SEEKFUNCTION, rewind_source);
		curl_easy_setopt(c, CURLOPT_SEEKDATA, &t->source[0]);
		curl_easy_setopt(c, CURLOPT_UPLOAD_BUFFERSIZE, 262144L);
	} else if (rq->parts > 0) {
		return set_parts(t);
	} else if (rq->body || sends) {
		curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)(rq->body ? rq->body_len : 0));
		curl_easy_setopt(
		    c, CURLOPT_POSTFIELDS, rq->body ? rq->body : "");
	} else if (strcmp(rq->method, "HEAD") == 0) {
		curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
	}
	return NULL;
}

static curl_mime *
set_request(struct transfer *t, struct curl_slist *headers)
{
	const struct http_request *rq = t->rq;
	CURL *c = t->curl;
	curl_mime *mime = set_body(t);

	curl_easy_setopt(c, CURLOPT_URL, rq->url);
	curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, rq->once ? 1L : 0L);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	if (t->again) {
		curl_easy_setopt(
		    c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
		curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, 1L);
		curl_easy_setopt(c, CURLOPT_FORBID_REUSE, 1L);
		curl_easy_setopt(c, CURLOPT_EXPECT_100_TIMEOUT_MS, 3000L);
	}
	if (strcmp(rq->method, "HEAD") != 0)
		curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, rq->method);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_reply_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_http_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, t->error);
	if (t->settings->pace) {
		curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
		curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, http_progress);
		curl_easy_setopt(c, CURLOPT_XFERINFODATA, t);
	}
	return mime;
}

static enum http_outcome
explain_http(CURLcode code, const struct transfer *t, struct why *why)
{
	const char *text = t->error[0] ? t->error : curl_easy_strerror(code);

	/* An unreadable part causes some other code. */
	if (t->local_errno != 0) {
		why_set(why, "%s",
		    t->local_errno == ENDS_EARLY ? "the file ends early"
		    : t->local_errno == OTHER_CONTENT
			? "the file differs from its ticket"
			: strerror(t->local_errno));
		return t->local_errno < 0 ? HTTP_LOCAL : HTTP_MACHINE;
	}
	switch (code) {
	case CURLE_ABORTED_BY_CALLBACK:
		why_set(why, "stopped");
		return HTTP_NETWORK;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_URL_MALFORMAT:
	case CURLE_NOT_BUILT_IN:
		why_set(why, "%s", text);
		return HTTP_REFUSED;
	case CURLE_OUT_OF_MEMORY:
	case CURLE_FAILED_INIT:
		why_set(why, "%s", text);
		return HTTP_MACHINE;
	case CURLE_PARTIAL_FILE:
		why_set(why, "the server closed the connection before its "
			     "answer was complete (its disk may be full)");
		return HTTP_NETWORK;
	default:
		why_set(why, "%s", text);
		return HTTP_NETWORK;
	}
}

static void
fill_reply(struct transfer *t)
{
	struct http_reply *rp = t->rp;
	const char *date = http_reply_header(rp, "date");
	curl_off_t wait = 0, length = -1;
	long status = 0;

	curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(t->curl, CURLINFO_RETRY_AFTER, &wait);
	curl_easy_getinfo(t->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	rp->status = t->status > 0 ? t->status : (int)status;
	rp->retry_after_s = wait > 0 ? wait : -1;
	rp->length = length;
	if (!date || when_web(date, &rp->date_us) != 0)
		rp->date_us = -1;
}

/* Opens the files of the request. */
static void
open_sources(struct transfer *t)
{
	const struct http_request *rq = t->rq;

	t->source = mem_alloc((rq->parts + 1) * sizeof *t->source);
	t->source[0] = (struct http_source){t, rq->body_fd, rq->bytes, 0};
	for (size_t i = 0; i < rq->parts; i++)
		t->source[i] = (struct http_source){
		    t, rq->part[i].fd, rq->part[i].bytes, 0};
}

/* If the answer must come before the body, "Expect:" must not be disabled. */
static struct curl_slist *
make_headers(const struct transfer *t)
{
	const char *const *h = t->rq->headers;
	struct curl_slist *list = NULL;

	for (size_t i = 0; h && h[i]; i++)
		if (!t->again || strcmp(h[i], "Expect:") != 0)
			list = curl_slist_append(list, h[i]);
	return list;
}

/* A refusal counts even if the rest of the answer was lost or useless. A
 * success must be complete, unless it is longer than it may be. */
static bool
is_answered_request(const struct transfer *t, CURLcode code)
{
	return code == CURLE_OK ||
	       (t->local_errno == 0 &&
		   (t->status >= 300 || (t->enough && t->status >= 200)));
}

static CURLcode
ask_once(struct transfer *t, struct http *h)
{
	struct handle one = handles_borrow(h->handles);
	struct curl_slist *headers = make_headers(t);
	curl_mime *mime;
	CURLcode code;

	t->curl = one.easy;
	t->out = hash_new(HASH_SHA256);
	t->in = hash_new(HASH_SHA256);
	open_sources(t);
	set_connection(t->curl, h->settings, t->rq->anonymous);
	mime = set_request(t, headers);
	pace_request(h->settings->pace);
	pace_begin(h->settings->pace);
	code = loop_perform(t->curl);
	pace_end(h->settings->pace);
	/* The status of a failed request may be that of "100 Continue". */
	if (is_answered_request(t, code))
		fill_reply(t);
	hash_hex(t->in, t->rp->sha256);
	hash_drop(t->out);
	handles_give_back(h->handles, one);
	curl_mime_free(mime);
	curl_slist_free_all(headers);
	return code;
}

/* True if the server closed the connection while the body was sent. If it has
 * the whole body it may have stored it, and the request is not repeated. */
static bool
may_be_early(const struct transfer *t, CURLcode code)
{
	const struct http_request *rq = t->rq;

	if (rq->body_fd < 0 || rq->once || t->again || t->local_errno != 0 ||
	    loop_abandoned())
		return false;
	return code == CURLE_HTTP2_STREAM || code == CURLE_HTTP2 ||
	       ((code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR) &&
		   t->source[0].sent > 0 &&
		   t->source[0].sent < t->source[0].bytes);
}

enum http_outcome
http_do(struct http *h, const struct http_request *rq, struct http_reply *rp,
    struct why *why)
{
	struct transfer t = {.rq = rq, .rp = rp, .settings = h->settings};
	enum http_outcome outcome = HTTP_ANSWERED;
	CURLcode code;

	*rp = (struct http_reply){
	    .retry_after_s = -1, .length = -1, .date_us = -1};
	code = ask_once(&t, h);
	if (!is_answered_request(&t, code) && may_be_early(&t, code)) {
		http_reply_free(rp);
		*rp = (struct http_reply){
		    .retry_after_s = -1, .length = -1, .date_us = -1};
		free(t.source);
		t = (struct transfer){
		    .rq = rq, .rp = rp, .settings = h->settings, .again = true};
		code = ask_once(&t, h);
	}
	if (!is_answered_request(&t, code))
		outcome = explain_http(code, &t, why);
	free(t.source);
	return outcome;
}

const char *
http_reply_header_next(
    const struct http_reply *rp, const char *name, const char *last)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < rp->header_len;) {
		const char *line = rp->header + i;

		if ((!last || line > last) && strncasecmp(line, name, n) == 0 &&
		    line[n] == ':')
			return line + n + 1 + strspn(line + n + 1, " \t");
		i += strlen(line) + 1;
	}
	return NULL;
}

const char *
http_reply_header(const struct http_reply *rp, const char *name)
{
	return http_reply_header_next(rp, name, NULL);
}

void
http_reply_free(struct http_reply *rp)
{
	free(rp->body);
	free(rp->header);
	rp->body = rp->header = NULL;
	rp->body_len = rp->header_len = 0;
}
