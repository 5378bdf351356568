/* SPDX-License-Identifier: ISC */
#include "mix.h"

#include <stdlib.h>
#include <string.h>

#include "limiter.h"
#include "mem.h"

struct mix {
	struct mix_what what;
	struct limiter limiter[2];
	/* What comes next: a block, and what the limiter looks ahead at. The
	 * first `done` were given out by the last call. */
	float sound[2][MIX_BLOCK + LIMITER_AHEAD_MAX], leg[MIX_BLOCK];
	size_t fill, done;
	size_t piece; /* being read, from its sample `at` on */
	int64_t at;
};

struct mix *
mix_new(const struct mix_what *what)
{
	struct mix *m = mem_alloc(sizeof *m);

	m->what = *what;
	for (int c = 0; c < 2; c++)
		limiter_init(&m->limiter[c], what->rate);
	m->at = what->pieces > 0 ? what->piece[0].from : 0;
	return m;
}

void
mix_free(struct mix *m)
{
	free(m);
}

/* n samples of a kept piece, from m->at on, behind what is there. */
static int
add_legs(struct mix *m, size_t n, struct why *why)
{
	bool first[2] = {true, true};

	for (size_t i = 0; i < m->what.tracks; i++) {
		struct track *t = m->what.track[i];
		int c = mixer_channel(
		    track_leg(t)->role, m->what.first, m->what.channels);
		float *to = m->sound[c] + m->fill;

		/* The first on a channel goes straight there. */
		if (track_read(t, m->at, first[c] ? to : m->leg, n, why) != 0)
			return -1;
		if (!first[c])
			for (size_t k = 0; k < n; k++)
				to[k] += m->leg[k];
		first[c] = false;
	}
	for (int c = 0; c < m->what.channels; c++)
		if (first[c])
			memset(
			    m->sound[c] + m->fill, 0, n * sizeof *m->sound[c]);
	return 0;
}

static void
add_instead(struct mix *m, const struct mixer_piece *p, size_t n)
{
	for (int c = 0; c < m->what.channels; c++) {
		float *to = m->sound[c] + m->fill;

		if (p->kind == MIXER_TONE)
			mixer_tone(to, n, m->at - p->from, m->what.rate);
		else
			memset(to, 0, n * sizeof *to);
	}
}

static int
fill(struct mix *m, size_t room, struct why *why)
{
	while (m->fill < room && m->piece < m->what.pieces) {
		const struct mixer_piece *p = &m->what.piece[m->piece];
		size_t n = room - m->fill;

		n = n < MIX_BLOCK ? n : MIX_BLOCK;
		if (p->to - m->at < (int64_t)n)
			n = (size_t)(p->to - m->at);
		if (p->kind != MIXER_KEEP)
			add_instead(m, p, n);
		else if (add_legs(m, n, why) != 0)
			return -1;
		m->fill += n;
		m->at += (int64_t)n;
		if (m->at == p->to && ++m->piece < m->what.pieces)
			m->at = m->what.piece[m->piece].from;
	}
	return 0;
}

ssize_t
mix_next(struct mix *m, const float *channel[2], struct why *why)
{
	size_t ahead = limiter_ahead(&m->limiter[0]), n;

	m->fill -= m->done;
	for (int c = 0; c < m->what.channels; c++)
		memmove(m->sound[c], m->sound[c] + m->done,
		    m->fill * sizeof *m->sound[c]);
	m->done = 0;
	if (fill(m, MIX_BLOCK + ahead, why) != 0)
		return -1;
	n = m->fill < MIX_BLOCK ? m->fill : MIX_BLOCK;
	for (int c = 0; c < m->what.channels; c++) {
		limiter_run(&m->limiter[c], m->sound[c], n, m->fill - n);
		channel[c] = m->sound[c];
	}
	if (m->what.channels == 1)
		channel[1] = NULL;
	m->done = n;
	return (ssize_t)n;
}
