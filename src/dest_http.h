/* SPDX-License-Identifier: ISC */
#ifndef DEST_HTTP_H
#define DEST_HTTP_H

/*
 * Destinations that speak HTTP (RFC 9110): type = webdav sends to a temporary
 * name and moves it with "Overwrite: F" (RFC 4918); type = http needs only
 * PUT and GET, and asks with "If-None-Match: *" not to overwrite; type = s3 does
 * the same, signed with AWS Signature Version 4.
 */

#include "dest.h"

extern const struct dest_kind dest_webdav, dest_plain_http, dest_s3;

#endif
