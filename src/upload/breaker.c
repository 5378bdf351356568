/* SPDX-License-Identifier: ISC */
#include "breaker.h"

static bool
waits(const struct breaker *b, int64_t now_us)
{
	return b->until_us > now_us &&
	       b->until_us - now_us <= BREAKER_LONGEST_US;
}

enum breaker_state
breaker_state(const struct breaker *b, int64_t now_us)
{
	if (waits(b, now_us))
		return BREAKER_OPEN;
	return b->probing ? BREAKER_PROBING : BREAKER_CLOSED;
}

bool
breaker_begin(struct breaker *b, int64_t now_us)
{
	if (breaker_state(b, now_us) != BREAKER_CLOSED)
		return false;
	b->probing = !b->works;
	return true;
}

bool
breaker_end(struct breaker *b, enum breaker_end end, int64_t now_us,
    int64_t due_us, int64_t told_us)
{
	bool waited = waits(b, now_us);

	if (!waited)
		b->until_us = 0;
	b->probing = false;
	if (end == BREAKER_NOTHING)
		return false;
	if (end == BREAKER_GOOD) {
		/* One that began before the others failed tells nothing new. */
		if (!waited)
			*b = (struct breaker){.works = true};
		return false;
	}
	b->works = false;
	b->failures++;
	if (end == BREAKER_PAUSED)
		b->until_us = now_us + BREAKER_PAUSE_US;
	else if (told_us > now_us)
		b->until_us = told_us > b->until_us ? told_us : b->until_us;
	else if (b->failures >= BREAKER_FAILURES)
		b->until_us = due_us > b->until_us ? due_us : b->until_us;
	return !waited && waits(b, now_us);
}
