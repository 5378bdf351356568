/* SPDX-License-Identifier: ISC */
#ifndef GSM_H
#define GSM_H

/*
 * GSM 06.10 in a file, by libspandsp, which takes little more than half of the
 * time that libsndfile does. Samples and their number are libsndfile's.
 *
 *	g = gsm_new(fd, from, bytes, wav49);
 *	while ((n = gsm_read(g, out, count)) > 0) ...
 *	gsm_free(g);
 *
 * Blocks are as in codec.h, the last one whole where the file goes on behind
 * it. Where it does not, what is missing is as in the block before; a frame that
 * is none of GSM repeats the sound of the one before.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* How many samples are in so many bytes. */
int64_t gsm_samples(int64_t bytes, bool wav49);

struct gsm;
/* What begins at [from, from + bytes) of fd; fd is borrowed, read by pread. */
struct gsm *gsm_new(int fd, int64_t from, int64_t bytes, bool wav49);
/* Up to count samples; 0 at the end, also where the file ends too early; -1
 * with errno. */
ssize_t gsm_read(struct gsm *g, int16_t *out, size_t count);
void gsm_free(struct gsm *g); /* NULL is fine */

#endif
