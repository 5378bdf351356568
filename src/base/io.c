/* SPDX-License-Identifier: ISC */
#include "io.h"

#include <errno.h>
#include <unistd.h>

ssize_t
io_record(FILE *file, int end, char *buf, size_t size)
{
	enum { RECORD_MAX = 1 << 20 };
	size_t n = 0;
	int c;

	while ((c = getc_unlocked(file)) != EOF && c != end && n < RECORD_MAX) {
		if (n + 1 < size)
			buf[n] = (char)c;
		n++;
	}
	buf[n < size ? n : size - 1] = '\0';
	return c == EOF && n == 0 ? -1 : (ssize_t)n;
}

ssize_t
io_line(FILE *file, char *buf, size_t size)
{
	return io_record(file, '\n', buf, size);
}

int
io_write(int fd, const void *p, size_t n)
{
	const char *at = p;

	while (n > 0) {
		ssize_t k = write(fd, at, n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -1;
		at += k;
		n -= (size_t)k;
	}
	return 0;
}

ssize_t
io_read(int fd, void *p, size_t n)
{
	size_t got = 0;

	while (got < n) {
		ssize_t k = read(fd, (char *)p + got, n - got);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -1;
		if (k == 0)
			break;
		got += (size_t)k;
	}
	return (ssize_t)got;
}

ssize_t
io_pread(int fd, void *p, size_t n, int64_t at)
{
	size_t got = 0;

	while (got < n) {
		ssize_t k =
		    pread(fd, (char *)p + got, n - got, at + (int64_t)got);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -1;
		if (k == 0)
			break;
		got += (size_t)k;
	}
	return (ssize_t)got;
}
