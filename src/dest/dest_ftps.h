/* SPDX-License-Identifier: ISC */
#ifndef DEST_FTPS_H
#define DEST_FTPS_H

/* type = ftps: FTP over TLS (RFC 4217), control and data; never plain FTP. */

#include "dest.h"

extern const struct dest_kind dest_ftps;

#endif
