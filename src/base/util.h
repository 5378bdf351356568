/* SPDX-License-Identifier: ISC */
#ifndef UTIL_H
#define UTIL_H

/*
 * What every module needs: memory, text, numbers, times, names.
 *
 * Memory: these functions return valid memory or end the process with status
 * 75 and one line; it is the only thing below the programs that speaks or
 * exits, because no caller could do better. All work is safe on disk by then.
 *
 * Errors: a function that takes a struct why returns -1 after filling it with
 * one line for a person, lower case, without a full stop.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/* Exit statuses, the same in all programs; 75 is EX_TEMPFAIL of sysexits. */
enum { EXIT_DONE = 0, EXIT_GIVEN_UP = 1, EXIT_USAGE = 2, EXIT_LATER = 75 };

struct why {
	char text[1024];
};

/* Fills why (which may be NULL) and returns -1. */
int why_set(struct why *why, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

void util_speak_to(int fd);     /* that line; standard error otherwise */
void *util_alloc(size_t bytes); /* zeroed */
void *util_resize(void *p, size_t count, size_t size);
char *util_strdup(const char *s); /* NULL stays NULL */
char *util_strndup(const char *s, size_t n);
char *util_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A growing text, always terminated once something was added. {0} to begin. */
struct buf {
	char *s;
	size_t len, cap;
};
void buf_add(struct buf *b, const void *s, size_t n);
void buf_format(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void buf_free(struct buf *b);

/* Whole numbers in [min, max]; no sign but '-', no blanks. 0 or -1. */
int util_integer(const char *s, int64_t min, int64_t max, int64_t *out);
/* "50000000", "50M", "50MB" (10^6), "50MiB" (2^20); k, M, G. 0 or -1. */
int util_bytes(const char *s, uint64_t *out);
/* yes no on off true false 1 0. 0 or -1. */
int util_bool(const char *s, bool *out);

/*
 * Seconds as decimal text and as whole microseconds; at most six decimals are
 * kept, never a float. Range 0 to 10^9 s. 0 or -1.
 */
int util_seconds(const char *s, int64_t *us);
/* Three decimals, or six where needed. Returns buf. */
#define UTIL_SECONDS_SIZE 32
const char *util_seconds_text(int64_t us, char buf[UTIL_SECONDS_SIZE]);
/* Samples in us microseconds at rate Hz, to the nearest one. */
int64_t util_samples(int64_t us, unsigned rate);

/*
 * Points in time: microseconds since 1970 UTC.
 * util_time reads RFC 3339 ("2026-11-22T10:00:00Z", a fraction, +01:00).
 * util_time_text writes it in UTC to the second, _stamp as 20261122T100000Z.
 */
#define UTIL_TIME_SIZE 40
int util_time(const char *s, int64_t *us);
const char *util_time_text(int64_t us, char buf[UTIL_TIME_SIZE]);
const char *util_time_stamp(int64_t us, char buf[UTIL_TIME_SIZE]);
/* "20261122T100000Z" at the head of s; 0 or -1. */
int util_time_unstamp(const char *s, int64_t *us);
/* The one clock: $RECTOOLS_NOW (RFC 3339) where set, for tests. */
int64_t util_now_us(void);

/* NULL if id may name a call: [A-Za-z0-9._-], no leading '.', 1 to 128. */
const char *util_id_fault(const char *id);
/* Well-formed, as RFC 3629 has it. */
bool util_is_utf8(const char *text);
/* The word of the NULL-ended list nearest to s, or NULL if none is near. */
const char *util_nearest(const char *s, const char *const *list);

/*
 * The next record of a file without the byte that ends it, in bounded memory:
 * at most size - 1 bytes of it are put into buf, ended by NUL. The record's
 * length, or -1 at the end of the file (or where ferror() is true). After a
 * MiB without an end what follows is taken for the next record.
 */
ssize_t util_record(FILE *file, int end, char *buf, size_t size);
ssize_t util_line(FILE *file, char *buf, size_t size);
/* All n bytes, through EINTR and short counts. 0, or -1 with errno. */
int util_write(int fd, const void *p, size_t n);
/* Up to n bytes until end of file; the count, or -1 with errno. */
ssize_t util_read(int fd, void *p, size_t n);
/* The same from offset `at` on; the file's position stays. */
ssize_t util_pread(int fd, void *p, size_t n, int64_t at);

#endif
