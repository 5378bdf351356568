/* SPDX-License-Identifier: ISC */
#ifndef REMOTE_SET_H
#define REMOTE_SET_H

/* The options of libcurl for each request of a struct remote. */

#include "remote.h"

/* The buffer if the pace is limited: one buffer is sent without a pause. */
enum { REMOTE_PACED_BUFFER = 262144 };

bool remote_is_sftp(const struct remote *r);
/* The URL of a file, to be freed. */
char *remote_url(const struct remote *r, const char *path);
/* Sets the server, the login and the verification. */
void remote_set(const struct remote *r, CURL *c);
/* For CURLOPT_UPLOAD_BUFFERSIZE. */
long remote_upload_buffer(const struct remote *r);

#endif
