/* SPDX-License-Identifier: ISC */
#ifndef DEST_AZURE_H
#define DEST_AZURE_H

/*
 * type = azure: block blobs of Azure Storage, with an account key (SharedKey)
 * or a shared access signature; "Put Blob" with "If-None-Match: *" and
 * Content-MD5, which the server checks, keeps and tells.
 */

#include "dest.h"

extern const struct dest_kind dest_azure;

#endif
