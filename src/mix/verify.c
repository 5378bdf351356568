/* SPDX-License-Identifier: ISC */
#include "verify.h"

#include <math.h>
#include <stdlib.h>

#include "legfile.h"
#include "mem.h"
#include "text.h"

#define BLOCK 4096

/* Amplitudes. An encoder at 16 kbit/s spreads sound by about a block, and its
 * output for silence is below the floor. */
#define FLOOR 0.005F
#define MORE  2.0F
#define LESS  0.25F

/* A sketch is a sum with random signs: the sketches of two sounds agree as far
 * as the sounds do, and one number per 20 ms is enough. */
#define SKETCHES  5   /* per tenth of a second */
#define TOGETHER  100 /* sketches that are compared together */
#define LIKENESS  0.3
#define DIFFERENT 10 /* one in so many parts may fail */

/*
 * The sound above the encoder's low-pass may be missing. Presence is measured
 * well below it, by a Butterworth filter, and only if a fair part of the sound
 * is there.
 */
#define BELOW    0.75
#define SECTIONS 4
#define PART     0.3F

struct biquad {
	double b, a1, a2, z1, z2; /* b, 2 b, b over 1, a1, a2 */
};

struct series {
	float *value;
	size_t count, room;
};

/* What is kept of one channel. */
struct trace {
	struct series level, low, sketch; /* sketch: of what is low */
	struct biquad filter[SECTIONS];
	double energy, low_energy, sum;
	size_t window, filled,
	    part; /* samples: a tenth, so far of it, a 50th */
	uint32_t at;
};

struct verify {
	int channels;
	int64_t samples;
	unsigned rate, lowpass_hz;
	struct trace in[2];
};

/* The bilinear transform of a Butterworth low-pass, in second-order sections. */
static void
filter_init(struct biquad filter[SECTIONS], double hz, double rate)
{
	double w = tan(M_PI * hz / rate);

	for (int i = 0; i < SECTIONS; i++) {
		double q = 2 * cos(M_PI * (2 * i + 1) / (4 * SECTIONS));
		double d = 1 + q * w + w * w;

		filter[i] = (struct biquad){.b = w * w / d,
		    .a1 = 2 * (w * w - 1) / d,
		    .a2 = (1 - q * w + w * w) / d};
	}
}

static double
filter_run(struct biquad filter[SECTIONS], double x)
{
	for (int i = 0; i < SECTIONS; i++) {
		struct biquad *f = &filter[i];
		double y = f->b * x + f->z1;

		f->z1 = 2 * f->b * x - f->a1 * y + f->z2;
		f->z2 = f->b * x - f->a2 * y;
		x = y;
	}
	return x;
}

static void
trace_init(struct trace *t, unsigned rate, unsigned lowpass_hz)
{
	*t = (struct trace){.window = rate / 10};
	t->part = t->window / SKETCHES;
	filter_init(t->filter, BELOW * lowpass_hz, rate);
}

static void
trace_free(struct trace *t)
{
	free(t->level.value);
	free(t->low.value);
	free(t->sketch.value);
}

struct verify *
verify_new(unsigned rate, int channels, unsigned lowpass_hz)
{
	struct verify *v = mem_alloc(sizeof *v);

	v->rate = rate;
	v->channels = channels;
	v->lowpass_hz = lowpass_hz;
	for (int c = 0; c < 2; c++)
		trace_init(&v->in[c], rate, lowpass_hz);
	return v;
}

void
verify_free(struct verify *v)
{
	if (!v)
		return;
	for (int c = 0; c < 2; c++)
		trace_free(&v->in[c]);
	free(v);
}

static void
append_value(struct series *s, double value)
{
	if (s->count == s->room) {
		s->room = s->room ? 2 * s->room : 1024;
		s->value = mem_resize(s->value, s->room, sizeof *s->value);
	}
	s->value[s->count++] = (float)value;
}

static void
close_trace_window(struct trace *t)
{
	if (t->filled == 0)
		return;
	append_value(&t->level, sqrt(t->energy / (double)t->filled));
	append_value(&t->low, sqrt(t->low_energy / (double)t->filled));
	append_value(&t->sketch, t->sum);
	t->energy = t->low_energy = t->sum = 0;
	t->filled = 0;
}

/* A sign for each sample by its number: integer hashing after Murmur 3. */
static double
probe_sign(uint32_t at)
{
	at *= 0x9E3779B9;
	at ^= at >> 15;
	at *= 0x85EBCA6B;
	return at >> 31 ? 1 : -1;
}

static void
trace_add(struct trace *t, const float *x, size_t n, size_t step)
{
	for (size_t i = 0; i < n; i++) {
		double v = (double)x[i * step];
		double low = filter_run(t->filter, v);

		t->energy += v * v;
		t->low_energy += low * low;
		t->sum += probe_sign(t->at++) * low;
		if (++t->filled == t->window) {
			close_trace_window(t);
		} else if (t->filled % t->part == 0 &&
			   t->filled < SKETCHES * t->part) {
			append_value(&t->sketch, t->sum);
			t->sum = 0;
		}
	}
}

void
verify_add(struct verify *v, const float *const channel[2], size_t n)
{
	for (int c = 0; c < v->channels; c++)
		trace_add(&v->in[c], channel[c], n, 1);
	v->samples += (int64_t)n;
}

