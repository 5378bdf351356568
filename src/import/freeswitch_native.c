/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "freeswitch_recordings.h"
#include "leg.h"
#include "mem.h"
#include "num.h"
#include "path.h"
#include "text.h"

/*
 * A native file has the frames of its codec. If a packet is late by up to three
 * frames, nothing is written in its place (record_callback). So the file is
 * shorter than its time, and the CDR does not record where. But a pause is in
 * it as frames of one value, and the CDR has the times of its beginning and its
 * end.
 */
#define GAP_US 60000
/* Two frames, the precision of an application's beginning. */
#define EXACT_US 40000
/* A shorter run is not a part of a pause. */
#define FRAME_US 20000
/* The end of a call may be logged this late without a loss of sound. */
#define LATE_US 100000
/* A pause is searched this much before its time, and its length may differ by
 * so much. */
#define EARLY_US  1000000
#define DIFFER_US 300000
/* Gaps between packets do not explain a larger loss. */
#define LOST_US 1000000
enum { CHUNK = 4096, RUNS = 4096 };

/* A run of frames of one value; or a pause of the log. */
struct stretch {
	int64_t from_us, to_us;
};

struct stretches {
	struct stretch *list;
	size_t count;
};

static void
add_native_stretch(struct stretches *s, int64_t from_us, int64_t to_us)
{
	s->list = mem_resize(s->list, s->count + 1, sizeof *s->list);
	s->list[s->count++] = (struct stretch){from_us, to_us};
}

/* The samples so far, and since when the value is the same. */
struct native_scan {
	int64_t at, since;
	float value;
	unsigned rate;
};

static void
end_run(const struct native_scan *scan, struct stretches *runs)
{
	int64_t from = num_us(scan->since, scan->rate);
	int64_t to = num_us(scan->at, scan->rate);

	if (to - from < FRAME_US)
		return;
	/* In a mask, silence replaces packets that did not arrive. */
	if (runs->count > 0 && runs->list[runs->count - 1].to_us == from)
		runs->list[runs->count - 1].to_us = to;
	else if (runs->count < RUNS)
		add_native_stretch(runs, from, to);
}

/* In microseconds; -1: the file cannot be read. */
static int64_t
find_runs(const char *path, struct stretches *runs)
{
	const struct leg_how how = {0};
	enum leg_fault fault;
	struct path p = PATH_NONE;
	struct leg *leg = NULL;
	struct why why = {0};
	struct native_scan scan = {0};
	float chunk[CHUNK];
	ssize_t n = -1;

	if (path_open(&p, path) == 0)
		leg = leg_open(p.fd, p.name, &how, &fault, &why);
	scan.rate = leg ? leg_rate(leg) : 0;
	while (scan.rate > 0 && (n = leg_read(leg, chunk, CHUNK, &why)) > 0)
		for (ssize_t i = 0; i < n; i++, scan.at++) {
			if (scan.at > 0 && chunk[i] == scan.value)
				continue;
			end_run(&scan, runs);
			scan.since = scan.at;
			scan.value = chunk[i];
		}
	if (scan.rate > 0)
		end_run(&scan, runs);
	leg_close(leg);
	path_close(&p);
	return n == 0 ? num_us(scan.at, scan.rate) : -1;
}

/* The pauses of this file; false: there are also other pauses. */
static bool
find_pauses(const struct recordings *all, const struct recording *rec,
    struct stretches *pauses)
{
	bool alone = true, on = false;

	for (size_t i = 0; i < all->marks; i++) {
		const struct mark *m = &all->mark[i];

		if (strcmp(m->file, rec->file) != 0) {
			alone = false;
			continue;
		}
		if (m->on && !on)
			add_native_stretch(pauses, m->at_us, rec->end_us);
		else if (!m->on && on && pauses->count > 0)
			pauses->list[pauses->count - 1].to_us = m->at_us;
		on = m->on;
	}
	return alone;
}

static int64_t
length_of(const struct stretch *s)
{
	return s->to_us - s->from_us;
}

/* The run in the file that is this pause, or NULL. */
static const struct stretch *
match(const struct stretches *runs, const struct stretch *pause, int64_t at_us)
{
	const struct stretch *best = NULL;

	for (size_t i = 0; i < runs->count; i++) {
		const struct stretch *run = &runs->list[i];

		if (run->from_us < at_us - EARLY_US ||
		    run->from_us > at_us + DIFFER_US ||
		    llabs(length_of(run) - length_of(pause)) > DIFFER_US)
			continue;
		if (!best || llabs(length_of(run) - length_of(pause)) <
				 llabs(length_of(best) - length_of(pause)))
			best = run;
	}
	return best;
}

/* The state of placing the file. */
struct placing {
	struct import_leg *leg;
	int64_t file_us; /* the last certain place */
	int64_t off_us;  /* sound after it is this much later in the call */
	int64_t most_us; /* the most that can be lost between two such places */
};

/* Distributes the loss before this place evenly; false: it is too large. */
static bool
place_next(struct placing *p, int64_t file_us, int64_t call_us)
{
	int64_t lost = call_us - file_us - p->off_us;
	int64_t length = file_us - p->file_us, gaps = lost / GAP_US + 1;

	p->file_us = file_us;
	if (lost > p->most_us)
		p->most_us = lost;
	if (lost < EXACT_US || lost > LOST_US)
		return llabs(lost) < EXACT_US;
	for (int64_t i = 1; i <= gaps; i++) {
		int64_t at = file_us - length + length * i / (gaps + 1);

		import_leg_anchor(p->leg, at, at + p->off_us + lost * i / gaps);
	}
	p->off_us += lost;
	return true;
}

/* Places each pause that is found in the file; false: some are missing. */
static bool
place_pauses(struct placing *p, const struct stretches *runs,
    const struct stretches *pauses)
{
	bool all = pauses->count > 0;

	for (size_t i = 0; i < pauses->count; i++) {
		const struct stretch *pause = &pauses->list[i];
		const struct stretch *run =
		    match(runs, pause, pause->from_us - p->off_us);

		if (!run || !place_next(p, run->from_us, pause->from_us) ||
		    !place_next(p, run->to_us, pause->to_us))
			all = false;
	}
	return all;
}

void
recording_place_native(const struct recordings *all,
    const struct recording *rec, const char *path, struct import_call *c,
    struct import_leg *leg)
{
	struct stretches runs = {0}, pauses = {0};
	struct placing p = {.leg = leg, .off_us = rec->start_us};
	int64_t length = find_runs(path, &runs);
	bool exact = find_pauses(all, rec, &pauses) &&
		     !import_has_event(c, "payment-start");

	leg->start_us = rec->start_us;
	leg->end_us = rec->end_us;
	leg->fits = rec->start_us > 0 ? "start" : "end";
	if (rec->start_us <= 0 || length <= 0)
		goto out;
	exact = place_pauses(&p, &runs, &pauses) && exact;
	if (rec->end_us - length - p.off_us > LATE_US)
		(void)place_next(&p, length, rec->end_us);
	if (exact)
		leg->within_us = EXACT_US;
	else if (p.most_us > 0 && p.most_us < LOST_US)
		leg->within_us = p.most_us;
out:
	free(runs.list);
	free(pauses.list);
}
