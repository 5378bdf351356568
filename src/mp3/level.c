/* SPDX-License-Identifier: ISC */
#include "level.h"

#include <stdbool.h>

/* The largest value of each Huffman table, without the bits that follow a 15,
 * and the number of these bits. */
static const unsigned char largest[32] = {0, 1, 2, 2, 0, 3, 3, 5, 5, 5, 7, 7, 7,
    15, 0, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15};
static const unsigned char more_bits[32] = {[16] = 1,
    [17] = 2,
    [18] = 3,
    [19] = 4,
    [20] = 6,
    [21] = 8,
    [22] = 10,
    [23] = 13,
    [24] = 4,
    [25] = 5,
    [26] = 6,
    [27] = 7,
    [28] = 8,
    [29] = 9,
    [30] = 11,
    [31] = 13};

/* n bits, at most 16, from bit `at`. */
static unsigned
bits(const unsigned char *p, unsigned at, unsigned n)
{
	unsigned v = 0;

	for (unsigned i = at; i < at + n; i++)
		v = v << 1 | (p[i / 8] >> (7 - i % 8) & 1U);
	return v;
}

static unsigned
doublings(unsigned v)
{
	unsigned n = 0;

	while (v >>= 1)
		n++;
	return n;
}

/* The largest value of the tables from bit `at`, at least 1. */
static unsigned
most_steps(const unsigned char *side, unsigned at)
{
	bool switched = bits(side, at, 1);
	unsigned most = 1;

	at += switched ? 4 : 1;
	for (unsigned i = 0; i < (switched ? 2U : 3U); i++) {
		unsigned table = bits(side, at + 5 * i, 5);
		unsigned value = largest[table] + (1U << more_bits[table]) - 1;

		if (value > most)
			most = value;
	}
	return most;
}

/* The level of one granule of one channel. */
static unsigned
level_part(const unsigned char *side, unsigned at, bool lsf)
{
	unsigned length = bits(side, at, 12), pairs = bits(side, at + 12, 9);
	unsigned gain = bits(side, at + 21, 8), steps = 1;

	/*
	 * If there are at most the bits of scale factors, all lines are zero.
	 */
	if (length == 0 || (pairs == 0 && length < 8))
		return 0;
	if (pairs > 0)
		steps = most_steps(side, at + (lsf ? 38 : 33));
	/* A line is the 4/3 power of its steps: 8 dB per doubling. Many lines
	 * are louder than a few of the same size. */
	return 151 * gain + 803 * doublings(steps) + 150 * doublings(pairs);
}

unsigned
level_frame(const unsigned char *frame, const struct mpeg *m)
{
	const unsigned char *side = frame + m->head;
	unsigned most = 0, granules = m->lsf ? 1 : 2;
	unsigned step = m->lsf ? 63 : 59;
	unsigned at = 8 * m->side - granules * m->channels * step;

	for (unsigned i = 0; i < granules * m->channels; i++) {
		unsigned level = level_part(side, at + i * step, m->lsf);

		if (level > most)
			most = level;
	}
	return most;
}
