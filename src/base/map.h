/*
 * map.h -- which number a name has: for lists that are too long to be walked for each name.
 *
 * For an administrator's file, or one call's changes, of whose names a stranger chooses few: what
 * str_hash() does not spread is as slow as a walk.
 */
#ifndef DEPUTY_BASE_MAP_H
#define DEPUTY_BASE_MAP_H

#include "base/base.h"

struct map {
	struct arena *arena;
	struct map_slot *slots;
	size_t n, cap; /* cap: a power of two, more than twice n */
};

/* The name's number, which is 0 until it is set; valid until the next map_at(). The map keeps the
 * name as it is: its bytes must live as long as the map. */
size_t *map_at(struct map *map, str name);
/* 0: the name has none. */
size_t map_get(const struct map *map, str name);

#endif
