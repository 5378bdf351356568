/* SPDX-License-Identifier: ISC */
#ifndef IO_H
#define IO_H

/* Records of a stream, and reads and writes that are whole. */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/*
 * The next record of a file without the byte that ends it, in bounded memory:
 * at most size - 1 bytes of it are put into buf, ended by NUL. The record's
 * length, or -1 at the end of the file (or where ferror() is true). After a
 * MiB without an end what follows is taken for the next record.
 */
ssize_t io_record(FILE *file, int end, char *buf, size_t size);
ssize_t io_line(FILE *file, char *buf, size_t size);
/* All n bytes, through EINTR and short counts. 0, or -1 with errno. */
int io_write(int fd, const void *p, size_t n);
/* Up to n bytes until end of file; the count, or -1 with errno. */
ssize_t io_read(int fd, void *p, size_t n);
/* The same from offset `at` on; the file's position stays. */
ssize_t io_pread(int fd, void *p, size_t n, int64_t at);

#endif
