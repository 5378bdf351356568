/* SPDX-License-Identifier: ISC */
#include "mixer.h"

#include <math.h>
#include <string.h>

#include "mem.h"
#include "num.h"

#define TONE_HZ  440
#define TONE_TOP 0.1

static size_t
add(struct mixer_piece **list, size_t n, int64_t from, int64_t to,
    enum mixer_kind kind)
{
	if (to <= from)
		return n;
	*list = mem_resize(*list, n + 1, sizeof **list);
	(*list)[n] = (struct mixer_piece){from, to, kind};
	return n + 1;
}

size_t
mixer_pieces(const struct plan_recording *r, enum plan_style style,
    unsigned rate, int64_t pad_us, struct mixer_piece **pieces)
{
	int64_t at = num_samples(r->start_us, rate);
	int64_t end = num_samples(r->end_us, rate);
	int64_t pad = num_samples(pad_us, rate);
	size_t n = 0;

	*pieces = NULL;
	for (size_t i = 0; i < r->cuts; i++) {
		int64_t from = num_samples(r->cut[i].start_us, rate) - pad;
		int64_t to = num_samples(r->cut[i].end_us, rate) + pad;

		/* Padding can make cuts meet, or reach past the ends. */
		from = from < at ? at : from;
		to = to > end ? end : to;
		n = add(pieces, n, at, from, MIXER_KEEP);
		if (style != PLAN_CUT)
			n = add(pieces, n, from, to,
			    style == PLAN_TONE ? MIXER_TONE : MIXER_SILENCE);
		at = to > at ? to : at;
	}
	return add(pieces, n, at, end, MIXER_KEEP);
}

int64_t
mixer_samples(const struct mixer_piece *piece, size_t pieces)
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
mixer_roles(const char *text, unsigned *roles)
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
mixer_channel(const char *role, unsigned first, int channels)
{
	return channels == 2 && !(role_bit(role, strlen(role)) & first);
}

void
mixer_tone(float *sample, size_t n, int64_t at, unsigned rate)
{
	for (size_t i = 0; i < n; i++) {
		/* Reduced first: a long cut must not lose precision. */
		int64_t turn = (at + (int64_t)i) * TONE_HZ % rate;
		sample[i] =
		    (float)(TONE_TOP * sin(2 * M_PI * (double)turn / rate));
	}
}
