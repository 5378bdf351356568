/* SPDX-License-Identifier: ISC */
#include "audit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "hash.h"

enum { LINE_MAX_BYTES = 4096 };

/* The place behind the last newline before `end`; 0 where there is none. */
static off_t
line_start(int fd, off_t end)
{
	char part[LINE_MAX_BYTES];

	while (end > 0) {
		off_t from =
		    end > (off_t)sizeof part ? end - (off_t)sizeof part : 0;
		ssize_t n = pread(fd, part, (size_t)(end - from), from);
		const char *at;

		if (n <= 0)
			return -1;
		at = memrchr(part, '\n', (size_t)n);
		if (at)
			return from + (at - part) + 1;
		end = from;
	}
	return 0;
}

/*
 * The hash of the last whole line; zeros for an empty log. What a crash left
 * behind the last newline is no line and is cut off, however long it is: some
 * file systems fill it with zeros.
 */
static int
last_hash(int fd, char hex[HASH_HEX_SIZE])
{
	off_t size = lseek(fd, 0, SEEK_END), end, from;
	char *line;
	int status = -1;

	memset(hex, '0', 64);
	hex[64] = '\0';
	end = size > 0 ? line_start(fd, size) : size;
	if (end < 0 || (end < size && ftruncate(fd, end) != 0))
		return -1;
	if (end == 0)
		return 0;
	from = line_start(fd, end - 1);
	if (from < 0)
		return -1;
	line = util_alloc((size_t)(end - from));
	if (pread(fd, line, (size_t)(end - from), from) == end - from) {
		hash_text(HASH_SHA256, line, (size_t)(end - from) - 1, hex);
		status = 0;
	}
	free(line);
	return status;
}

static int
append(int spool_fd, int fd, int64_t now_us, const char *id, const char *event,
    const char *details)
{
	char when[UTIL_TIME_SIZE], hex[HASH_HEX_SIZE];
	struct buf line = {0};
	int status = -1;

	if (flock(fd, LOCK_EX) == 0 && last_hash(fd, hex) == 0) {
		buf_format(&line, "%s %s %s %s%s%s\n",
		    util_time_text(now_us, when), hex, id, event,
		    *details ? " " : "", details);
		status = util_write(fd, line.s, line.len);
		if (status == 0)
			status = fdatasync(fd);
		/* The first line: the log's name must last as well. */
		if (status == 0 && strspn(hex, "0") == 64)
			status = fsync(spool_fd);
	}
	buf_free(&line);
	return status;
}

int
audit_add(int spool_fd, int64_t now_us, const char *id, const char *event,
    struct why *why, const char *fmt, ...)
{
	char details[LINE_MAX_BYTES - 512];
	va_list ap;
	int fd, status;

	va_start(ap, fmt);
	(void)vsnprintf(details, sizeof details, fmt, ap);
	va_end(ap);
	for (char *c = details; *c; c++)
		if ((unsigned char)*c < ' ')
			*c = ' ';
	fd = openat(spool_fd, "audit.log",
	    O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	status = fd < 0 ? -1 : append(spool_fd, fd, now_us, id, event, details);
	if (status != 0)
		why_set(why, "audit.log: %s", strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	return status;
}

int
audit_verify(int spool_fd, struct why *why)
{
	char hex[HASH_HEX_SIZE], *line = NULL;
	size_t size = 0, number = 0;
	ssize_t n;
	int status = 0;
	int fd =
	    openat(spool_fd, "audit.log", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");

	if (!file) {
		if (fd >= 0)
			(void)close(fd);
		return why_set(why, "audit.log: %s", strerror(errno));
	}
	memset(hex, '0', 64);
	hex[64] = '\0';
	while (status == 0 && (n = getline(&line, &size, file)) > 0) {
		const char *at = strchr(line, ' ');

		number++;
		if (line[n - 1] != '\n' || !at || strncmp(at + 1, hex, 64) != 0)
			status = why_set(why,
			    "audit.log:%zu: the chain is broken here", number);
		hash_text(HASH_SHA256, line, (size_t)n - 1, hex);
	}
	free(line);
	(void)fclose(file);
	return status;
}
