/* SPDX-License-Identifier: ISC */
#ifndef IO_H
#define IO_H

/* Reads records of a stream; complete reads and writes of a descriptor. */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/*
 * Reads the next record of a file, which ends with the byte `end`, in bounded
 * memory: at most size - 1 bytes of it, without `end`, are put into buf and
 * terminated by NUL. Returns the length of the record, or -1 at the end of the
 * file or if ferror() is true. A record ends after a MiB at the latest.
 */
ssize_t io_record(FILE *file, int end, char *buf, size_t size);
ssize_t io_line(FILE *file, char *buf, size_t size);
/* Writes all n bytes. 0, or -1 with errno. */
int io_write(int fd, const void *p, size_t n);
/* Reads n bytes, fewer only at the end of the file; the count, or -1 with
 * errno. */
ssize_t io_read(int fd, void *p, size_t n);
/* The same from offset `at`; the file's position does not change. */
ssize_t io_pread(int fd, void *p, size_t n, int64_t at);

#endif
