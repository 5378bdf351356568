/* SPDX-License-Identifier: ISC */
#ifndef REMOTE_FAULT_H
#define REMOTE_FAULT_H

/* What libcurl's faults of SFTP and FTP mean for a recording. */

#include <curl/curl.h>

#include "dest.h"

/* DEST_LATER for those that are not known; *text is never NULL. */
enum dest_result remote_fault_means(CURLcode code, const char **text);
/* A full disk: reply is FTP's last line, or "". */
bool remote_fault_is_full(CURLcode code, const char *reply);

#endif
