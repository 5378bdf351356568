/* SPDX-License-Identifier: ISC */
#include "track.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "num.h"
#include "resample.h"

#define BLOCK 4096

struct track {
	const struct call_leg *what;
	struct leg *leg;
	struct resample *rs;
	double stretch;
	float in[BLOCK], out[BLOCK];
	size_t in_at, in_end, out_at, out_end;
	bool in_over, over;
	int64_t taken; /* samples of the leg, so far */
	int64_t at;    /* of out[out_at], in samples of the call */
};

static double
find_stretch(const struct track *t)
{
	double is = (double)leg_samples(t->leg) / leg_rate(t->leg);
	double should = (double)(t->what->end_us - t->what->start_us) / 1e6;

	if (t->what->end_us <= t->what->start_us)
		return 1;
	/* Below 10 ms it is rounding, above 2 % it is missing sound. */
	if (should - is < 0.01 && is - should < 0.01)
		return 1;
	if (should / is < 0.98 || should / is > 1.02)
		return 1;
	return should / is;
}

struct track *
track_new(struct leg *leg, const struct call_leg *what)
{
	struct track *t = mem_alloc(sizeof *t);

	t->what = what;
	t->leg = leg;
	t->stretch = find_stretch(t);
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
	return t->what;
}

const struct leg *
track_file(const struct track *t)
{
	return t->leg;
}

int64_t
track_lost(const struct track *t)
{
	return t->in_over ? leg_samples(t->leg) - t->taken : 0;
}

int64_t
track_end_us(const struct track *t)
{
	double seconds = (double)leg_samples(t->leg) / leg_rate(t->leg);

	return t->what->start_us + (int64_t)(seconds * t->stretch * 1e6);
}

double
track_stretch(const struct track *t)
{
	return t->stretch;
}

int
track_start(struct track *t, unsigned rate, struct why *why)
{
	double from = leg_rate(t->leg) / t->stretch;

	t->at = num_samples(t->what->start_us, rate);
	if (leg_rate(t->leg) == rate && !(t->stretch < 1 || t->stretch > 1))
		return 0;
	t->rs = resample_new(from, rate, why);
	return t->rs ? 0 : -1;
}

static int
fill_in(struct track *t, struct why *why)
{
	ssize_t n;

	if (t->in_at < t->in_end || t->in_over)
		return 0;
	n = leg_read(t->leg, t->in, BLOCK, why);
	if (n < 0)
		return -1;
	t->in_at = 0;
	t->in_end = (size_t)n;
	t->taken += n;
	t->in_over = n == 0;
	return 0;
}

/* More samples in out, or the end of them. */
static int
fill(struct track *t, struct why *why)
{
	size_t used = 0;

	t->out_at = t->out_end = 0;
	while (t->out_end == 0 && !t->over) {
		if (fill_in(t, why) != 0)
			return -1;
		if (resample_run(t->rs, t->in_over ? NULL : t->in + t->in_at,
			t->in_end - t->in_at, &used, t->out, BLOCK, &t->out_end,
			why) != 0)
			return -1;
		if (!t->in_over)
			t->in_at += used;
		t->over = t->in_over && t->out_end == 0;
	}
	return 0;
}

static ssize_t
take_resampled(struct track *t, float *out, size_t n, struct why *why)
{
	size_t have;

	if (t->out_at == t->out_end && fill(t, why) != 0)
		return -1;
	have = t->out_end - t->out_at;
	have = have < n ? have : n;
	if (out)
		memcpy(out, t->out + t->out_at, have * sizeof *out);
	t->out_at += have;
	return (ssize_t)have;
}

/*
 * n samples of the sound that is due, or drops them (out NULL): without
 * resampling straight from the file. How many; fewer only at the end, then 0.
 */
static ssize_t
take(struct track *t, float *out, size_t n, struct why *why)
{
	ssize_t got;

	if (t->rs)
		return take_resampled(t, out, n, why);
	if (n > BLOCK)
		n = BLOCK;
	got = t->in_over ? 0 : leg_read(t->leg, out ? out : t->in, n, why);
	if (got > 0)
		t->taken += got;
	if (got == 0)
		t->in_over = t->over = true;
	return got;
}

int
track_read(struct track *t, int64_t from, float *out, size_t n, struct why *why)
{
	size_t done = 0;

	while (done < n && !t->over) {
		int64_t at = from + (int64_t)done;
		size_t now = n - done;
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
		/* Before `at`: cut away, or between two recordings. */
		got = take(t, t->at < at ? NULL : out + done, now, why);
		if (got < 0)
			return -1;
		if (t->at == at)
			done += (size_t)got;
		t->at += got;
	}
	memset(out + done, 0, (n - done) * sizeof *out);
	return 0;
}