static float
around(const struct series *l, size_t i)
{
	float most = l->value[i];

	if (i > 0 && l->value[i - 1] > most)
		most = l->value[i - 1];
	if (i + 1 < l->count && l->value[i + 1] > most)
		most = l->value[i + 1];
	return most;
}

/* True if enough of the sound is where the encoder must keep it. */
static bool
is_low(const struct trace *in, size_t i)
{
	return in->low.value[i] > 4 * FLOOR &&
	       in->low.value[i] > PART * in->level.value[i];
}

static int
compare_levels(const struct trace *in, const struct trace *out, int channel,
    struct why *why)
{
	size_t loud = 0, lost = 0;

	for (size_t i = 0; i < in->level.count && i < out->level.count; i++) {
		if (out->level.value[i] > MORE * around(&in->level, i) + FLOOR)
			return why_set(why,
			    "the MP3 has sound on channel %d at %zu.%zu s "
			    "that was not in the mix",
			    channel + 1, i / 10, i % 10);
		if (!is_low(in, i))
			continue;
		loud++;
		lost += out->low.value[i] < LESS * in->low.value[i];
	}
	if (lost * 10 > loud)
		return why_set(why,
		    "the MP3 is missing sound on channel %d that was in the "
		    "mix",
		    channel + 1);
	return 0;
}

/* 1: the same sound, 0: another one, -1: too soft to decide. */
static int
alike(const float *a, const float *b, size_t n, double part)
{
	double aa = 0, bb = 0, ab = 0;

	for (size_t i = 0; i < n; i++) {
		aa += (double)a[i] * (double)a[i];
		bb += (double)b[i] * (double)b[i];
		ab += (double)a[i] * (double)b[i];
	}
	if (aa / (double)n < part * 16 * (double)(FLOOR * FLOOR))
		return -1;
	return ab > LIKENESS * sqrt(aa * bb);
}

/* True in one of the tenths of these sketches. */
static bool
has_low(const struct trace *in, size_t sketch)
{
	size_t from = sketch / SKETCHES, to = from + TOGETHER / SKETCHES;
	bool low = false;

	for (size_t i = from; i < to && i < in->low.count; i++)
		low = low || is_low(in, i);
	return low;
}

static int
compare_sketches(const struct trace *in, const struct trace *out, int channel,
    struct why *why)
{
	size_t told = 0, other = 0, first = 0;

	for (size_t i = 0; i + TOGETHER <= in->sketch.count &&
			   i + TOGETHER <= out->sketch.count;
	     i += TOGETHER) {
		int same = -1;

		if (has_low(in, i))
			same = alike(in->sketch.value + i,
			    out->sketch.value + i, TOGETHER, (double)in->part);
		told += same >= 0;
		if (same == 0 && other++ == 0)
			first = i;
	}
	if (other * DIFFERENT > told)
		return why_set(why,
		    "the MP3 has other sound on channel %d than the mix, from "
		    "%zu s on",
		    channel + 1, first / SKETCHES / 10);
	return 0;
}

/* Reads the whole file into a trace for each channel. */
static int
measure_file(struct legfile *file, int channels, struct trace *out,
    int64_t *samples, struct why *why)
{
	float *block = mem_alloc(sizeof *block * BLOCK * (size_t)channels);
	ssize_t n;

	while ((n = legfile_read(file, block, BLOCK, why)) > 0) {
		for (int c = 0; c < channels && c < 2; c++)
			trace_add(
			    &out[c], block + c, (size_t)n, (size_t)channels);
		*samples += n;
	}
	for (int c = 0; c < 2; c++)
		close_trace_window(&out[c]);
	free(block);
	return n < 0 ? -1 : 0;
}

static int
compare_traces(struct verify *v, const struct legfile_facts *facts,
    const struct trace *out, int64_t samples, struct why *why)
{
	if (samples != v->samples || facts->channels != v->channels ||
	    facts->rate != v->rate)
		return why_set(why,
		    "the MP3 plays %lld samples at %u Hz on %d channels, not "
		    "%lld at %u on %d",
		    (long long)samples, facts->rate, facts->channels,
		    (long long)v->samples, v->rate, v->channels);
	for (int c = 0; c < v->channels; c++) {
		close_trace_window(&v->in[c]);
		if (compare_levels(&v->in[c], &out[c], c, why) != 0 ||
		    compare_sketches(&v->in[c], &out[c], c, why) != 0)
			return -1;
	}
	return 0;
}

int
verify_fd(struct verify *v, int fd, struct why *why)
{
	struct legfile_facts facts;
	struct legfile *file;
	struct trace out[2];
	int64_t samples = 0;
	int status;

	/* An empty recording is always right. */
	if (v->samples == 0)
		return 0;
	file = legfile_open(fd, "the MP3", NULL, &facts, why);
	if (!file)
		return -1;
	for (int c = 0; c < 2; c++)
		trace_init(&out[c], facts.rate, v->lowpass_hz);
	status = measure_file(file, facts.channels, out, &samples, why);
	if (status == 0)
		status = compare_traces(v, &facts, out, samples, why);
	for (int c = 0; c < 2; c++)
		trace_free(&out[c]);
	legfile_close(file);
	return status;
}
