/* SPDX-License-Identifier: ISC */
#ifndef SIGV4_H
#define SIGV4_H

/*
 * AWS Signature Version 4 ("Authenticating Requests: Using the Authorization
 * Header", Amazon S3 API Reference), and Google's form of it. libcurl signs as
 * well, but by our clock, and 7.88 sends a date that it is told twice: this is
 * for a server whose clock is another one.
 */

struct sigv4 {
	const char *scheme; /* "aws:amz:REGION:s3", as libcurl has it */
	const char *key, *secret;
	const char *sha256; /* of the body, in hexadecimal */
	const char *stamp;  /* 20261122T100000Z */
};

/*
 * "Authorization: ...", to be freed by dest_forget(). Of the headers
 * ("Name: value", NULL-ended) those that begin with x-amz- or x-goog- are
 * signed. The url's path and query are taken as they are: encoded, the query's
 * names sorted and each with '='.
 */
char *sigv4_authorization(const struct sigv4 *s, const char *method,
    const char *url, const char *const *headers);

#endif
