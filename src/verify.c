/* SPDX-License-Identifier: ISC */
#include "verify.h"

#include <math.h>
#include <stdlib.h>

#include "legs.h"

#define BLOCK 4096

/* Amplitudes. An encoder at 16 kbit/s smears by about a block, and what it
 * makes of silence stays below the floor. */
#define FLOOR 0.005F
#define MORE  2.0F
#define LESS  0.25F

/* The level of one channel, a value for each tenth of a second. */
struct levels {
	float *value;
	size_t count, room;
	double sum;
	size_t filled;
};

struct verify {
	size_t window; /* samples */
	int channels;
	int64_t samples;
	struct levels in[2];
};

struct verify *
verify_new(unsigned rate, int channels)
{
	struct verify *v = util_alloc(sizeof *v);

	v->window = rate / 10;
	v->channels = channels;
	return v;
}

void
verify_free(struct verify *v)
{
	if (!v)
		return;
	free(v->in[0].value);
	free(v->in[1].value);
	free(v);
}

static void
close_window(struct levels *l)
{
	if (l->filled == 0)
		return;
	if (l->count == l->room) {
		l->room = l->room ? 2 * l->room : 1024;
		l->value = util_resize(l->value, l->room, sizeof *l->value);
	}
	l->value[l->count++] = (float)sqrt(l->sum / (double)l->filled);
	l->sum = 0;
	l->filled = 0;
}

static void
level(struct levels *l, float x, size_t window)
{
	l->sum += (double)x * (double)x;
	if (++l->filled == window)
		close_window(l);
}

void
verify_add(struct verify *v, const float *pcm, size_t n)
{
	size_t channels = (size_t)v->channels;

	for (size_t i = 0; i < n; i++)
		for (size_t c = 0; c < channels; c++)
			level(&v->in[c], pcm[i * channels + c], v->window);
	v->samples += (int64_t)n;
}

static int
measure(struct leg *leg, size_t window, struct levels *out, int64_t *samples,
    struct why *why)
{
	float block[BLOCK];
	ssize_t n;

	while ((n = leg_read(leg, block, BLOCK, why)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			level(out, block[i], window);
		*samples += n;
	}
	close_window(out);
	return n < 0 ? -1 : 0;
}

static float
around(const struct levels *l, size_t i)
{
	float most = l->value[i];

	if (i > 0 && l->value[i - 1] > most)
		most = l->value[i - 1];
	if (i + 1 < l->count && l->value[i + 1] > most)
		most = l->value[i + 1];
	return most;
}

static int
compare(const struct levels *in, const struct levels *out, int channel,
    struct why *why)
{
	size_t loud = 0, lost = 0;

	for (size_t i = 0; i < in->count && i < out->count; i++) {
		if (out->value[i] > MORE * around(in, i) + FLOOR)
			return why_set(why,
			    "the MP3 has sound on channel %d at %zu.%zu s "
			    "that was not in the mix",
			    channel + 1, i / 10, i % 10);
		if (in->value[i] > 4 * FLOOR) {
			loud++;
			lost += out->value[i] < LESS * in->value[i];
		}
	}
	/* What lies above the encoder's low-pass is lost rightly. */
	if (lost * 10 > loud)
		return why_set(why,
		    "the MP3 lacks sound on channel %d that was in the mix",
		    channel + 1);
	return 0;
}

static int
verify_channel(
    struct verify *v, int channel, int dirfd, const char *name, struct why *why)
{
	struct leg *leg = leg_open(dirfd, name, false, channel + 1, why);
	struct levels out = {0};
	int64_t samples = 0;
	int status = -1;

	if (!leg)
		return -1;
	close_window(&v->in[channel]);
	if (measure(leg, v->window, &out, &samples, why) != 0)
		goto out;
	if (samples != v->samples || leg_channels(leg) != v->channels)
		why_set(why,
		    "the MP3 plays %lld samples on %d channels, not %lld on %d",
		    (long long)samples, leg_channels(leg),
		    (long long)v->samples, v->channels);
	else
		status = compare(&v->in[channel], &out, channel, why);
out:
	leg_close(leg);
	free(out.value);
	return status;
}

int
verify_file(struct verify *v, int dirfd, const char *name, struct why *why)
{
	struct why reason;

	/* An empty recording has nothing that could be wrong. */
	for (int c = 0; c < v->channels && v->samples > 0; c++)
		if (verify_channel(v, c, dirfd, name, &reason) != 0)
			return why_set(why, "%.400s", reason.text);
	return 0;
}
