/* SPDX-License-Identifier: ISC */
#include "known_set.h"

#include <endian.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

static int
compare_records(const void *a, const void *b)
{
	uint64_t x, y;

	/* As memcmp(3), but most keys differ in their first bytes. */
	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	if (x != y)
		return be64toh(x) < be64toh(y) ? -1 : 1;
	return memcmp(a, b, sizeof(struct known_record));
}

static size_t
slot_of_record(const struct known_set *s, const struct known_record *r)
{
	size_t n;

	memcpy(&n, r->key, sizeof n);
	return n & (s->slots - 1);
}

static void
link_fresh(struct known_set *s, size_t n)
{
	size_t slot = slot_of_record(s, &s->fresh[n]);

	s->next[n] = s->slot[slot];
	s->slot[slot] = n + 1;
}

void
known_set_add(struct known_set *s, const struct known_record *r)
{
	if (s->freshes == s->slots) {
		s->slots = s->slots ? s->slots * 2 : 256;
		s->fresh = mem_resize(s->fresh, s->slots, sizeof *s->fresh);
		s->next = mem_resize(s->next, s->slots, sizeof *s->next);
		free(s->slot);
		s->slot = mem_alloc(s->slots * sizeof *s->slot);
		for (size_t i = 0; i < s->freshes; i++)
			link_fresh(s, i);
	}
	s->fresh[s->freshes] = *r;
	link_fresh(s, s->freshes++);
}

/* The first old one that does not come before these bytes. */
static size_t
find_old(const struct known_set *s, const struct known_record *r, size_t bytes)
{
	size_t low = 0, high = s->olds;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (memcmp(&s->old[middle], r, bytes) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool
known_set_each(const struct known_set *s, const struct known_record *r,
    size_t bytes, bool (*found)(const struct known_record *r, void *arg),
    void *arg)
{
	for (size_t i = find_old(s, r, bytes);
	     i < s->olds && memcmp(&s->old[i], r, bytes) == 0; i++)
		if (s->old[i].kind == r->kind && found(&s->old[i], arg))
			return true;
	for (size_t n = s->slots ? s->slot[slot_of_record(s, r)] : 0; n;
	     n = s->next[n - 1])
		if (memcmp(&s->fresh[n - 1], r, bytes) == 0 &&
		    s->fresh[n - 1].kind == r->kind &&
		    found(&s->fresh[n - 1], arg))
			return true;
	return false;
}

void
known_set_merge(struct known_set *s, struct known_record *out)
{
	size_t i = 0, old = 0;

	if (s->freshes > 0)
		qsort(s->fresh, s->freshes, sizeof *s->fresh, compare_records);
	while (i < s->freshes || old < s->olds) {
		bool take_old = i == s->freshes ||
				(old < s->olds && compare_records(&s->old[old],
						      &s->fresh[i]) <= 0);

		*out++ = take_old ? s->old[old++] : s->fresh[i++];
	}
	/* After sorting, they are no hash table any more. */
	s->freshes = s->slots = 0;
}

void
known_set_free(struct known_set *s)
{
	free(s->fresh);
	free(s->slot);
	free(s->next);
	*s = (struct known_set){0};
}
