/* SPDX-License-Identifier: ISC */
#ifndef CODED_H
#define CODED_H

/*
 * Reads files that consist only of the frames of a codec (codec.h), such as
 * Asterisk's .g722, .g726 and .g729.
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

/* False if the format is none of g722, g726, g726-16 ... g729. */
bool coded_payload(const char *format, struct payload *p);
/* 0 if this build decodes it, or -1 with why. */
int coded_check(const char *name, const struct payload *p, struct why *why);
int64_t coded_samples(const struct payload *p, int64_t bytes);
/* True if the file, by its magic number or suffix, has a format that is not
 * supported; why then says how to convert it. */
bool coded_refuse(int fd, const char *name, struct why *why);

struct coded;
struct coded *coded_new(int fd, const struct payload *p); /* fd is borrowed */
/* Up to count samples; 0 at the end; -1 with errno. */
ssize_t coded_read(struct coded *c, int16_t *out, size_t count);
void coded_free(struct coded *c); /* NULL is fine */

#endif
