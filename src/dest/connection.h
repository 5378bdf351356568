/* SPDX-License-Identifier: ISC */
#ifndef CONNECTION_H
#define CONNECTION_H

/*
 * For recupload --test: connects to a server, without the login, to find out
 * whether it is reachable and when its certificate expires. Transfers make their
 * own connections, and verify the certificate again.
 */

#include <curl/curl.h>

#include "dest.h"

/* Only for a destination whose url is https:// or http://. */
enum dest_result connection_test(
    const struct dest *d, struct findings *f, struct dest_answer *a);

/*
 * Reports the certificate of a transfer made with CURLOPT_CERTINFO, and its end.
 * False: there is none.
 */
bool connection_certificate(CURL *c, struct findings *f);

#endif
