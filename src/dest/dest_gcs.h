/* SPDX-License-Identifier: ISC */
#ifndef DEST_GCS_H
#define DEST_GCS_H

/*
 * type = gcs: Google Cloud Storage by its XML interface, as a service account
 * (OAuth 2.0 with a signed token, RFC 7523) or with an HMAC key (V4 signing).
 * PUT with "x-goog-if-generation-match: 0" and x-goog-hash, which the server
 * checks, keeps and tells.
 */

#include "dest.h"

extern const struct dest_kind dest_gcs;

#endif
