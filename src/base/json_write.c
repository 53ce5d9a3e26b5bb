/*
 * json_write.c -- looking into JSON values, building and writing them.
 *
 * Writing walks the tree by its parent pointers, so it needs no stack either.
 */
#include "base/json.h"

#include <string.h>

/* ---- reading */

struct json *json_get(const struct json *object, str name)
{
	if (!object || object->type != JSON_OBJECT)
		return NULL;
	for (struct json *member = object->first; member; member = member->next)
		if (str_same(member->name, name))
			return member;
	return NULL;
}

str json_str(const struct json *object, str name)
{
	const struct json *member = json_get(object, name);

	return member ? member->text : (str){ 0 };
}

bool json_is(const struct json *value, enum json_type type)
{
	return value && value->type == type;
}

const char *json_type_name(enum json_type type)
{
	static const char *const names[] = {
		[JSON_NULL] = "null",
		[JSON_FALSE] = "a boolean",
		[JSON_TRUE] = "a boolean",
		[JSON_NUMBER] = "a number",
		[JSON_STRING] = "a string",
		[JSON_ARRAY] = "an array",
		[JSON_OBJECT] = "an object",
	};

	return names[type];
}

static size_t index_of(const struct json *value)
{
	size_t i = 0;

	for (const struct json *item = value->parent->first; item != value; item = item->next)
		i++;
	return i;
}

void json_path(struct buf *buf, const struct json *value)
{
	const struct json *up[LIMIT_JSON_DEPTH + 1];
	size_t n = 0;

	for (; value->parent && n < COUNT(up); value = value->parent)
		up[n++] = value;
	buf_char(buf, '$');
	while (n--) {
		if (up[n]->parent->type == JSON_ARRAY)
			buf_printf(buf, "[%zu]", index_of(up[n]));
		else
			buf_printf(buf, ".%.*s", STR(up[n]->name));
	}
}

/* ---- building */

struct json *json_new(struct arena *arena, enum json_type type)
{
	static const str words[] = { [JSON_NULL] = SC("null"),
		[JSON_FALSE] = SC("false"),
		[JSON_TRUE] = SC("true"),
		[JSON_OBJECT] = { 0 } };
	struct json *value = NEW(arena, struct json);

	value->type = type;
	value->text = words[type];
	return value;
}

struct json *json_new_str(struct arena *arena, str text)
{
	struct json *value = json_new(arena, JSON_STRING);

	value->text = text;
	return value;
}

struct json *json_new_int(struct arena *arena, int64_t number)
{
	struct json *value = json_new(arena, JSON_NUMBER);

	value->text = arena_printf(arena, "%lld", (long long)number);
	return value;
}

struct json *json_new_bool(struct arena *arena, bool value)
{
	return json_new(arena, value ? JSON_TRUE : JSON_FALSE);
}

struct json *json_push(struct json *array, struct json *value)
{
	value->parent = array;
	value->next = NULL;
	if (array->last)
		array->last->next = value;
	else
		array->first = value;
	array->last = value;
	array->count++;
	return value;
}

/* The link that points at `value`. */
static struct json **link_to(struct json *parent, const struct json *value)
{
	struct json **link = &parent->first;

	while (*link != value)
		link = &(*link)->next;
	return link;
}

static void unlink_value(struct json *parent, struct json *value)
{
	struct json *before = NULL;

	for (struct json *item = parent->first; item != value; item = item->next)
		before = item;
	*link_to(parent, value) = value->next;
	if (parent->last == value)
		parent->last = before;
	parent->count--;
}

struct json *json_put(struct json *object, str name, struct json *value)
{
	struct json *old = json_get(object, name);

	value->name = name;
	if (!old)
		return json_push(object, value);
	value->parent = object;
	value->next = old->next;
	*link_to(object, old) = value;
	if (object->last == old)
		object->last = value;
	return value;
}

struct json *json_put_str(struct arena *arena, struct json *object, str name, str text)
{
	return json_put(object, name, json_new_str(arena, text));
}

struct json *json_put_int(struct arena *arena, struct json *object, str name, int64_t value)
{
	return json_put(object, name, json_new_int(arena, value));
}

struct json *json_put_bool(struct arena *arena, struct json *object, str name, bool value)
{
	return json_put(object, name, json_new_bool(arena, value));
}

bool json_remove(struct json *object, str name)
{
	struct json *value = json_get(object, name);

	if (value)
		unlink_value(object, value);
	return value != NULL;
}

/* ---- walking: what comes after `value` in the tree under `root`, or NULL. */

static const struct json *climb(const struct json *root, const struct json *value)
{
	while (value != root && !value->next)
		value = value->parent;
	return value == root ? NULL : value->next;
}

static struct json *copy_one(struct arena *arena, const struct json *value)
{
	struct json *copy = NEW(arena, struct json);

