/* SPDX-License-Identifier: ISC */
#ifndef KINDS_H
#define KINDS_H

/* The types of destinations: a file for each, and a row in dest.c. */

#include "dest.h"

extern const struct dest_kind dest_directory, dest_webdav, dest_plain_http;
extern const struct dest_kind dest_s3, dest_gcs, dest_azure;
extern const struct dest_kind dest_sftp, dest_ftps;
extern const struct dest_kind dest_zendesk, dest_salesforce, dest_kustomer;

#endif
