/* SPDX-License-Identifier: ISC */
#ifndef DEST_S3_H
#define DEST_S3_H

/*
 * type = s3: Amazon S3 and what is compatible with it; PUT with
 * "If-None-Match: *", signed with AWS Signature Version 4 over the content's
 * SHA-256, so that the server itself refuses any other content. Compared by
 * the checksum that the server keeps, else by an ETag that is an MD5, else by
 * reading back.
 */

#include "dest.h"

extern const struct dest_kind dest_s3;

#endif
