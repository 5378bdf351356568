/* SPDX-License-Identifier: ISC */
#ifndef DEST_WEBDAV_H
#define DEST_WEBDAV_H

/*
 * type = webdav sends to a temporary name and moves it with "Overwrite: F"
 * (RFC 4918); type = http needs only PUT, HEAD and GET, and asks with
 * "If-None-Match: *" not to overwrite (RFC 9110).
 */

#include "dest.h"

extern const struct dest_kind dest_webdav, dest_plain_http;

#endif
