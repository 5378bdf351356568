/* SPDX-License-Identifier: ISC */
#ifndef CODED_H
#define CODED_H

/*
 * Files of nothing but a codec's frames, as Asterisk's .g722, .g726 and .g729
 * are, by the codecs of codec.h.
 *
 *	if (coded_payload("g722", &p))
 *		c = coded_new(fd, &p);
 *	while ((n = coded_read(c, out, count)) > 0) ...
 *	coded_free(c);
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "payload.h"
#include "text.h"

/* Whether there is such a kind of file: g722, g726, g726-16 ... g729. */
bool coded_payload(const char *format, struct payload *p);
/* 0 where this build decodes it; else -1 with why. */
int coded_check(const char *name, const struct payload *p, struct why *why);
int64_t coded_samples(const struct payload *p, int64_t bytes);
/* What to do with a file that is not read: of its magic number or ending; false:
 * nothing is known of it. */
bool coded_refuse(int fd, const char *name, struct why *why);

struct coded;
struct coded *coded_new(int fd, const struct payload *p); /* fd is borrowed */
/* Up to count samples; 0 at the end; -1 with errno. */
ssize_t coded_read(struct coded *c, int16_t *out, size_t count);
void coded_free(struct coded *c); /* NULL is fine */

#endif
