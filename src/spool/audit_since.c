/* SPDX-License-Identifier: ISC */
/* Reads what was added to the audit log since a place in it. */
#include "audit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit_part.h"
#include "hash.h"
#include "io.h"
#include "mem.h"
#include "text.h"

enum { CHUNK_BYTES = 1 << 20 };

/*
 * The logs from the newest to that with the place, each opened once: renames
 * meanwhile change nothing.
 */
struct audit_piece {
	int fd;
	char name[AUDIT_NAME_SIZE];
};
struct parts {
	struct audit_piece *part;
	size_t count;
	bool found;   /* the place, in the last part */
	int64_t from; /* the offset there of what comes after it */
};

/* True if the line that ends there has that hash. */
static bool
is_place(int fd, const struct audit_place *place)
{
	char hex[HASH_HEX_SIZE];
	off_t from = audit_line_start(fd, place->end - 1);
	size_t n = (size_t)(place->end - from);
	char *line;
	bool is = false;

	if (from < 0 || n > CHUNK_BYTES)
		return false;
	line = mem_alloc(n);
	if (io_pread(fd, line, n, from) == (ssize_t)n && line[n - 1] == '\n') {
		hash_text(HASH_SHA256, line, n - 1, hex);
		is = memcmp(hex, place->head, 64) == 0;
	}
	free(line);
	return is;
}

/* True if the first line of the file came after the line of the place. */
static bool
is_next(int fd, const struct audit_place *place)
{
	enum { TIME_MAX = 40 };
	char start[TIME_MAX + 64];
	ssize_t n = io_pread(fd, start, sizeof start, 0);
	const char *at = n > 0 ? memchr(start, ' ', (size_t)n) : NULL;

	return at && n - (at + 1 - start) >= 64 &&
	       memcmp(at + 1, place->head, 64) == 0;
}

static bool
is_same_file(int fd, int other)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && fstat(other, &b) == 0 &&
	       a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}

static void
close_parts(struct parts *p)
{
	for (size_t i = 0; i < p->count; i++)
		(void)close(p->part[i].fd);
	free(p->part);
}

/* Opens one more. 1, 0 at the end, or -1 with why. */
static int
open_next(int spool_fd, int n, struct parts *p, struct why *why)
{
	struct audit_piece *part = &p->part[p->count];

	part->fd = audit_open_part(spool_fd, n, part->name);
	/* The newest: no event yet, or none since it was renamed. */
	if (part->fd < 0 && errno == ENOENT)
		return n == 0;
	if (part->fd < 0)
		return why_errno(why, "%s", part->name);
	/* It was renamed after it was opened by its name before. */
	if (p->count > 0 && is_same_file(part->fd, part[-1].fd))
		(void)close(part->fd);
	else
		p->count++;
	return 1;
}

static int
open_parts(int spool_fd, const struct audit_place *place, struct parts *p,
    struct why *why)
{
	int status = 1;

	*p = (struct parts){
	    .part = mem_alloc((AUDIT_ROTATED_MAX + 1) * sizeof *p->part)};
	for (int n = 0; n <= AUDIT_ROTATED_MAX && !p->found && status > 0;
	     n++) {
		status = open_next(spool_fd, n, p, why);
		p->found = status > 0 && place->end > 0 && p->count > 0 &&
			   is_place(p->part[p->count - 1].fd, place);
	}
	if (status < 0) {
		close_parts(p);
		return -1;
	}
	if (p->found)
		p->from = place->end;
	else if (place->end > 0 && p->count > 0)
		p->found = is_next(p->part[p->count - 1].fd, place);
	return 0;
}

int
audit_has_place(
    int spool_fd, const struct audit_place *place, bool *has, struct why *why)
{
	struct parts p;

	if (open_parts(spool_fd, place, &p, why) != 0)
		return -1;
	*has = p.found;
	close_parts(&p);
	return 0;
}

struct since {
	struct audit_place *place;
	void (*each)(const char *line, size_t n, void *arg);
	void *arg;
	char *last; /* line */
	size_t last_len, last_size;
};

static void
keep_last(struct since *s, const char *line, size_t n)
{
	if (n > s->last_size)
		s->last = mem_resize(s->last, s->last_size = n, 1);
	if (n > 0)
		memcpy(s->last, line, n);
	s->last_len = n;
}

/* Calls each() for the complete lines; returns their bytes. */
static size_t
read_since_lines(const char *chunk, size_t n, struct since *s)
{
	const char *at = chunk, *last = NULL, *end;

	while ((end = memchr(at, '\n', (size_t)(chunk + n - at)))) {
		s->each(at, (size_t)(end - at), s->arg);
		last = at;
		at = end + 1;
	}
	if (last)
		keep_last(s, last, (size_t)(at - 1 - last));
	return (size_t)(at - chunk);
}

/* Reads the lines of a log from there on, up to the last complete one. */
static int
read_since(int fd, int64_t from, struct since *s)
{
	char *chunk = mem_alloc(CHUNK_BYTES);
	ssize_t n;

	while ((n = io_pread(fd, chunk, CHUNK_BYTES, from)) > 0) {
		size_t done = read_since_lines(chunk, (size_t)n, s);

		if (done > 0)
			s->place->end = from + (int64_t)done;
		else if (n < CHUNK_BYTES)
			break; /* it is being written */
		else
			done = CHUNK_BYTES; /* no line of a log is so long */
		from += (int64_t)done;
	}
	free(chunk);
	return n < 0 ? -1 : 0;
}

int
audit_since(int spool_fd, struct audit_place *place,
    void (*each)(const char *line, size_t n, void *arg), void *arg,
    struct why *why)
{
	struct since s = {.place = place, .each = each, .arg = arg};
	struct parts p;
	int status;

	if (open_parts(spool_fd, place, &p, why) != 0)
		return -1;
	status = 0;
	for (size_t i = p.count; i > 0 && status == 0; i--) {
		if (read_since(p.part[i - 1].fd, p.from, &s) != 0)
			status = why_errno(why, "%s", p.part[i - 1].name);
		p.from = 0;
	}
	if (s.last)
		hash_text(HASH_SHA256, s.last, s.last_len, place->head);
	free(s.last);
	close_parts(&p);
	return status;
}
