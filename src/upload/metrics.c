/* SPDX-License-Identifier: ISC */
#include "metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"
#include "mem.h"
#include "newfile.h"
#include "text.h"

#define ATTEMPTS "rectools_upload_attempts_total"
#define BYTES    "rectools_upload_bytes_total"
#define SUCCESS  "rectools_upload_last_success_timestamp_seconds"
#define WAITING  "rectools_upload_waiting_folders"
#define LAST_RUN "rectools_upload_last_run_timestamp_seconds"

struct metrics {
	char *path;
	const struct upload *up;
	struct traffic_count *before; /* per destination */
};

/* The figure of one line of the text, 0 where it has no such line. */
static uint64_t
figure(const char *text, const char *name, const char *dest, const char *more)
{
	char *head =
	    text_format("\n%s{destination=\"%s\"%s} ", name, dest, more);
	const char *at = strstr(text, head);
	uint64_t n = 0;

	if (at)
		n = strtoull(at + strlen(head), NULL, 10);
	free(head);
	return n;
}

static void
read_before(struct metrics *m, const char *text)
{
	for (size_t i = 0; i < m->up->dests; i++) {
		const char *d = m->up->dest[i].name;
		struct traffic_count *c = &m->before[i];

		c->done = figure(text, ATTEMPTS, d, ",outcome=\"done\"");
		c->later = figure(text, ATTEMPTS, d, ",outcome=\"later\"");
		c->paused = figure(text, ATTEMPTS, d, ",outcome=\"paused\"");
		c->never = figure(text, ATTEMPTS, d, ",outcome=\"failed\"");
		c->bytes = figure(text, BYTES, d, "");
		c->success_us = (int64_t)figure(text, SUCCESS, d, "") * 1000000;
	}
}

struct metrics *
metrics_open(const char *path, const struct upload *up)
{
	enum { MOST = 1 << 20 };
	struct metrics *m = mem_alloc(sizeof *m);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *text = mem_alloc(MOST + 1);
	ssize_t n = fd < 0 ? 0 : io_read(fd, text, MOST);

	m->path = text_dup(path);
	m->up = up;
	m->before = mem_alloc((up->dests + 1) * sizeof *m->before);
	if (n > 0)
		read_before(m, text);
	if (fd >= 0)
		(void)close(fd);
	free(text);
	return m;
}

static void
add(struct buf *b, const char *name, const char *dest, const char *outcome,
    uint64_t n)
{
	buf_format(b, "%s{destination=\"%s\"%s%s%s} %" PRIu64 "\n", name, dest,
	    *outcome ? ",outcome=\"" : "", outcome, *outcome ? "\"" : "", n);
}

static void
add_head(struct buf *b, const char *name, const char *kind, const char *help)
{
	buf_format(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind);
}

static void
format(struct metrics *m, struct traffic *t, const struct courier_report *r,
    int64_t now_us, struct buf *b)
{
	add_head(b, ATTEMPTS, "counter", "Attempts to deliver a recording.");
	for (size_t i = 0; i < m->up->dests; i++) {
		const char *d = m->up->dest[i].name;
		const struct traffic_count *o = &m->before[i];
		struct traffic_count c = traffic_count(t, i);

		add(b, ATTEMPTS, d, "done", o->done + c.done);
		add(b, ATTEMPTS, d, "later", o->later + c.later);
		add(b, ATTEMPTS, d, "paused", o->paused + c.paused);
		add(b, ATTEMPTS, d, "failed", o->never + c.never);
	}
	add_head(b, BYTES, "counter", "Bytes of what was delivered.");
	for (size_t i = 0; i < m->up->dests; i++)
		add(b, BYTES, m->up->dest[i].name, "",
		    m->before[i].bytes + traffic_count(t, i).bytes);
	add_head(b, SUCCESS, "gauge", "When a recording arrived last.");
	for (size_t i = 0; i < m->up->dests; i++) {
		int64_t us = traffic_count(t, i).success_us;

		if (us == 0)
			us = m->before[i].success_us;
		add(b, SUCCESS, m->up->dest[i].name, "",
		    (uint64_t)(us / 1000000));
	}
	add_head(b, WAITING, "gauge", "Calls that wait in upload/.");
	buf_format(b, WAITING " %zu\n", r->waiting);
	add_head(b, LAST_RUN, "gauge", "When these figures were written.");
	buf_format(b, LAST_RUN " %" PRId64 "\n", now_us / 1000000);
}

int
metrics_write(struct metrics *m, struct traffic *t,
    const struct courier_report *r, int64_t now_us)
{
	const char *slash = strrchr(m->path, '/');
	char *dir = slash ? text_ndup(m->path, (size_t)(slash - m->path) + 1)
			  : text_dup(".");
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct newfile nf = NEWFILE_NONE;
	struct buf b = {0};
	int status = -1, saved;

	format(m, t, r, now_us, &b);
	/* Another user collects it. */
	if (fd >= 0 &&
	    newfile_create(&nf, fd, slash ? slash + 1 : m->path) == 0 &&
	    fchmod(nf.fd, 0644) == 0 && io_write(nf.fd, b.s, b.len) == 0)
		status = newfile_commit(&nf, true);
	saved = errno;
	newfile_abort(&nf);
	if (fd >= 0)
		(void)close(fd);
	buf_free(&b);
	free(dir);
	errno = saved;
	return status;
}

void
metrics_close(struct metrics *m)
{
	if (!m)
		return;
	free(m->before);
	free(m->path);
	free(m);
}
