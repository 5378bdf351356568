/* SPDX-License-Identifier: ISC */
#include "stage_metrics.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "metrics.h"

#define EVERY_US 10000000

struct stage_metrics {
	char *path, *spool;
	enum spool_stage stage;
	const char *const *outcome;
	atomic_ullong *count; /* per outcome, with earlier runs */
	atomic_bool done;     /* a call succeeded since it was opened */
	int64_t success_us, written_us;
};

static char *
full_name(const struct stage_metrics *m, const char *what)
{
	return text_format("rectools_%s_%s", spool_stage_names[m->stage], what);
}

static uint64_t
stage_figure(const struct stage_metrics *m, const char *text, const char *what,
    const char *label)
{
	char *name = full_name(m, what);
	uint64_t n = metrics_figure(text, name, m->spool, label);

	free(name);
	return n;
}

struct stage_metrics *
stage_metrics_open(const char *path, const char *spool, enum spool_stage stage,
    const char *const *outcomes)
{
	struct stage_metrics *m = mem_alloc(sizeof *m);
	char *text = metrics_read(path);
	size_t n = 0;

	while (outcomes[n])
		n++;
	m->path = text_dup(path);
	m->spool = text_dup(spool);
	m->stage = stage;
	m->outcome = outcomes;
	m->count = mem_alloc((n + 1) * sizeof *m->count);
	for (size_t i = 0; i < n; i++) {
		char *label = text_format("outcome=\"%s\"", outcomes[i]);

		m->count[i] = stage_figure(m, text, "calls_total", label);
		free(label);
	}
	m->success_us = (int64_t)stage_figure(
			    m, text, "last_success_timestamp_seconds", NULL) *
			1000000;
	free(text);
	return m;
}

void
stage_metrics_count(struct stage_metrics *m, const char *outcome, bool on)
{
	size_t i = 0;

	if (!m)
		return;
	while (m->outcome[i] && strcmp(m->outcome[i], outcome) != 0)
		i++;
	assert(m->outcome[i]);
	atomic_fetch_add(&m->count[i], 1);
	if (on)
		m->done = true;
}

static void
add_stage_metric(const struct stage_metrics *m, struct buf *b, const char *what,
    const char *help, int64_t value)
{
	char *name = full_name(m, what);

	metrics_head(b, name, "gauge", help);
	metrics_line(b, name, NULL, NULL, value);
	free(name);
}

static void
add_calls(const struct stage_metrics *m, struct buf *b)
{
	char *name = full_name(m, "calls_total");

	metrics_head(b, name, "counter", "Calls by how they ended.");
	for (size_t i = 0; m->outcome[i]; i++)
		metrics_line(
		    b, name, "outcome", m->outcome[i], (int64_t)m->count[i]);
	free(name);
}

/* How long the oldest folder, which is the first, has been in the spool. */
static int64_t
age_s(char **names, size_t count, int64_t now_us)
{
	const char *id;
	int64_t entered_us;

	for (size_t i = 0; i < count; i++)
		if (spool_parse_name(names[i], &entered_us, &id) == 0)
			return now_us > entered_us
				   ? (now_us - entered_us) / 1000000
				   : 0;
	return 0;
}

int
stage_metrics_write(struct stage_metrics *m, const struct spool *sp,
    int64_t now_us, bool last, struct why *why)
{
	struct buf b = {0};
	char **names;
	size_t count;
	int status = 0;

	if (!m ||
	    (!last && m->written_us > 0 && now_us - m->written_us < EVERY_US))
		return 0;
	if (spool_list(sp, m->stage, &names, &count, why) != 0)
		return -1;
	m->written_us = now_us;
	if (atomic_exchange(&m->done, false))
		m->success_us = now_us;
	add_calls(m, &b);
	add_stage_metric(m, &b, "waiting_folders",
	    "Calls that wait in this stage.", (int64_t)count);
	add_stage_metric(m, &b, "oldest_seconds", "Age of the oldest of them.",
	    age_s(names, count, now_us));
	add_stage_metric(m, &b, "last_success_timestamp_seconds",
	    "When a call went on from here last.", m->success_us / 1000000);
	add_stage_metric(m, &b, "last_run_timestamp_seconds",
	    "When these figures were written.", now_us / 1000000);
	if (metrics_put(m->path, m->spool, &b) != 0)
		status = why_errno(why, "%s", m->path);
	spool_list_free(names, count);
	buf_free(&b);
	return status;
}

void
stage_metrics_close(struct stage_metrics *m)
{
	if (!m)
		return;
	free(m->count);
	free(m->path);
	free(m->spool);
	free(m);
}
