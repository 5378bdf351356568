/* SPDX-License-Identifier: ISC */
#ifndef NUM_H
#define NUM_H

/* Numbers as text: integers, sizes, switches, seconds; and samples. */

#include <stdbool.h>
#include <stdint.h>

/* Whole numbers in [min, max]; no sign but '-', no blanks. 0 or -1. */
int num_integer(const char *s, int64_t min, int64_t max, int64_t *out);
/* "50000000", "50M", "50MB" (10^6), "50MiB" (2^20); k, M, G. 0 or -1. */
int num_bytes(const char *s, uint64_t *out);
/* yes no on off true false 1 0. 0 or -1. */
int num_bool(const char *s, bool *out);

/*
 * Seconds as decimal text and as whole microseconds; at most six decimals are
 * kept, never a float. Range 0 to 10^9 s. 0 or -1.
 */
int num_seconds(const char *s, int64_t *us);
/* Three decimals, or six where needed. Returns buf. */
#define NUM_SECONDS_SIZE 32
const char *num_seconds_text(int64_t us, char buf[NUM_SECONDS_SIZE]);
/* Samples in us microseconds at rate Hz, to the nearest one. */
int64_t num_samples(int64_t us, unsigned rate);
/* And back: microseconds, rounded down. */
int64_t num_us(int64_t samples, unsigned rate);
/* share/of of all, rounded down, exact for every `all`; share <= of. */
uint64_t num_part(uint64_t all, uint32_t share, uint32_t of);

#endif
