/* SPDX-License-Identifier: ISC */
#ifndef STREAMS_CACHE_H
#define STREAMS_CACHE_H

/*
 * Keeps the last survey of a capture (streams.h), because each leg of a call
 * reads the same file, some of them twice. It is used as long as the file and
 * its payload types are the same.
 *
 *	s = streams_cache_get(fd, payloads, &why);
 *	... several threads may read *s ...
 *	streams_cache_put(s);
 *
 * Any thread may call these functions.
 */

#include "streams.h"

/* Parameters of streams_survey(). NULL with why. */
const struct streams *streams_cache_get(
    int fd, const char *payloads, struct why *why);
void streams_cache_put(const struct streams *s); /* NULL is fine */

#endif
