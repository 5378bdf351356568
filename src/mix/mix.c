/* SPDX-License-Identifier: ISC */
#include "mix.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "limiter.h"
#include "mem.h"
#include "num.h"

#define TONE_HZ  440
#define TONE_TOP 0.1

struct mix {
	struct mix_what what;
	struct limiter limiter[2];
	/* The next block, and the samples for the limiter to look ahead. The
	 * first `done` were returned by the last call. */
	float sound[2][MIX_BLOCK + LIMITER_AHEAD_MAX], leg[MIX_BLOCK];
	size_t fill, done;
	size_t piece; /* current piece, from its sample `at` */
	int64_t at;
};

static size_t
add_mix_piece(struct mix_piece **list, size_t n, int64_t from, int64_t to,
    enum mix_kind kind)
{
	if (to <= from)
		return n;
	*list = mem_resize(*list, n + 1, sizeof **list);
	(*list)[n] = (struct mix_piece){from, to, kind};
	return n + 1;
}

size_t
mix_pieces(const struct plan_recording *r, enum plan_style style, unsigned rate,
    const struct mix_pad *pad, struct mix_piece **pieces)
{
	int64_t at = num_samples(r->start_us, rate);
	int64_t end = num_samples(r->end_us, rate);
	size_t n = 0;

	*pieces = NULL;
	for (size_t i = 0; i < r->cuts; i++) {
		int64_t from = num_samples(r->cut[i].start_us, rate) -
			       num_samples(pad[i].before_us, rate);
		int64_t to = num_samples(r->cut[i].end_us, rate) +
			     num_samples(pad[i].after_us, rate);

		/* Widened cuts can overlap, or extend beyond the ends. */
		from = from < at ? at : from;
		to = to > end ? end : to;
		n = add_mix_piece(pieces, n, at, from, MIX_KEEP);
		if (style != PLAN_CUT)
			n = add_mix_piece(pieces, n, from, to,
			    style == PLAN_TONE ? MIX_TONE : MIX_SILENCE);
		at = to > at ? to : at;
	}
	return add_mix_piece(pieces, n, at, end, MIX_KEEP);
}

int64_t
mix_samples(const struct mix_piece *piece, size_t pieces)
{
	int64_t sum = 0;

	for (size_t i = 0; i < pieces; i++)
		sum += piece[i].to - piece[i].from;
	return sum;
}

static unsigned
role_bit(const char *role, size_t n)
{
	for (unsigned i = 0; i < CALL_PARTIES; i++)
		if (strlen(call_party_names[i]) == n &&
		    memcmp(role, call_party_names[i], n) == 0)
			return 1U << i;
	return 0;
}

int
mix_roles(const char *text, unsigned *roles)
{
	*roles = 0;
	for (;;) {
		size_t n = strcspn(text, ",");
		unsigned bit = role_bit(text, n);

		if (bit == 0)
			return -1;
		*roles |= bit;
		if (!text[n])
			return 0;
		text += n + 1;
	}
}

int
mix_channel(const char *role, unsigned first, int channels)
{
	return channels == 2 && !(role_bit(role, strlen(role)) & first);
}

void
mix_tone(float *sample, size_t n, int64_t at, unsigned rate)
{
	for (size_t i = 0; i < n; i++) {
		/* Reduced first, so that a long cut does not lose precision. */
		int64_t turn = (at + (int64_t)i) * TONE_HZ % rate;
		sample[i] =
		    (float)(TONE_TOP * sin(2 * M_PI * (double)turn / rate));
	}
}

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

/* Reads n samples of a kept piece, from m->at, and appends them. */
static int
add_mixed_legs(struct mix *m, size_t n, struct why *why)
{
	bool first[2] = {true, true};

	for (size_t i = 0; i < m->what.tracks; i++) {
		struct track *t = m->what.track[i];
		int c = mix_channel(
		    track_leg(t)->role, m->what.first, m->what.channels);
		float *to = m->sound[c] + m->fill;

		/* The first leg of a channel is read directly into it. */
		if (track_read(t, m->at, first[c] ? to : m->leg, n, why) != 0)
			return -1;
		if (!first[c])
			for (size_t k = 0; k < n; k++)
				to[k] += m->leg[k];
		first[c] = false;
	}
	for (int c = 0; c < 2 && c < m->what.channels; c++)
		if (first[c])
			memset(
			    m->sound[c] + m->fill, 0, n * sizeof *m->sound[c]);
	return 0;
}

static void
add_instead(struct mix *m, const struct mix_piece *p, size_t n)
{
	for (int c = 0; c < m->what.channels; c++) {
		float *to = m->sound[c] + m->fill;

		if (p->kind == MIX_TONE)
			mix_tone(to, n, m->at - p->from, m->what.rate);
		else
			memset(to, 0, n * sizeof *to);
	}
}

static int
fill_room(struct mix *m, size_t room, struct why *why)
{
	while (m->fill < room && m->piece < m->what.pieces) {
		const struct mix_piece *p = &m->what.piece[m->piece];
		size_t n = room - m->fill;

		n = n < MIX_BLOCK ? n : MIX_BLOCK;
		if (p->to - m->at < (int64_t)n)
			n = (size_t)(p->to - m->at);
		if (p->kind != MIX_KEEP)
			add_instead(m, p, n);
		else if (add_mixed_legs(m, n, why) != 0)
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
	if (fill_room(m, MIX_BLOCK + ahead, why) != 0)
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
