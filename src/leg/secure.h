/* SPDX-License-Identifier: ISC */
#ifndef SECURE_H
#define SECURE_H

/*
 * Detects encrypted packets (SRTP, RFC 3711) without any signalling: the
 * authentication tag makes a packet too long for its duration, and all bytes of
 * a ciphertext occur equally often. stream_is_secure() (streams.h) decides.
 */

#include "streams.h"

/* Counts a packet of that many bytes; its duration needs `want` bytes. */
void secure_count_length(struct stream_kind *k, size_t bytes, size_t want);
/* Counts the bytes of a packet of that kind. */
void secure_count_bytes(
    struct stream *s, const struct stream_kind *k, const struct rtp *r);
/* Call it after the last packet, before stream_is_secure(). */
void secure_close(struct stream *s);

#endif
