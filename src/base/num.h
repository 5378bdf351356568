/* SPDX-License-Identifier: ISC */
#ifndef NUM_H
#define NUM_H

/* Parses and prints numbers: integers, sizes, yes or no, seconds; samples. */

#include <stdbool.h>
#include <stdint.h>

/* An integer in [min, max], without '+' and blanks. 0 or -1. */
int num_integer(const char *s, int64_t min, int64_t max, int64_t *out);
/* "50000000", "50M", "50MB" (10^6), "50MiB" (2^20); k, M, G. 0 or -1. */
int num_bytes(const char *s, uint64_t *out);
/* yes no on off true false 1 0. 0 or -1. */
int num_bool(const char *s, bool *out);

/*
 * Decimal seconds as integer microseconds, without floating point; only six
 * decimals count. Range 0 to 10^9 s. 0 or -1.
 */
int num_seconds(const char *s, int64_t *us);
/* Three decimals, or six if necessary. Returns buf. */
#define NUM_SECONDS_SIZE 32
const char *num_seconds_text(int64_t us, char buf[NUM_SECONDS_SIZE]);
/* The number of samples in us microseconds at rate Hz, rounded. */
int64_t num_samples(int64_t us, unsigned rate);
/* The microseconds of a number of samples, rounded down. */
int64_t num_us(int64_t samples, unsigned rate);
/* all * share / of, rounded down, without overflow; share <= of. */
uint64_t num_part(uint64_t all, uint32_t share, uint32_t of);

#endif
