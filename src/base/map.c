/* map.c -- a hash table with open addressing, at most half full; nothing is ever removed. */
#include "base/map.h"

enum { CAP_MIN = 16 };

struct map_slot {
	str name;
	bool taken;
	size_t number;
};

static struct map_slot *find(const struct map *map, str name)
{
	for (size_t i = str_hash(name);; i++) {
		struct map_slot *slot = &map->slots[i & (map->cap - 1)];

		if (!slot->taken || str_eq(slot->name, name))
			return slot;
	}
}

static void grow(struct map *map)
{
	struct map old = *map;

	map->cap = old.cap ? 4 * old.cap : CAP_MIN;
	map->slots = NEWS(map->arena, struct map_slot, map->cap);
	for (size_t i = 0; i < old.cap; i++)
		if (old.slots[i].taken)
			*find(map, old.slots[i].name) = old.slots[i];
}

size_t *map_at(struct map *map, str name)
{
	struct map_slot *slot;

	if (2 * (map->n + 1) >= map->cap)
		grow(map);
	slot = find(map, name);
	if (!slot->taken) {
		slot->taken = true;
		slot->name = name;
		map->n++;
	}
	return &slot->number;
}

size_t map_get(const struct map *map, str name)
{
	return map->cap ? find(map, name)->number : 0;
}
