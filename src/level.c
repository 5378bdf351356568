/* SPDX-License-Identifier: ISC */
#include "level.h"

/* n bits, at most 16, from bit `at` on. */
static unsigned
bits(const unsigned char *p, unsigned at, unsigned n)
{
	unsigned v = 0;

	for (unsigned i = at; i < at + n; i++)
		v = v << 1 | (p[i / 8] >> (7 - i % 8) & 1U);
	return v;
}

/* One granule of one channel. */
static unsigned
level_part(const unsigned char *side, unsigned at)
{
	unsigned length = bits(side, at, 12), pairs = bits(side, at + 12, 9);
	unsigned gain = bits(side, at + 21, 8);
	unsigned lines = pairs > 0 ? 2 * pairs : 1;

	if (length == 0 || (pairs == 0 && length < 16))
		return 0;
	/*
	 * A bit more for each line is 6 dB; a few loud lines are less than
	 * many: 3 dB for each doubling, from 2 to 576 lines.
	 */
	unsigned level =
	    151 * gain +
	    602 * (length < 12 * lines ? length * 64 / lines : 12 * 64) / 64;
	while (lines > 1) {
		level += 301;
		lines /= 2;
	}
	return level;
}

unsigned
level_frame(const unsigned char *frame, const struct mpeg *m)
{
	const unsigned char *side = frame + m->head;
	unsigned most = 0, granules = m->lsf ? 1 : 2;
	unsigned step = m->lsf ? 63 : 59;
	unsigned at = 8 * m->side - granules * m->channels * step;

	for (unsigned i = 0; i < granules * m->channels; i++) {
		unsigned level = level_part(side, at + i * step);
		if (level > most)
			most = level;
	}
	return most;
}
