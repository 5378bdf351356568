/* SPDX-License-Identifier: ISC */
#ifndef HTTP_H
#define HTTP_H

/*
 * HTTP requests by libcurl, through loop.h. TLS certificates are always
 * verified; redirects are never followed; no secret is ever part of a message.
 * Answers are bounded in length and time, whatever the server sends.
 *
 * A server may answer before it has the body, and then close the connection or
 * reset the stream (RFC 9112, 9.6; RFC 9113, 8.1). libcurl 7.88 loses such an
 * answer: the request is made once more by HTTP/1.1 with "Expect:
 * 100-continue", so that the answer comes before the body.
 *
 *	struct http_reply rp;
 *	switch (http_do(h, &rq, &rp, &why)) ...
 *	http_reply_free(&rp);	after every http_do(), whatever it answered
 *
 * One struct http may be used by several threads at once.
 */

#include "pace.h"
#include "text.h"

struct http_settings {
	const char *user, *password; /* Basic login, or NULL */
	const char *sigv4;   /* "aws:amz:REGION:s3" signs instead, or NULL */
	const char *ca_file; /* NULL: the system's certificates */
	const char *proxy;   /* NULL: as the environment says */
	int connect_s;       /* longest wait for a connection */
	int stalled_s;       /* give up after so long below 1 byte/s */
	struct pace *pace;   /* NULL: no limit */
};

struct http;
/* Copies nothing: the settings must live as long. */
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

/* The body: of a file, else from memory, else parts, else none. */
struct http_request {
	const char *method, *url;
	const char *const *headers; /* "Name: value", NULL-ended; or NULL */
	int body_fd;                /* sent from its start; -1: none */
	uint64_t bytes;             /* exactly so many of it */
	const void *body;           /* NULL: none; with a Content-Type header */
	size_t body_len;
	const struct http_part *part;
	size_t parts;
	const char *sha256; /* of the file that is sent: any other content
			       is broken off before its end; NULL: any */
	bool trusted; /* the server itself refuses any content but sha256's,
			 which was told to it: do not hash here too */
	size_t keep;  /* so much of the reply's body at most, for rp->body */
	/* Of the body of a success so much is of use: more is not read. 0: as
	   much as keep, and a little of what nobody asked for. */
	uint64_t most;
	bool anonymous; /* without the login of the settings */
	/* Never sent again by libcurl, as it does where a kept connection ends
	   before an answer: for what would then be there twice. */
	bool once;
};

struct http_reply {
	int status;
	int64_t retry_after_s; /* -1: not told */
	int64_t length;        /* Content-Length, -1: not told */
	int64_t date_us;       /* the server's clock, -1: not told */
	uint64_t bytes;        /* of the body that came */
	char sha256[65];       /* of the body that came */
	char sent_sha256[65];  /* of the file that was sent, as body_fd or in a
				  part (one at most); "" if not whole */
	char text[400];        /* the beginning of the body, made printable */
	char *body; /* the first `keep` bytes, NUL-ended; NULL: none */
	size_t body_len;
	char *header; /* private: lines that end with NUL */
	size_t header_len;
};

enum http_outcome {
	HTTP_ANSWERED, /* reply is filled */
	HTTP_NETWORK,  /* no answer; try later; why */
	HTTP_REFUSED,  /* certificate or set-up wrong: no use to go on; why */
	HTTP_LOCAL,    /* the file ends early, or is another one; why */
	HTTP_MACHINE   /* the file cannot be read: this machine's fault; why */
};
enum http_outcome http_do(struct http *h, const struct http_request *rq,
    struct http_reply *rp, struct why *why);
/* "x-goog-hash": the value, or NULL; good until http_reply_free(). */
const char *http_reply_header(const struct http_reply *rp, const char *name);
/* A header may come several times: the next one after last (NULL: first). */
const char *http_reply_header_next(
    const struct http_reply *rp, const char *name, const char *last);
void http_reply_free(struct http_reply *rp);

#endif
