/* SPDX-License-Identifier: ISC */
#include "kept.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "mem.h"

struct kept {
	int16_t *sound;
	size_t room, n, at;
};

static atomic_size_t kept_in_all;

struct kept *
kept_new(int64_t samples)
{
	struct kept *k;
	size_t room = (size_t)samples;

	if (samples <= 0 || samples > KEPT_LEG)
		return NULL;
	if (atomic_fetch_add(&kept_in_all, room) + room > KEPT_MOST) {
		atomic_fetch_sub(&kept_in_all, room);
		return NULL;
	}
	k = mem_alloc(sizeof *k);
	k->room = room;
	k->sound = mem_alloc(room * sizeof *k->sound);
	return k;
}

bool
kept_add(struct kept *k, const float *in, size_t n)
{
	if (n > k->room - k->n)
		return false;
	for (size_t i = 0; i < n; i++)
		k->sound[k->n + i] = (int16_t)(in[i] * 32768);
	k->n += n;
	return true;
}

size_t
kept_read(struct kept *k, float *out, size_t count)
{
	size_t n = k->n - k->at < count ? k->n - k->at : count;

	for (size_t i = 0; i < n; i++)
		out[i] = (float)k->sound[k->at + i] / 32768;
	k->at += n;
	return n;
}

void
kept_rewind(struct kept *k)
{
	k->at = 0;
}

void
kept_free(struct kept *k)
{
	if (!k)
		return;
	atomic_fetch_sub(&kept_in_all, k->room);
	free(k->sound);
	free(k);
}
