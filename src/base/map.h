/* SPDX-License-Identifier: ISC */
#ifndef MAP_H
#define MAP_H

/*
 * A hash table from names to pointers. It also shrinks, so that a long run with
 * short-lived entries does not need more and more memory.
 *
 *	struct map m = {0};
 *	map_put(&m, c->key, c);		the key is borrowed
 *	c = map_get(&m, key);		NULL: there is none
 *	map_drop(&m, key);
 *	map_free(&m);
 */

#include <stddef.h>

struct map {
	size_t count;
	/* private */
	struct map_slot *slot;
	size_t slots;
};

void *map_get(const struct map *m, const char *key);
/* Sets the value of a key, which must not be NULL. */
void map_put(struct map *m, const char *key, void *value);
void map_drop(struct map *m, const char *key);
/* Copies all values, in no order; `value` has room for m->count. */
void map_each(const struct map *m, void **value);
void map_free(struct map *m); /* the values are not freed */

#endif
