/* SPDX-License-Identifier: ISC */
#include "numbers.h"

#include <string.h>

enum {
	NEAR = 64,        /* numbers: no sender begins again so near */
	TICKS_MOST = 5760 /* of a packet: 120 ms at 48 kHz */
};

static bool
is_known_number(const struct numbers *n, uint16_t sequence)
{
	unsigned at = sequence % NUMBERS_KEPT;

	return n->known[at / 64] >> at % 64 & 1;
}

static void
set_known(struct numbers *n, uint16_t sequence, uint32_t stamp)
{
	unsigned at = sequence % NUMBERS_KEPT;

	n->known[at / 64] |= UINT64_C(1) << at % 64;
	n->stamp[at] = stamp;
}

/* Moves on to a later number. */
static void
move_to(struct numbers *n, uint16_t sequence)
{
	if ((uint16_t)(sequence - n->newest) >= NUMBERS_KEPT)
		memset(n->known, 0, sizeof n->known);
	else
		while (n->newest != sequence) {
			unsigned at = ++n->newest % NUMBERS_KEPT;
			n->known[at / 64] &= ~(UINT64_C(1) << at % 64);
		}
	n->newest = sequence;
}

/* A number that was missing: is the timestamp as far back as it must be? */
static bool
fits_step(const struct numbers *n, int step, uint32_t stamp)
{
	int32_t back = (int32_t)(stamp - n->stamp[n->newest % NUMBERS_KEPT]);

	return step > -NEAR || (back < 0 && back >= step * TICKS_MOST);
}

enum numbers_is
numbers_take(struct numbers *n, uint16_t sequence, uint32_t stamp)
{
	int step = (int16_t)(sequence - n->newest);
	enum numbers_is is = NUMBERS_NEXT;

	if (!n->any)
		n->newest = sequence;
	else if (step > 0)
		move_to(n, sequence);
	else if (step > -NUMBERS_KEPT && is_known_number(n, sequence) &&
		 n->stamp[sequence % NUMBERS_KEPT] == stamp)
		return NUMBERS_AGAIN;
	else if (step > -NUMBERS_KEPT && !is_known_number(n, sequence) &&
		 fits_step(n, step, stamp))
		is = NUMBERS_LATE;
	else {
		memset(n->known, 0, sizeof n->known);
		n->newest = sequence;
		is = NUMBERS_RESTART;
	}
	n->any = true;
	set_known(n, sequence, stamp);
	return is;
}
