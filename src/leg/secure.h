/* SPDX-License-Identifier: ISC */
#ifndef SECURE_H
#define SECURE_H

/*
 * What tells an encrypted packet (SRTP, RFC 3711) from a plain one, where
 * nobody says which it is: a tag behind it makes it longer than its time, and
 * a cipher's bytes are all as frequent. stream_is_secure() (streams.h) decides.
 */

#include "streams.h"

/* A packet of so many bytes, where its time wants others. */
void secure_count_length(struct stream_kind *k, size_t bytes, size_t want);
/* What is in a packet of that kind. */
void secure_count_bytes(
    struct stream *s, const struct stream_kind *k, const struct rtp *r);
/* Once no more come, before stream_is_secure(). */
void secure_close(struct stream *s);

#endif
