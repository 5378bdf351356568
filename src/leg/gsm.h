/* SPDX-License-Identifier: ISC */
#ifndef GSM_H
#define GSM_H

/*
 * Reads GSM 06.10 from a file with libspandsp, in little more than half of the
 * time that libsndfile needs. The samples are the same as libsndfile's.
 *
 *	g = gsm_new(fd, from, bytes, wav49);
 *	while ((n = gsm_read(g, out, count)) > 0) ...
 *	gsm_free(g);
 *
 * Blocks are those of codec.h. If the last block is cut off by the end of the
 * file, the missing bytes are those of the block before. An invalid frame
 * repeats the sound of the frame before.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The number of samples in that many bytes. */
int64_t gsm_samples(int64_t bytes, bool wav49);

struct gsm;
/* Reads the bytes [from, from + bytes) of fd, by pread. fd is borrowed. */
struct gsm *gsm_new(int fd, int64_t from, int64_t bytes, bool wav49);
/* Reads up to count samples. 0 at the end, also if the file is too short; -1
 * with errno. */
ssize_t gsm_read(struct gsm *g, int16_t *out, size_t count);
void gsm_free(struct gsm *g); /* NULL is fine */

#endif
