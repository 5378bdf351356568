/* SPDX-License-Identifier: ISC */
#ifndef REMOTE_SET_H
#define REMOTE_SET_H

/* What each request of a struct remote tells libcurl: who, how, how much. */

#include "remote.h"

/* With a pace: a buffer is sent without a pause. */
enum { REMOTE_PACED_BUFFER = 262144 };

bool remote_is_sftp(const struct remote *r);
/* Server, login, and what both must prove. */
void remote_set(const struct remote *r, CURL *c);
/* For CURLOPT_UPLOAD_BUFFERSIZE. */
long remote_upload_buffer(const struct remote *r);

#endif
