/* SPDX-License-Identifier: ISC */
#ifndef HTTP_H
#define HTTP_H

/*
 * HTTP requests with libcurl, through loop.h. TLS certificates are always
 * verified, redirects are never followed, and messages contain no secret. Answers
 * are limited in length and time.
 *
 * A server may answer before it has the whole body, and then close the connection
 * or reset the stream (RFC 9112, 9.6; RFC 9113, 8.1). libcurl 7.88 loses such an
 * answer. The request is then repeated once with HTTP/1.1 and "Expect:
 * 100-continue", so that the answer comes before the body.
 *
 *	struct http_reply rp;
 *	switch (http_do(h, &rq, &rp, &why)) ...
 *	http_reply_free(&rp);	after every http_do()
 *
 * Several threads may use one struct http at once.
 */

#include "pace.h"
#include "text.h"

struct http_settings {
	const char *user, *password; /* Basic login, or NULL */
	const char *sigv4;   /* "aws:amz:REGION:s3" signs instead, or NULL */
	const char *ca_file; /* NULL: the system's certificates */
	const char *proxy;   /* NULL: that of the environment */
	int connect_s;       /* longest wait for a connection */
	int stalled_s;       /* give up after this time below 1 byte/s */
	struct pace *pace;   /* NULL: no limit */
};

struct http;
/* The settings are borrowed. */
struct http *http_new(const struct http_settings *settings);
void http_free(struct http *h); /* NULL is fine */

/* A part of multipart/form-data (RFC 7578): text, or `bytes` of a file. */
struct http_part {
	const char *name;
	const char *content_type, *file_name; /* NULL: none */
	const char *text;                     /* NULL: fd */
	int fd;
	uint64_t bytes;
};

/* The body is a file, else memory, else parts, else none. */
struct http_request {
	const char *method, *url;
	const char *const *headers; /* "Name: value", NULL-ended; or NULL */
	int body_fd;                /* sent from offset 0; -1: none */
	uint64_t bytes;             /* its length */
	const void *body;           /* NULL: none; with a Content-Type header */
	size_t body_len;
	const struct http_part *part;
	size_t parts;
	const char *sha256; /* of the file: with other content the request is
			       aborted before its end; NULL: any content */
	bool trusted;       /* the server was sent sha256 and refuses any other
			 content: do not hash here too */
	size_t keep; /* the most of the reply's body to keep in rp->body */
	/* The most of the body of a success to read. 0: as much as keep, and a
	   little more. */
	uint64_t most;
	bool anonymous; /* without the login of the settings */
	/* libcurl must not repeat the request if a reused connection ends
	   before the answer, because its effect would happen twice. */
	bool once;
};

struct http_reply {
	int status;
	int64_t retry_after_s; /* -1: missing */
	int64_t length;        /* Content-Length; -1: missing */
	int64_t date_us;       /* the server's clock; -1: missing */
	uint64_t bytes;        /* of the body, as far as it was read */
	char sha256[65];       /* of the same */
	char sent_sha256[65];  /* of the file that was sent, as body_fd or in a
				  part (at most one); "" if not complete */
	char text[400];        /* the beginning of the body, made printable */
	char *body; /* the first `keep` bytes, NUL-terminated; or NULL */
	size_t body_len;
	char *header; /* private: lines that end with NUL */
	size_t header_len;
};

enum http_outcome {
	HTTP_ANSWERED, /* reply is filled */
	HTTP_NETWORK,  /* no answer: try again later; why */
	HTTP_REFUSED,  /* certificate or settings are wrong; why */
	HTTP_LOCAL,    /* the file is too short, or another one; why */
	HTTP_MACHINE   /* the file cannot be read: this machine's fault; why */
};
enum http_outcome http_do(struct http *h, const struct http_request *rq,
    struct http_reply *rp, struct why *why);
/* The value of a header, such as "x-goog-hash", or NULL; valid until
 * http_reply_free(). */
const char *http_reply_header(const struct http_reply *rp, const char *name);
/* The same for a header that is repeated: the next after last (NULL: first). */
const char *http_reply_header_next(
    const struct http_reply *rp, const char *name, const char *last);
void http_reply_free(struct http_reply *rp);

#endif
