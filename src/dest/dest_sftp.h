/* SPDX-License-Identifier: ISC */
#ifndef DEST_SFTP_H
#define DEST_SFTP_H

/* type = sftp: files on a server that speaks SSH, whose host key must be known. */

#include "dest.h"

extern const struct dest_kind dest_sftp;

#endif
