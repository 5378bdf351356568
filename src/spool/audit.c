/* SPDX-License-Identifier: ISC */
#include "audit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit_part.h"
#include "hash.h"
#include "io.h"
#include "mem.h"
#include "text.h"
#include "when.h"

#define LOG        "audit.log"
#define READ_FLAGS (O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)

enum { PART_BYTES = 4096 };

static bool
is_zeros(const char *hex)
{
	return strspn(hex, "0") == 64;
}

static void
set_zeros(char hex[HASH_HEX_SIZE])
{
	memset(hex, '0', 64);
	hex[64] = '\0';
}

off_t
audit_line_start(int fd, off_t end)
{
	char part[PART_BYTES];

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

/* The hash of the last complete line, and its end (0: there is none). */
static int
last_hash(int fd, char hex[HASH_HEX_SIZE], off_t *size, off_t *end)
{
	off_t from;
	char *line;
	int status = -1;

	set_zeros(hex);
	*size = lseek(fd, 0, SEEK_END);
	*end = *size > 0 ? audit_line_start(fd, *size) : *size;
	if (*end <= 0)
		return (int)*end;
	from = audit_line_start(fd, *end - 1);
	if (from < 0)
		return -1;
	line = mem_alloc((size_t)(*end - from));
	if (pread(fd, line, (size_t)(*end - from), from) == *end - from) {
		hash_text(HASH_SHA256, line, (size_t)(*end - from) - 1, hex);
		status = 0;
	}
	free(line);
	return status;
}

/* The hash with which a new log begins: that of the renamed log's last line. */
static int
rotated_hash(int spool_fd, char hex[HASH_HEX_SIZE])
{
	int fd = openat(spool_fd, LOG ".1", READ_FLAGS);
	off_t size, end;
	int status;

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	/* A process that opened it before the rename may still write a line. */
	status = flock(fd, LOCK_SH);
	if (status == 0)
		status = last_hash(fd, hex, &size, &end);
	(void)close(fd);
	return status;
}

/*
 * The hash for the next line. Bytes that a crash left after the last newline
 * are not a line and are cut off, however many there are: some file systems
 * fill the file with zeros.
 */
static int
next_hash(int spool_fd, int fd, char hex[HASH_HEX_SIZE])
{
	off_t size, end;

	if (last_hash(fd, hex, &size, &end) != 0)
		return -1;
	if (end < size && ftruncate(fd, end) != 0)
		return -1;
	return end == 0 ? rotated_hash(spool_fd, hex) : 0;
}

/* Opens and locks the log; it must still have its name. */
static int
open_log(int spool_fd)
{
	for (;;) {
		struct stat mine, there;
		int fd = openat(spool_fd, LOG,
		    O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC |
			O_NONBLOCK,
		    0600);

		if (fd < 0)
			return -1;
		if (flock(fd, LOCK_EX) != 0 || fstat(fd, &mine) != 0 ||
		    !S_ISREG(mine.st_mode)) {
			errno = errno ? errno : EINVAL;
			(void)close(fd);
			return -1;
		}
		if (fstatat(spool_fd, LOG, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
		    mine.st_ino == there.st_ino && mine.st_dev == there.st_dev)
			return fd;
		(void)close(fd);
	}
}

static void
add_audit_line(struct buf *b, int64_t now_us, const struct audit_event *e,
    char hex[HASH_HEX_SIZE])
{
	char when[WHEN_SIZE];
	size_t from = b->len;

	buf_format(b, "%s %s %s %s%s%s", when_text(now_us, when), hex, e->id,
	    e->event, *e->details ? " " : "", e->details);
	for (char *c = b->s + from; *c; c++)
		if ((unsigned char)*c < ' ')
			*c = ' ';
	hash_text(HASH_SHA256, b->s + from, b->len - from, hex);
	buf_add(b, "\n", 1);
}

static int
append_events(int spool_fd, int fd, int64_t now_us, const struct audit_event *e,
    size_t events, bool sync)
{
	char hex[HASH_HEX_SIZE];
	struct buf lines = {0};
	off_t from;
	int status;

	if (next_hash(spool_fd, fd, hex) != 0)
		return -1;
	from = lseek(fd, 0, SEEK_END);
	for (size_t i = 0; i < events; i++)
		add_audit_line(&lines, now_us, &e[i], hex);
	status = io_write(fd, lines.s, lines.len);
	if (status == 0 && sync)
		status = fdatasync(fd);
	/* The first line: the name of the log must be durable as well. */
	if (status == 0 && sync && from == 0)
		status = fsync(spool_fd);
	if (status != 0) {
		/* A part of it is worthless; the caller will try again. */
		int saved = errno;
		(void)!ftruncate(fd, from);
		errno = saved;
	}
	buf_free(&lines);
	return status;
}

static int
add_audit_lines(int spool_fd, int64_t now_us, const struct audit_event *e,
    size_t events, bool sync, struct why *why)
{
	int fd, status;

	if (events == 0)
		return 0;
	errno = 0;
	fd = open_log(spool_fd);
	status =
	    fd < 0 ? -1 : append_events(spool_fd, fd, now_us, e, events, sync);
	if (status != 0)
		why_errno(why, LOG);
	if (fd >= 0)
		(void)close(fd);
	return status;
}

int
audit_add_all(int spool_fd, int64_t now_us, const struct audit_event *e,
    size_t events, struct why *why)
{
	return add_audit_lines(spool_fd, now_us, e, events, true, why);
}

int
audit_write_all(int spool_fd, int64_t now_us, const struct audit_event *e,
    size_t events, struct why *why)
{
	return add_audit_lines(spool_fd, now_us, e, events, false, why);
}

int
audit_add(int spool_fd, int64_t now_us, const char *id, const char *event,
    struct why *why, const char *fmt, ...)
{
	struct audit_event e = {.id = id, .event = event};
	char *details = NULL;
	va_list ap;
	int status;

	va_start(ap, fmt);
	status = vasprintf(&details, fmt, ap);
	va_end(ap);
	if (status < 0)
		return errno = ENOMEM, why_errno(why, LOG);
	e.details = details;
	status = audit_add_all(spool_fd, now_us, &e, 1, why);
	free(details);
	return status;
}

char *
audit_words(const char *text)
{
	enum { MOST = 300 };
	char *clean = text_ndup(text, MOST);

	for (char *c = clean; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 127 || *c == '"')
			*c = '\'';
	return clean;
}

int
audit_last(int spool_fd, char hex[AUDIT_HASH_SIZE], struct why *why)
{
	int fd = -1, status = 0;

	set_zeros(hex);
	errno = 0;
	if (faccessat(spool_fd, LOG, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
		status = errno == ENOENT ? rotated_hash(spool_fd, hex) : -1;
	else if ((fd = open_log(spool_fd)) < 0)
		status = -1;
	else
		status = next_hash(spool_fd, fd, hex);
	if (status != 0)
		why_errno(why, LOG);
	if (fd >= 0)
		(void)close(fd);
	return status;
}

/* ---- reading ---- */

int
audit_open_part(int spool_fd, int n, char name[AUDIT_NAME_SIZE])
{
	if (n > 0)
		(void)snprintf(name, AUDIT_NAME_SIZE, LOG ".%d", n);
	else
		(void)snprintf(name, AUDIT_NAME_SIZE, LOG);
	return openat(spool_fd, name, READ_FLAGS);
}

static FILE *
open_part(int spool_fd, int n, char name[AUDIT_NAME_SIZE])
{
	int fd = audit_open_part(spool_fd, n, name);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");

	if (fd >= 0 && !file)
		(void)close(fd);
	return file;
}

/* The number of rotated logs, counted from .1. */
static int
count_rotated(int spool_fd)
{
	char name[AUDIT_NAME_SIZE];
	int n = 0;

	while (n < AUDIT_ROTATED_MAX) {
		FILE *file = open_part(spool_fd, n + 1, name);
		if (!file)
			break;
		(void)fclose(file);
		n++;
	}
	return n;
}

struct audit_reader {
	int (*each)(const char *name, size_t number, const char *line, size_t n,
	    void *arg, struct why *why);
	void *arg;
};

static int
read_part(
    FILE *file, const char *name, const struct audit_reader *r, struct why *why)
{
	char *line = NULL;
	size_t size = 0, number = 0;
	off_t left = 0;
	ssize_t n;
	int status = 0;

	/* Lines that are written from now on are not read. */
	if (flock(fileno(file), LOCK_SH) == 0 && fseeko(file, 0, SEEK_END) == 0)
		left = ftello(file);
	(void)flock(fileno(file), LOCK_UN);
	rewind(file);
	while (
	    status == 0 && left > 0 && (n = getline(&line, &size, file)) > 0) {
		left -= n;
		status = r->each(name, ++number, line, (size_t)n, r->arg, why);
	}
	if (status == 0 && ferror(file))
		status = why_errno(why, "%s", name);
	free(line);
	return status;
}

/* Reads the lines of all logs with their newlines, oldest first. */
static int
read_audit_files(int spool_fd, const struct audit_reader *r, struct why *why)
{
	int rotated = count_rotated(spool_fd), status = 0;

	for (int i = rotated; i >= 0 && status == 0; i--) {
		char name[AUDIT_NAME_SIZE];
		FILE *file = open_part(spool_fd, i, name);

		/*
		 * It was renamed a moment ago: the next event makes a new one.
		 */
		if (!file && i == 0 && rotated > 0 && errno == ENOENT)
			break;
		if (!file)
			return why_errno(why, "%s", name);
		status = read_part(file, name, r, why);
		(void)fclose(file);
	}
	return status;
}

struct audit_check {
	struct audit_chain *chain;
	const char *seen;
	bool found, older_gone;
};

/* TIME PREVIOUS CALL EVENT: the fields of every line. */
static bool
has_its_parts(const char *line, size_t n)
{
	char when[WHEN_SIZE] = "", id[130] = "", event[32] = "";
	int64_t us;

	return memchr(line, '\0', n) == NULL &&
	       sscanf(line, "%39s %*64[0-9a-f] %129s %31[a-z]", when, id,
		   event) == 3 &&
	       when_parse(when, &us) == 0 &&
	       (strcmp(id, "-") == 0 || !text_id_fault(id));
}

static int
verify_line(const char *name, size_t number, const char *line, size_t n,
    void *arg, struct why *why)
{
	struct audit_check *v = arg;
	const char *at = strchr(line, ' ');

	if (line[n - 1] != '\n')
		return why_set(why,
		    "%s:%zu: the line is incomplete, as after a crash (the "
		    "next event repairs it)",
		    name, number);
	/* The oldest log begins where one that was deleted ended. */
	if (v->chain->lines == 0 && v->older_gone && at && strlen(at) > 64)
		memcpy(v->chain->head, at + 1, 64);
	if (!at || strncmp(at + 1, v->chain->head, 64) != 0 || at[65] != ' ')
		return why_set(
		    why, "%s:%zu: the chain is broken here", name, number);
	if (!has_its_parts(line, n))
		return why_set(
		    why, "%s:%zu: is not a line of this log", name, number);
	hash_text(HASH_SHA256, line, n - 1, v->chain->head);
	v->chain->lines++;
	v->found =
	    v->found || (v->seen && strncmp(v->chain->head, v->seen, 64) == 0);
	return 0;
}

int
audit_verify(
    int spool_fd, const char *seen, struct audit_chain *chain, struct why *why)
{
	struct audit_chain own;
	struct audit_check v = {.chain = chain ? chain : &own, .seen = seen};

	v.chain->lines = 0;
	set_zeros(v.chain->head);
	v.older_gone = count_rotated(spool_fd) > 0;
	v.found = !seen || is_zeros(seen);
	if (read_audit_files(
		spool_fd, &(struct audit_reader){verify_line, &v}, why) != 0)
		return -1;
	if (!v.found)
		return why_set(why,
		    LOG ": lines are missing at the end: none has the hash "
			"%.16s...",
		    seen);
	return 0;
}

struct story {
	const char *id;
	void (*tell)(const char *line, void *arg);
	void *arg;
};

static int
story_line(const char *name, size_t number, const char *line, size_t n,
    void *arg, struct why *why)
{
	const struct story *s = arg;
	char id[130] = "";

	(void)name;
	(void)number;
	(void)why;
	if (line[n - 1] == '\n' && sscanf(line, "%*s %*s %129s", id) == 1 &&
	    strcmp(id, s->id) == 0)
		s->tell(line, s->arg);
	return 0;
}

int
audit_story(int spool_fd, const char *id,
    void (*tell)(const char *line, void *arg), void *arg, struct why *why)
{
	struct story s = {id, tell, arg};

	return read_audit_files(
	    spool_fd, &(struct audit_reader){story_line, &s}, why);
}
