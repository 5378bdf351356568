/* SPDX-License-Identifier: ISC */
#include "retry.h"

#include <stdio.h>
#include <string.h>

#include "when.h"

/* Spreads a seed over 64 bits: splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t
spread_bits(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

int64_t
retry_due(const struct retry *b, int64_t now_us, int failed,
    int64_t retry_after_s, uint64_t seed)
{
	int64_t wait_us = b->base_us;
	const int64_t cap_us = b->cap_us;

	if (retry_after_s > RETRY_RETRY_AFTER_S)
		retry_after_s = RETRY_RETRY_AFTER_S;
	if (retry_after_s > 0)
		return now_us + retry_after_s * 1000000;
	for (int i = 1; i < failed && wait_us < cap_us; i++)
		wait_us *= 2;
	if (wait_us > cap_us)
		wait_us = cap_us;
	/* Half is fixed: full jitter can choose 0, which would overload a
	 * server. */
	wait_us = wait_us / 2 +
		  (int64_t)(spread_bits(seed) % (uint64_t)(wait_us / 2 + 1));
	return now_us + wait_us;
}

bool
retry_is_due(const struct retry *b, int64_t due_us, int64_t now_us)
{
	int64_t longest_us = RETRY_RETRY_AFTER_S * INT64_C(1000000);

	if (b->cap_us > longest_us)
		longest_us = b->cap_us;
	/* An hour more, because clocks are also set in small steps. */
	longest_us += INT64_C(3600) * 1000000;
	return due_us <= now_us || due_us - longest_us > now_us;
}

uint64_t
retry_seed(const char *text, int failed)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * UINT64_C(1099511628211);
	return h + (uint64_t)failed;
}

const char *
retry_when(int64_t us, char buf[RETRY_WHEN_SIZE])
{
	char whole[WHEN_SIZE];

	(void)when_text(us, whole);
	(void)snprintf(buf, RETRY_WHEN_SIZE, "%.*s.%06dZ",
	    (int)strcspn(whole, "Z"), whole, (int)(us % 1000000));
	return buf;
}
