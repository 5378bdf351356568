/* SPDX-License-Identifier: ISC */
#ifndef HANDLES_H
#define HANDLES_H

/*
 * libcurl's easy handles that nobody uses just now, for the threads of one
 * destination: each keeps the connections and sessions that it made itself.
 *
 *	c = handles_borrow(h);
 *	curl_easy_setopt(c, ...) ...
 *	handles_give_back(h, c);	or curl_easy_cleanup(c), where what it
 *					keeps is not to be used again
 */

#include "loop.h"

struct handles;
struct handles *handles_new(void);
void handles_free(struct handles *h); /* NULL is fine; all given back */

/* An idle one, or a new one; its options are reset. */
CURL *handles_borrow(struct handles *h);
void handles_give_back(struct handles *h, CURL *c);

#endif
