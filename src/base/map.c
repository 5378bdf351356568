/* SPDX-License-Identifier: ISC */
#include "map.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

struct map_slot {
	const char *key; /* NULL: free */
	void *value;
};

/* FNV-1a, 64 bits. */
static size_t
map_hash(const char *s)
{
	uint64_t h = 14695981039346656037u;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 1099511628211u;
	return (size_t)(h ^ h >> 32);
}

/* The slot of the key, or the free slot for it. */
static size_t
find_slot(const struct map *m, const char *key)
{
	size_t i = map_hash(key) & (m->slots - 1);

	while (m->slot[i].key && strcmp(m->slot[i].key, key) != 0)
		i = (i + 1) & (m->slots - 1);
	return i;
}

static void
resize(struct map *m, size_t slots)
{
	struct map_slot *old = m->slot;
	size_t n = m->slots;

	m->slots = slots;
	m->slot = mem_alloc(slots * sizeof *m->slot);
	for (size_t i = 0; i < n; i++)
		if (old[i].key)
			m->slot[find_slot(m, old[i].key)] = old[i];
	free(old);
}

void *
map_get(const struct map *m, const char *key)
{
	return m->count ? m->slot[find_slot(m, key)].value : NULL;
}

void
map_put(struct map *m, const char *key, void *value)
{
	size_t i;

	if (m->count * 2 >= m->slots)
		resize(m, m->slots ? m->slots * 2 : 64);
	i = find_slot(m, key);
	m->count += !m->slot[i].key;
	m->slot[i] = (struct map_slot){key, value};
}

/* Entries after the gap that belong before it are moved (Knuth, 6.4 R). */
void
map_drop(struct map *m, const char *key)
{
	size_t mask = m->slots - 1, gap, i;

	if (!m->count || !m->slot[gap = find_slot(m, key)].key)
		return;
	m->count--;
	for (i = (gap + 1) & mask; m->slot[i].key; i = (i + 1) & mask) {
		size_t home = map_hash(m->slot[i].key) & mask;

		if (((i - home) & mask) < ((i - gap) & mask))
			continue;
		m->slot[gap] = m->slot[i];
		gap = i;
	}
	m->slot[gap] = (struct map_slot){0};
	if (m->slots > 64 && m->count * 8 < m->slots)
		resize(m, m->slots / 2);
}

void
map_each(const struct map *m, void **value)
{
	for (size_t i = 0; i < m->slots; i++)
		if (m->slot[i].key)
			*value++ = m->slot[i].value;
}

void
map_free(struct map *m)
{
	free(m->slot);
	*m = (struct map){0};
}
