/* SPDX-License-Identifier: ISC */
#ifndef CONNECTION_H
#define CONNECTION_H

/*
 * For recupload --test: a first connection to a server, without the login, to
 * tell whether it can be reached and when its certificate ends. The transfers
 * themselves make their own ones, and verify what they meet again.
 */

#include <curl/curl.h>

#include "dest.h"

/* To a destination whose url is https:// or http://; nothing to others. */
enum dest_result connection_test(
    const struct dest *d, struct findings *f, struct dest_answer *a);

/*
 * The certificate of a transfer that was made with CURLOPT_CERTINFO: "TLS, and
 * the certificate is good" with its end. False: there is none.
 */
bool connection_certificate(CURL *c, struct findings *f);

#endif
