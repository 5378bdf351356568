/* SPDX-License-Identifier: ISC */
#ifndef MAP_H
#define MAP_H

/*
 * Names and what they stand for, in a hash table whose size follows what is in
 * it now, so that a long run over short-lived things needs no more memory.
 *
 *	struct map m = {0};
 *	map_put(&m, c->key, c);		the key is borrowed: it lives as c does
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
/* value is not NULL; a key that is there already gets the new value. */
void map_put(struct map *m, const char *key, void *value);
void map_drop(struct map *m, const char *key);
/* All values, in no order; there is room for m->count. */
void map_each(const struct map *m, void **value);
void map_free(struct map *m); /* not what the values point at */

#endif
