/* SPDX-License-Identifier: ISC */
#include "survey.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "text.h"

enum {
	BLOCK = 4096,
	PER_SECOND = SURVEY_PER_SECOND,
	PRINTS_MOST = 600 * PER_SECOND, /* ten minutes are enough */
	LANES = 8,  /* sums side by side, for the compiler */
	BEFORE = 2, /* samples of the block before */
	SIGNS = 4096
};

/* The 16-bit values of the idle codes of A-law and mu-law. */
#define IDLE (16.5F / 32768)

/* White noise has no correlation and constant loudness; a voice has neither
 * property. Ciphertext that is decoded as G.711 sounds like this. */
#define LOUD      0.01 /* amplitude of a window that counts */
#define MEMORY    0.05 /* correlation with the two previous samples */
#define VARIATION 0.35 /* deviation of the windows' energies by their mean */
#define NOISE_S   2

struct gauge {
	struct survey *s;
	size_t window; /* samples */
	int64_t at;    /* in samples after the call's start */
	float sign[SIGNS + LANES];
	float least, most;
	double energy, sum, memory[2];
	size_t filled;
	/* Over all loud windows. */
	double all_energy, all_squares, all_memory[2];
	size_t loud, windows, room;
};

/* A sign for each sample by its number: integer hash after Murmur 3. */
static void
choose_signs(struct gauge *g)
{
	for (uint32_t i = 0; i < SIGNS + LANES; i++) {
		uint32_t at = i % SIGNS * 0x9E3779B9;

		at ^= at >> 15;
		at *= 0x85EBCA6B;
		g->sign[i] = at >> 31 ? 1 : -1;
	}
}

static void
keep_print(struct gauge *g)
{
	struct survey *s = g->s;
	double n;

	if (s->prints == PRINTS_MOST)
		return;
	if (s->prints == g->room) {
		g->room = g->room ? 2 * g->room : 1024;
		s->print = mem_resize(s->print, g->room, sizeof *s->print);
	}
	n = g->filled > 0 ? (double)g->filled : 1;
	s->print[s->prints++] = (struct survey_print){.sum = (float)g->sum,
	    .power = (float)(g->energy / n),
	    .loud = survey_loud(g->energy / n),
	    .memory = (float)(g->memory[0] / n)};
}

static void
close_survey_window(struct gauge *g)
{
	double n = (double)g->filled;

	keep_print(g);
	g->windows++;
	if (g->filled > 0 && g->energy / n > LOUD * LOUD) {
		g->loud++;
		g->all_energy += g->energy / n;
		g->all_squares += g->energy / n * (g->energy / n);
		for (int k = 0; k < 2; k++)
			g->all_memory[k] += g->memory[k] / n;
	}
	g->energy = g->sum = g->memory[0] = g->memory[1] = 0;
	g->filled = 0;
}

struct survey_lanes {
	float energy[LANES], memory[2][LANES], sum[LANES];
	float least[LANES], most[LANES];
};

static void
add_samples(struct survey_lanes *l, const float *x, const float *sign, int n)
{
	for (int k = 0; k < n; k++) {
		l->energy[k] += x[k] * x[k];
		l->memory[0][k] += x[k] * x[k - 1];
		l->memory[1][k] += x[k] * x[k - 2];
		l->sum[k] += sign[k] * x[k];
		l->least[k] = x[k] < l->least[k] ? x[k] : l->least[k];
		l->most[k] = x[k] > l->most[k] ? x[k] : l->most[k];
	}
}

/* Adds n samples of one window; x also has the BEFORE samples before it. */
static void
add_to_window(struct gauge *g, const float *x, size_t n)
{
	struct survey_lanes l = {.sum = {0}};
	size_t i = 0;

	for (int k = 0; k < LANES; k++) {
		l.least[k] = g->least;
		l.most[k] = g->most;
	}
	for (; i + LANES <= n; i += LANES)
		add_samples(
		    &l, x + i, g->sign + (g->at + (int64_t)i) % SIGNS, LANES);
	add_samples(
	    &l, x + i, g->sign + (g->at + (int64_t)i) % SIGNS, (int)(n - i));
	for (int k = 0; k < LANES; k++) {
		g->energy += (double)l.energy[k];
		g->memory[0] += (double)l.memory[0][k];
		g->memory[1] += (double)l.memory[1][k];
		g->sum += (double)l.sum[k];
		g->least = l.least[k] < g->least ? l.least[k] : g->least;
		g->most = l.most[k] > g->most ? l.most[k] : g->most;
	}
	g->filled += n;
	g->at += (int64_t)n;
}

static void
measure_levels(struct gauge *g, const float *x, size_t n)
{
	while (n > 0) {
		size_t now = g->window - (size_t)(g->at % (int64_t)g->window);

		now = now < n ? now : n;
		add_to_window(g, x, now);
		if (g->at % (int64_t)g->window == 0)
			close_survey_window(g);
		x += now;
		n -= now;
	}
}

static bool
is_noise(const struct gauge *g)
{
	double n = (double)g->loud, mean = g->all_energy / n;
	double spread = g->all_squares / n - mean * mean;

	if (g->loud < NOISE_S * PER_SECOND || g->loud < g->windows / 2)
		return false;
	for (int k = 0; k < 2; k++)
		if (fabs(g->all_memory[k] / g->all_energy) > MEMORY)
			return false;
	return sqrt(spread > 0 ? spread : 0) < VARIATION * mean;
}

static void
take_packets(struct survey *s, const struct leg *leg)
{
	const struct capture_hole *hole;
	size_t n;

	if (!leg_packets(leg, &s->packets, &hole, &n) || n == 0)
		return;
	s->hole = mem_alloc(n * sizeof *hole);
	memcpy(s->hole, hole, n * sizeof *hole);
	s->holes = n;
}

int
survey_leg(struct leg *leg, int64_t first, struct survey *s, struct why *why)
{
	struct gauge g = {.s = s, .least = 1e9F, .most = -1e9F};
	float room[BEFORE + BLOCK] = {0}, *block = room + BEFORE;
	ssize_t n;

	choose_signs(&g);
	*s = (struct survey){.rate = leg_rate(leg)};
	g.window = s->rate / PER_SECOND;
	/* Windows begin at multiples of their length. */
	g.at = first + INT64_C(1000000) * (int64_t)g.window * PER_SECOND;
	s->first_window = g.at / (int64_t)g.window;
	while ((n = leg_read(leg, block, BLOCK, why)) > 0) {
		bool enough =
		    s->prints == PRINTS_MOST && g.most - g.least >= IDLE;

		s->samples += n;
		/* The rest is known from the number of bytes, and there is
		 * sound. */
		if (enough && leg_is_plain(leg))
			break;
		if (!enough)
			measure_levels(&g, block, (size_t)n);
		memmove(room, block + n - BEFORE, BEFORE * sizeof *room);
	}
	close_survey_window(&g);
	if (n < 0) {
		survey_free(s);
		return -1;
	}
	if (n > 0)
		s->samples = leg_samples(leg);
	s->damage = leg_damage(leg);
	s->timed = leg_is_timed(leg);
	take_packets(s, leg);
	if (leg_samples(leg) > s->samples && !s->timed)
		s->damage.cut_off += leg_samples(leg) - s->samples;
	s->silent = s->samples > 0 && g.most - g.least < IDLE;
	s->noise = is_noise(&g);
	return 0;
}

void
survey_free(struct survey *s)
{
	free(s->print);
	free(s->hole);
	s->print = NULL;
	s->hole = NULL;
	s->prints = 0;
}
