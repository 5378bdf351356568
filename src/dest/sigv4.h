/* SPDX-License-Identifier: ISC */
#ifndef SIGV4_H
#define SIGV4_H

/*
 * AWS Signature Version 4 ("Authenticating Requests: Using the Authorization
 * Header", Amazon S3 API Reference), and Google's form of it. It is used for a
 * server whose clock differs from ours: libcurl signs with our clock, and 7.88
 * sends a date header that we set twice; and for names that are encoded.
 */

struct sigv4 {
	const char *scheme; /* "aws:amz:REGION:s3", as for libcurl */
	const char *key, *secret;
	const char *sha256; /* of the body, in hexadecimal */
	const char *stamp;  /* 20261122T100000Z */
};

/*
 * The header "Authorization: ...", to be freed by dest_forget(). Of the headers
 * ("Name: value", NULL-ended) those that begin with x-amz- or x-goog- are signed.
 * The path and query of url must be encoded, with the names in the query sorted
 * and each followed by '='.
 */
char *sigv4_authorization(const struct sigv4 *s, const char *method,
    const char *url, const char *const *headers);

#endif
