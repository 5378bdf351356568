/* SPDX-License-Identifier: ISC */
#include "upload_metrics.h"

#include <inttypes.h>
#include <stdlib.h>

#include "mem.h"
#include "metrics.h"
#include "text.h"

#define ATTEMPTS "rectools_upload_attempts_total"
#define BYTES    "rectools_upload_bytes_total"
#define SUCCESS  "rectools_upload_last_success_timestamp_seconds"
#define WAITING  "rectools_upload_waiting_folders"
#define NOTICES  "rectools_upload_waiting_notices"
#define LAST_RUN "rectools_upload_last_run_timestamp_seconds"

struct upload_metrics {
	char *path, *spool;
	const struct upload *up;
	struct lane_count *before; /* per destination */
};

/* The value of a line of the text; 0 if there is no such line. */
static uint64_t
upload_figure(const struct upload_metrics *m, const char *text,
    const char *name, const char *dest, const char *more)
{
	char *label = text_format("destination=\"%s\"%s", dest, more);
	uint64_t n = metrics_figure(text, name, m->spool, label);

	free(label);
	return n;
}

static void
read_before(struct upload_metrics *m, const char *t)
{
	for (size_t i = 0; i < m->up->dests; i++) {
		const char *d = m->up->dest[i].name;
		struct lane_count *c = &m->before[i];

		c->done = upload_figure(m, t, ATTEMPTS, d, ",outcome=\"done\"");
		c->later =
		    upload_figure(m, t, ATTEMPTS, d, ",outcome=\"later\"");
		c->paused =
		    upload_figure(m, t, ATTEMPTS, d, ",outcome=\"paused\"");
		c->never =
		    upload_figure(m, t, ATTEMPTS, d, ",outcome=\"failed\"");
		c->bytes = upload_figure(m, t, BYTES, d, "");
		c->success_us =
		    (int64_t)upload_figure(m, t, SUCCESS, d, "") * 1000000;
	}
}

struct upload_metrics *
upload_metrics_open(
    const char *path, const char *spool, const struct upload *up)
{
	struct upload_metrics *m = mem_alloc(sizeof *m);
	char *text = metrics_read(path);

	m->path = text_dup(path);
	m->spool = text_dup(spool);
	m->up = up;
	m->before = mem_alloc((up->dests + 1) * sizeof *m->before);
	read_before(m, text);
	free(text);
	return m;
}

static void
add_attempts(struct buf *b, const char *dest, const char *outcome, uint64_t n)
{
	buf_format(b,
	    ATTEMPTS "{destination=\"%s\",outcome=\"%s\"} %" PRIu64 "\n", dest,
	    outcome, n);
}

static void
format(struct upload_metrics *m, struct lanes *t,
    const struct courier_report *r, size_t notices, int64_t now_us,
    struct buf *b)
{
	metrics_head(
	    b, ATTEMPTS, "counter", "Attempts to deliver a recording.");
	for (size_t i = 0; i < m->up->dests; i++) {
		const char *d = m->up->dest[i].name;
		const struct lane_count *o = &m->before[i];
		struct lane_count c = lane_count(t, i);

		add_attempts(b, d, "done", o->done + c.done);
		add_attempts(b, d, "later", o->later + c.later);
		add_attempts(b, d, "paused", o->paused + c.paused);
		add_attempts(b, d, "failed", o->never + c.never);
	}
	metrics_head(b, BYTES, "counter", "Bytes of what was delivered.");
	for (size_t i = 0; i < m->up->dests; i++)
		metrics_line(b, BYTES, "destination", m->up->dest[i].name,
		    (int64_t)(m->before[i].bytes + lane_count(t, i).bytes));
	metrics_head(b, SUCCESS, "gauge", "When a recording arrived last.");
	for (size_t i = 0; i < m->up->dests; i++) {
		int64_t us = lane_count(t, i).success_us;

		if (us == 0)
			us = m->before[i].success_us;
		metrics_line(b, SUCCESS, "destination", m->up->dest[i].name,
		    us / 1000000);
	}
	metrics_head(b, WAITING, "gauge", "Calls that wait in upload/.");
	metrics_line(b, WAITING, NULL, NULL, (int64_t)r->waiting);
	metrics_head(b, NOTICES, "gauge", "Notices that were not sent yet.");
	metrics_line(b, NOTICES, NULL, NULL, (int64_t)notices);
	metrics_head(b, LAST_RUN, "gauge", "When these figures were written.");
	metrics_line(b, LAST_RUN, NULL, NULL, now_us / 1000000);
}

int
upload_metrics_write(struct upload_metrics *m, struct lanes *t,
    const struct courier_report *r, size_t notices, int64_t now_us)
{
	struct buf b = {0};
	int status;

	format(m, t, r, notices, now_us, &b);
	status = metrics_put(m->path, m->spool, &b);
	buf_free(&b);
	return status;
}

void
upload_metrics_close(struct upload_metrics *m)
{
	if (!m)
		return;
	free(m->before);
	free(m->path);
	free(m->spool);
	free(m);
}
