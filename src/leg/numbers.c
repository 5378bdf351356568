/* SPDX-License-Identifier: ISC */
#include "numbers.h"

#include <string.h>

enum {
	NEAR = 64,         /* numbers: no sender begins again so near */
	TICKS_MOST = 5760, /* of a packet: 120 ms at 48 kHz */
	HZ = 8000          /* if it is not known */
};
#define LATE_US (INT64_C(3) * 1000000) /* no network delays a packet by more */

static bool
is_known_number(const struct numbers *n, uint16_t sequence)
{
	unsigned at = sequence % NUMBERS_KEPT;

	return n->known[at / 64] >> at % 64 & 1;
}

static void
set_known(struct numbers *n, const struct numbers_packet *p)
{
	unsigned at = p->sequence % NUMBERS_KEPT;

	n->known[at / 64] |= UINT64_C(1) << at % 64;
	n->stamp[at] = p->stamp;
	n->print[at] = p->print;
	if (p->sequence == n->newest)
		n->newest_us = p->us;
}

static bool
is_same_packet(const struct numbers *n, const struct numbers_packet *p)
{
	unsigned at = p->sequence % NUMBERS_KEPT;

	return is_known_number(n, p->sequence) && n->stamp[at] == p->stamp &&
	       n->print[at] == p->print;
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

/* A number that was missing: is the timestamp as far back as it must be, and
 * does the packet come as soon as it must? */
static bool
fits_step(const struct numbers *n, int step, const struct numbers_packet *p)
{
	int32_t back = (int32_t)(p->stamp - n->stamp[n->newest % NUMBERS_KEPT]);
	int64_t back_us = (int64_t)back * 1000000 / (p->hz ? p->hz : HZ);

	if (back >= 0 || back < step * TICKS_MOST)
		return step > -NEAR;
	return p->us - n->newest_us - back_us < LATE_US;
}

enum numbers_is
numbers_take(struct numbers *n, const struct numbers_packet *p)
{
	uint16_t sequence = p->sequence;
	int step = (int16_t)(sequence - n->newest);
	enum numbers_is is = NUMBERS_NEXT;

	if (!n->any)
		n->newest = sequence;
	else if (step > 0)
		move_to(n, sequence);
	else if (step > -NUMBERS_KEPT && is_same_packet(n, p))
		return NUMBERS_AGAIN;
	else if (step > -NUMBERS_KEPT && !is_known_number(n, sequence) &&
		 fits_step(n, step, p))
		is = NUMBERS_LATE;
	else {
		memset(n->known, 0, sizeof n->known);
		n->newest = sequence;
		is = NUMBERS_RESTART;
	}
	n->any = true;
	set_known(n, p);
	return is;
}
