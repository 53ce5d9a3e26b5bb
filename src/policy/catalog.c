/*
 * catalog.c -- what the services of AWS have: actions, resource types, condition keys, Regions.
 *
 * The big tables are one string with all texts in it and rows of offsets into
 * it, sorted by lower-cased name by tools/gen.c: nothing is relocated when the
 * program starts, and a lookup is a binary search. What belongs to one service
 * stands together, because names start with the service's prefix.
 */
#include "policy/lint.h"

#include <string.h>

#define POOL(text) text "\0"
#define ROW(...)
static const char action_pool[] =
#include "gen/actions.inc"
	;
static const char resource_pool[] =
#include "gen/resources.inc"
	;
static const char key_pool[] =
#include "gen/service_keys.inc"
	;
#undef POOL
#undef ROW

#define POOL(text)
static const struct action_row {
	uint32_t name, resources, keys, dependents;
	enum access_level level;
} actions[] = {
#define ROW(name, level, resources, keys, dependents) { name, resources, keys, dependents, level },
#include "gen/actions.inc"
#undef ROW
};

static const struct resource_row {
	uint32_t name, arn, keys;
} resources[] = {
#define ROW(name, arn, keys) { name, arn, keys },
#include "gen/resources.inc"
#undef ROW
};

static const struct key_row {
	uint32_t name;
	enum key_type type;
	bool multi;
} service_keys[] = {
#define ROW(name, type, multi) { name, type, multi },
#include "gen/service_keys.inc"
#undef ROW
};
#undef POOL

static const struct catalog_key global_keys[] = {
#define ROW(name, type, multi, trait) { SC(name), type, multi, true, trait },
#include "gen/global_keys.inc"
#undef ROW
};

static const str key_services[] = {
#define ROW(name) SC(name),
#include "gen/key_services.inc"
#undef ROW
};

static const struct region {
	str name, partition;
} regions[] = {
#define ROW(name, partition) { SC(name), SC(partition) },
#include "gen/regions.inc"
#undef ROW
};

/* ---- one way to search: by the n-th name */

struct table {
	const char *pool;
	const void *rows; /* each starts with the offset of its name */
	size_t n, size;
};

static const struct table action_table = { action_pool, actions, COUNT(actions),
	sizeof(actions[0]) };
static const struct table resource_table = { resource_pool, resources, COUNT(resources),
	sizeof(resources[0]) };
static const struct table key_table = { key_pool, service_keys, COUNT(service_keys),
	sizeof(service_keys[0]) };

static str name_at(const struct table *t, size_t row)
{
	uint32_t offset;

	memcpy(&offset, (const char *)t->rows + row * t->size, sizeof(offset));
	return str_of(t->pool + offset);
}