	copy->type = value->type;
	copy->text = arena_copy(arena, value->text);
	copy->name = arena_copy(arena, value->name);
	copy->at = value->at;
	copy->end = value->end;
	copy->name_at = value->name_at;
	return copy;
}

struct json *json_clone(struct arena *arena, const struct json *root)
{
	struct json *result = copy_one(arena, root), *parent = result;
	const struct json *value = root->first;

	while (value) {
		struct json *copy = json_push(parent, copy_one(arena, value));

		if (value->first) {
			value = value->first;
			parent = copy;
			continue;
		}
		while (value != root && !value->next) {
			value = value->parent;
			parent = parent->parent;
		}
		value = value == root ? NULL : value->next;
	}
	return result;
}

/* ---- writing */

/* A character that is not ASCII; the answer is how many bytes of the text it was. */
static size_t write_wide(struct buf *buf, str text)
{
	size_t n = utf8_length(text);

	buf_str(buf, n ? str_head(text, n) : S("\xEF\xBF\xBD"));
	return n ? n : 1;
}

/* A character that str_plain() stops at; the answer is how many bytes of the text it was. */
static size_t write_special(struct buf *buf, str text)
{
	unsigned char c = (unsigned char)text.p[0];

	if (c >= 0x80)
		return write_wide(buf, text);
	if (c == '"' || c == '\\')
		buf_printf(buf, "\\%c", c);
	else if (c == '\n')
		buf_str(buf, S("\\n"));
	else if (c < 0x20 || c == 0x7F)
		buf_printf(buf, "\\u%04x", c);
	else
		buf_char(buf, (char)c);
	return 1;
}

void json_write_str(struct buf *buf, str text)
{
	buf_char(buf, '"');
	for (size_t at = 0, plain; at < text.n; at = plain) {
		plain = str_plain(text, at);
		buf_str(buf, (str){ text.p + at, plain - at });
		if (plain < text.n)
			plain += write_special(buf, str_from(text, plain));
	}
	buf_char(buf, '"');
}

static bool is_list(const struct json *value)
{
	return value->type == JSON_ARRAY || value->type == JSON_OBJECT;
}

static void new_line(struct buf *buf, size_t depth)
{
	buf_char(buf, '\n');
	for (size_t i = 0; i < depth; i++)
		buf_str(buf, S("  "));
}

/* A value's opening: all of it, if nothing is in it. */
static void write_start(struct buf *buf, const struct json *value, bool pretty, bool named)
{
	if (named) {
		json_write_str(buf, value->name);
		buf_str(buf, pretty ? S(": ") : S(":"));
	}
	if (value->type == JSON_STRING)
		json_write_str(buf, value->text);
	else if (!is_list(value))
		buf_str(buf, value->text);
	else
		buf_char(buf, value->type == JSON_OBJECT ? '{' : '[');
	if (is_list(value) && !value->first)
		buf_char(buf, value->type == JSON_OBJECT ? '}' : ']');
}

static void write_tree(struct buf *buf, const struct json *root, bool pretty)
{
	const struct json *value = root;
	size_t depth = 0;

	for (;;) {
		write_start(buf, value, pretty,
			value != root && value->parent->type == JSON_OBJECT);
		if (value->first) {
			value = value->first;
			depth++;
			if (pretty)
				new_line(buf, depth);
			continue;
		}
		while (value != root && !value->next) {
			value = value->parent;
			depth--;
			if (pretty)
				new_line(buf, depth);
			buf_char(buf, value->type == JSON_OBJECT ? '}' : ']');
		}
		if (value == root)
			return;
		buf_char(buf, ',');
		if (pretty)
			new_line(buf, depth);
		value = value->next;
	}
}

void json_write(struct buf *buf, const struct json *value)
{
	write_tree(buf, value, false);
}

void json_write_pretty(struct buf *buf, const struct json *value)
{
	write_tree(buf, value, true);
}

/* ---- comparing */

static bool same_one(const struct json *a, const struct json *b)
{
	return a && b && a->type == b->type && a->count == b->count &&
	       (is_list(a) || str_eq(a->text, b->text));
}

/* The value in `other`'s tree that stands where `value` stands below its parent. */
static const struct json *twin(const struct json *value, const struct json *other_parent)
{
	const struct json *item = other_parent->first;

	if (value->parent->type == JSON_OBJECT)
		return json_get(other_parent, value->name);
	for (const struct json *mine = value->parent->first; mine != value && item;
		mine = mine->next)
		item = item->next;
	return item;
}

bool json_same(const struct json *a, const struct json *b)
{
	const struct json *value = a, *other = b;

	if (!a || !b)
		return a == b;
	for (;;) {
		const struct json *next;
		bool down = value->first != NULL;

		if (!same_one(value, other))
			return false;
		next = down ? value->first : climb(a, value);
		if (!next)
			return true;
		for (; !down && value->parent != next->parent; value = value->parent)
			other = other->parent;
		other = twin(next, down ? other : other->parent);
		value = next;
	}
}
