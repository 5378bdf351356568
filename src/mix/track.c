/* SPDX-License-Identifier: ISC */
#include "track.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "num.h"
#include "resample.h"

#define BLOCK 4096

struct track {
	const struct account_leg *account;
	struct leg *leg;
	unsigned rate;
	size_t span; /* current span */
	struct resample *rs;
	float in[BLOCK], out[BLOCK];
	size_t in_at, in_end, out_at, out_end;
	bool in_over, over;
	int64_t taken; /* samples of the file that were read */
	int64_t at;    /* place of out[out_at], in samples of the call */
};

struct track *
track_new(struct leg *leg, const struct account_leg *account)
{
	struct track *t = mem_alloc(sizeof *t);

	t->account = account;
	t->leg = leg;
	return t;
}

void
track_close(struct track *t)
{
	if (!t)
		return;
	leg_close(t->leg);
	resample_free(t->rs);
	free(t);
}

const struct call_leg *
track_leg(const struct track *t)
{
	return t->account->what;
}

const struct account_leg *
track_account(const struct track *t)
{
	return t->account;
}

const struct leg *
track_file(const struct track *t)
{
	return t->leg;
}

/* Prepares the current span: its place, and its clock. */
static int
begin_span(struct track *t, struct why *why)
{
	const struct account_span *s = &t->account->span[t->span];

	t->at = s->at_us < 0 ? -num_samples(-s->at_us, t->rate)
			     : num_samples(s->at_us, t->rate);
	t->in_at = t->in_end = t->out_at = t->out_end = 0;
	t->in_over = false;
	resample_free(t->rs);
	t->rs = NULL;
	if (leg_rate(t->leg) == t->rate && !(s->stretch < 1 || s->stretch > 1))
		return 0;
	t->rs = resample_new(leg_rate(t->leg) / s->stretch, t->rate, why);
	return t->rs ? 0 : -1;
}

int
track_start(struct track *t, unsigned rate, struct why *why)
{
	t->rate = rate;
	t->over = t->account->spans == 0;
	return t->over ? 0 : begin_span(t, why);
}

/* Reads up to n samples of this span from the file, 0 at its end. */
static ssize_t
read_span(struct track *t, float *to, size_t n, struct why *why)
{
	int64_t left = t->account->span[t->span].to - t->taken;
	ssize_t got;

	if (n > BLOCK)
		n = BLOCK;
	if (left < (int64_t)n)
		n = left > 0 ? (size_t)left : 0;
	if (n == 0)
		return 0;
	got = leg_read(t->leg, to, n, why);
	if (got == 0)
		return why_later(why,
		    "%s: has become shorter while it was read",
		    t->account->what->file);
	if (got > 0)
		t->taken += got;
	return got;
}

static int
fill_in(struct track *t, struct why *why)
{
	ssize_t n;

	if (t->in_at < t->in_end || t->in_over)
		return 0;
	n = read_span(t, t->in, BLOCK, why);
	if (n < 0)
		return -1;
	t->in_at = 0;
	t->in_end = (size_t)n;
	t->in_over = n == 0;
	return 0;
}

/* Reads more samples into out, none at the end of the span. */
static int
fill_track(struct track *t, struct why *why)
{
	size_t used = 0;
	bool over = false;

	t->out_at = t->out_end = 0;
	while (t->out_end == 0 && !over) {
		if (fill_in(t, why) != 0)
			return -1;
		if (resample_run(t->rs, t->in_over ? NULL : t->in + t->in_at,
			t->in_end - t->in_at, &used, t->out, BLOCK, &t->out_end,
			why) != 0)
			return -1;
		if (!t->in_over)
			t->in_at += used;
		over = t->in_over && t->out_end == 0;
	}
	return 0;
}

static ssize_t
take_resampled(struct track *t, float *out, size_t n, struct why *why)
{
	size_t have;

	if (t->out_at == t->out_end && fill_track(t, why) != 0)
		return -1;
	have = t->out_end - t->out_at;
	have = have < n ? have : n;
	if (out)
		memcpy(out, t->out + t->out_at, have * sizeof *out);
	t->out_at += have;
	return (ssize_t)have;
}

/*
 * Gets n samples of the current span, or drops them (out NULL). Without
 * resampling they come directly from the file. Returns the number; 0 at the end
 * of the span, after which the next one is current.
 */
static ssize_t
take_track(struct track *t, float *out, size_t n, struct why *why)
{
	ssize_t got;

	if (t->rs)
		got = take_resampled(t, out, n, why);
	else
		got = read_span(t, out ? out : t->in, n, why);
	if (got != 0)
		return got;
	if (++t->span < t->account->spans)
		return begin_span(t, why);
	t->over = true;
	return 0;
}

int
track_read(struct track *t, int64_t from, float *out, size_t n, struct why *why)
{
	size_t done = 0;

	while (done < n && !t->over) {
		int64_t at = from + (int64_t)done;
		size_t now = n - done;
		bool due = t->at == at;
		ssize_t got;

		if (t->at > at) { /* it has not begun */
			if (t->at - at < (int64_t)now)
				now = (size_t)(t->at - at);
			memset(out + done, 0, now * sizeof *out);
			done += now;
			continue;
		}
		if (t->at < at && at - t->at < (int64_t)now)
			now = (size_t)(at - t->at);
		/* Before `at`: cut, or between two recordings. */
		got = take_track(t, due ? out + done : NULL, now, why);
		if (got < 0)
			return -1;
		if (due)
			done += (size_t)got;
		t->at += got;
	}
	memset(out + done, 0, (n - done) * sizeof *out);
	return 0;
}