/* The first row whose name is not before `name`. */
static size_t lower_bound(const struct table *t, str name)
{
	size_t low = 0, high = t->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (str_cmp_nocase(name_at(t, middle), name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool find(const struct table *t, str name, size_t *row)
{
	*row = lower_bound(t, name);
	return *row < t->n && str_eq_nocase(name_at(t, *row), name);
}

/* The part of a name up to and with its colon; all of it when there is none. */
static str prefix_of(str name)
{
	size_t colon = str_find(name, S(":"));

	return colon == SIZE_MAX ? name : str_head(name, colon + 1);
}

static bool has_prefix(str name, str prefix)
{
	return str_eq_nocase(str_head(name, prefix.n), prefix);
}

/* ---- lookups */

bool catalog_service(str prefix)
{
	char name[64];
	size_t row;

	if (prefix.n == 0 || prefix.n >= sizeof(name))
		return false;
	memcpy(name, prefix.p, prefix.n);
	name[prefix.n] = ':';
	row = lower_bound(&action_table, (str){ name, prefix.n + 1 });
	return row < COUNT(actions) &&
	       has_prefix(name_at(&action_table, row), (str){ name, prefix.n + 1 });
}

static struct catalog_action action_at(size_t row)
{
	const struct action_row *a = &actions[row];

	return (struct catalog_action){ str_of(action_pool + a->name), a->level,
		str_of(action_pool + a->resources), str_of(action_pool + a->keys),
		str_of(action_pool + a->dependents) };
}

bool catalog_action(str name, struct catalog_action *action)
{
	size_t row;

	*action = (struct catalog_action){ 0 };
	if (!find(&action_table, name, &row))
		return false;
	*action = action_at(row);
	return true;
}

bool catalog_any_action(str pattern)
{
	str prefix = prefix_of(pattern);
	size_t row = lower_bound(&action_table, prefix);

	for (; row < COUNT(actions) && has_prefix(name_at(&action_table, row), prefix); row++)
		if (glob_matches(pattern, name_at(&action_table, row)))
			return true;
	return false;
}

static struct catalog_resource resource_at(size_t row)
{
	const struct resource_row *r = &resources[row];

	return (struct catalog_resource){ str_of(resource_pool + r->name),
		str_of(resource_pool + r->arn), str_of(resource_pool + r->keys) };
}

bool catalog_resource(str service, str type, struct catalog_resource *resource)
{
	char name[160];
	size_t row, n = service.n + 1 + type.n;

	*resource = (struct catalog_resource){ 0 };
	if (n > sizeof(name))
		return false;
	memcpy(name, service.p, service.n);
	name[service.n] = ':';
	memcpy(name + service.n + 1, type.p, type.n);
	if (!find(&resource_table, (str){ name, n }, &row))
		return false;
	*resource = resource_at(row);
	return true;
}

bool catalog_next_resource(size_t *row, str service, struct catalog_resource *resource)
{
	static const str start = SC("arn:${Partition}:");

	while (*row < COUNT(resources)) {
		*resource = resource_at((*row)++);
		str rest = str_from(resource->arn, start.n);

		if (str_starts(resource->arn, start) && str_starts(rest, service) &&
			str_starts(str_from(rest, service.n), S(":")))
			return true;
	}
	return false;
}

bool list_next(str *list, str *word)
{
	str rest;

	if (list->n == 0)
		return false;
	if (str_cut(*list, ',', word, &rest)) {
		*list = rest;
		return true;
	}
	*word = *list;
	*list = (str){ 0 };
	return true;
}

/* ---- condition keys */

/* Where a variable part of a documented key starts: "${TagKey}" or "<key>". */
static size_t variable_at(str name)
{
	size_t dollar = str_find(name, S("${")), angle = str_find(name, S("<"));

	return dollar < angle ? dollar : angle;
}

/* Is `name` the documented key, whose one variable part stands for some characters? */
static bool is_key(str documented, str name)
{
	size_t start = variable_at(documented), end;
	str tail;

	if (start == SIZE_MAX)
		return str_eq_nocase(documented, name);
	tail = str_from(documented, start);
	end = str_find(tail, documented.p[start] == '$' ? S("}") : S(">"));
	tail = str_from(tail, end == SIZE_MAX ? tail.n : end + 1);
	return name.n > start + tail.n && has_prefix(name, str_head(documented, start)) &&
	       ends_nocase(name, tail);
}

static bool global_key(str name, struct catalog_key *key)
{
	for (size_t i = 0; i < COUNT(global_keys); i++)
		if (is_key(global_keys[i].name, name)) {
			*key = global_keys[i];
			return true;
		}
	return false;
}

bool catalog_key(str name, struct catalog_key *key)
{
	str prefix = prefix_of(name);
	size_t row;

	*key = (struct catalog_key){ 0 };
	if (global_key(name, key))
		return true;
	row = lower_bound(&key_table, prefix);
	for (; row < key_table.n && has_prefix(name_at(&key_table, row), prefix); row++)
		if (is_key(name_at(&key_table, row), name)) {
			*key = (struct catalog_key){ .name = name_at(&key_table, row),
				.type = service_keys[row].type,
				.multi = service_keys[row].multi };
			return true;
		}
	return false;
}

bool catalog_key_service(str key, str service)
{
	bool limited = false;
	str name, with;

	for (size_t i = 0; i < COUNT(key_services); i++) {
		if (!str_cut(key_services[i], ' ', &name, &with) || !str_eq_nocase(name, key))
			continue;
		limited = true;
		if (str_eq_nocase(with, service))
			return true;
	}
	return !limited;
}

/* ---- Regions and partitions */

bool catalog_region(str name)
{
	for (size_t i = 0; i < COUNT(regions); i++)
		if (str_eq(regions[i].name, name))
			return true;
	return false;
}

bool catalog_partition(str name)
{
	for (size_t i = 0; i < COUNT(regions); i++)
		if (str_eq(regions[i].partition, name))
			return true;
	return false;
}

/* ---- the nearest name, for "did you mean" */

struct nearest {
	str wanted, name;
	size_t distance;
};

/* Of several at the same distance the first; a third of the letters may differ. */
static void consider(struct nearest *best, str name)
{
	size_t distance = str_distance(best->wanted, name);

	if (distance < best->distance && distance * 3 <= best->wanted.n + 2) {
		best->distance = distance;
		best->name = name;
	}
}

static struct nearest near(str wanted)
{
	return (struct nearest){ .wanted = str_head(wanted, 64), .distance = SIZE_MAX };
}

str catalog_near_action(str name)
{
	str prefix = prefix_of(name);
	size_t row = lower_bound(&action_table, prefix);
	struct nearest best = near(str_from(name, prefix.n));

	for (; row < COUNT(actions) && has_prefix(name_at(&action_table, row), prefix); row++)
		consider(&best, str_from(name_at(&action_table, row), prefix.n));
	/* the name points behind the prefix, in the pool: give it whole */
	return best.name.n ? (str){ best.name.p - prefix.n, best.name.n + prefix.n } : (str){ 0 };
}

str catalog_near_service(str prefix)
{
	struct nearest best = near(prefix);

	for (size_t row = 0; row < COUNT(actions);) {
		str name = prefix_of(name_at(&action_table, row));

		consider(&best, str_head(name, name.n - 1));
		while (row < COUNT(actions) && has_prefix(name_at(&action_table, row), name))
			row++;
	}
	return best.name;
}

str catalog_near_key(str name)
{
	str prefix = prefix_of(name);
	size_t row = lower_bound(&key_table, prefix);
	struct nearest best = near(name);

	for (size_t i = 0; i < COUNT(global_keys); i++)
		consider(&best, global_keys[i].name);
	for (; row < key_table.n && has_prefix(name_at(&key_table, row), prefix); row++)
		consider(&best, name_at(&key_table, row));
	return best.name;
}

str catalog_near_region(str name)
{
	struct nearest best = near(name);

	for (size_t i = 0; i < COUNT(regions); i++)
		consider(&best, regions[i].name);
	return best.name;
}
