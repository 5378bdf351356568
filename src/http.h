/* SPDX-License-Identifier: ISC */
#ifndef HTTP_H
#define HTTP_H

/*
 * HTTP requests by libcurl over one kept connection. TLS certificates are
 * always verified; redirects are never followed; no secret is ever part of a
 * message.
 */

#include "util.h"

struct http_settings {
	const char *user, *password; /* Basic login, or NULL */
	const char *sigv4;   /* "aws:amz:REGION:s3" signs instead, or NULL */
	const char *ca_file; /* NULL: the system's certificates */
	const char *proxy;   /* NULL: as the environment says */
	int connect_s;       /* longest wait for a connection */
	int stalled_s;       /* give up after so long below 1 byte/s */
};

struct http;
/* Copies nothing: the settings must live as long. */
struct http *http_new(const struct http_settings *settings);
void http_free(struct http *h); /* NULL is fine */

struct http_request {
	const char *method, *url;
	const char *const *headers; /* "Name: value", NULL-ended; or NULL */
	int body_fd;                /* sent from its start; -1: no body */
	uint64_t bytes;             /* exactly so many of it */
};

struct http_reply {
	int status;
	int64_t retry_after_s; /* -1: not told */
	int64_t length;        /* Content-Length, -1: not told */
	uint64_t bytes;        /* of the body that came */
	char sha256[65];       /* of the body that came */
	char sent_sha256[65];  /* of the body that was sent; "" if not whole */
	char text[120];        /* the beginning of the body, made printable */
};

enum http_outcome {
	HTTP_ANSWERED, /* reply is filled */
	HTTP_NETWORK,  /* no answer; try later; why */
	HTTP_REFUSED,  /* certificate or set-up wrong: no use to go on; why */
	HTTP_LOCAL,    /* the body could not be read; why */
};
enum http_outcome http_do(struct http *h, const struct http_request *rq,
    struct http_reply *rp, struct why *why);

/* From a signal handler: running and later requests end with HTTP_NETWORK. */
void http_abandon(void);

#endif
