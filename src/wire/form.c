/*
 * form.c -- form parameters: Tags.member.1.Key=a&Tags.member.1.Value=b  <->  an object.
 *
 * Every name is a path. Reading walks it from the root and makes what is missing; a numbered
 * part is first kept as a member named by its number. When all are in, members that are numbers
 * become lists in the order of the numbers. Decoding is done once: a policy text that contains
 * %3A keeps it.
 */
#include "wire/wire.h"

#include <stdlib.h>

enum { NUMBER_DIGITS = 6 }; /* more than LIMIT_PARAMS items cannot come */

struct form {
	struct arena *arena;
	struct json *root;
	bool utf8; /* the text as it came */
	size_t count;
	struct err *err;
};

/* "1", "17"; not "01", which would be a second spelling of a name. */
static bool is_number(str part)
{
	uint64_t value;

	return part.n && part.n <= NUMBER_DIGITS && (part.n == 1 || part.p[0] != '0') &&
	       str_u64(part, UINT64_MAX, &value);
}

/* ---- reading */

/* The next part of a name's path. "member" and "entry" before a number say only "list". */
static str next_part(str *path)
{
	str part, rest, after;

	if (!str_cut(*path, '.', &part, &rest)) {
		part = *path;
		*path = (str){ 0 };
		return part;
	}
	*path = rest;
	if (!str_cut(rest, '.', &after, &rest))
		after = rest;
	if ((str_eq(part, S("member")) || str_eq(part, S("entry"))) && is_number(after))
		return next_part(path);
	return part;
}

static bool put(struct form *form, str name, str value, size_t at)
{
	struct json *node = form->root, *leaf;
	str path = name;
	size_t depth = 0;

	for (;;) {
		bool last, mixed;
		str part = next_part(&path);
		struct json *child = json_get(node, part);

		last = path.n == 0;
		mixed = node != form->root && node->first &&
			is_number(node->first->name) != is_number(part);
		if (++depth > LIMIT_PARAM_DEPTH)
			return fail(form->err, ERR_LIMIT, at, "a parameter has more than %d parts",
				LIMIT_PARAM_DEPTH);
		if (part.n == 0 || str_ends(name, S(".")))
			return fail(form->err, ERR_SYNTAX, at,
				"a parameter's name has an empty part");
		if (mixed)
			return fail(form->err, ERR_SYNTAX, at,
				"parameter '%.*s' is a list and a structure at once",
				STR(str_head(name, 100)));
		if (child && (last || child->type == JSON_STRING))
			return fail(form->err, ERR_SYNTAX, at, "parameter '%.*s' is given twice",
				STR(str_head(name, 100)));
		if (last) {
			leaf = json_put(node, part, json_new_str(form->arena, value));
			leaf->at = at;
			return true;
		}
		node = child ? child : json_put(node, part, json_new(form->arena, JSON_OBJECT));
		node->at = child ? node->at : at;
	}
}

/* What holds no escape was looked at with the whole text. */
static bool stays_utf8(const struct form *form, str raw, str text)
{
	return (form->utf8 && text.p == raw.p) || is_utf8(text);
}

static bool read_parameter(struct form *form, str text, size_t at)
{
	str raw_name = text, raw_value = { 0 }, name, value;

	str_cut(text, '=', &raw_name, &raw_value);
	if (++form->count > LIMIT_PARAMS)
		return fail(form->err, ERR_LIMIT, at, "more than %d parameters", LIMIT_PARAMS);
	if (!uri_decode(form->arena, raw_name, true, &name) ||
		!uri_decode(form->arena, raw_value, true, &value))
		return fail(form->err, ERR_SYNTAX, at,
			"a parameter has a '%%' that two hexadecimal digits do not follow");
	if (!stays_utf8(form, raw_name, name) || !stays_utf8(form, raw_value, value))
		return fail(form->err, ERR_SYNTAX, at, "a parameter is not valid UTF-8");
	return put(form, name, value, at);
}

static int by_number(const void *a, const void *b)
{
	str x = (*(struct json *const *)a)->name, y = (*(struct json *const *)b)->name;

	return x.n != y.n ? (x.n > y.n) - (x.n < y.n) : str_cmp(x, y);
}

/* Turns an object whose members are numbers into a list. All of them are (see `mixed`). */
static void to_list(struct arena *arena, struct json *node)
{
	struct json **items = NEWS(arena, struct json *, node->count);
	size_t n = 0;

	for (struct json *item = node->first; item; item = item->next)
		items[n++] = item;
	qsort(items, n, sizeof(struct json *), by_number);
	node->type = JSON_ARRAY;
	node->first = node->last = NULL;
	node->count = 0;
	for (size_t i = 0; i < n; i++) {
		items[i]->name = (str){ 0 };
		items[i]->next = NULL;
		items[i]->parent = NULL;
		json_push(node, items[i]);
	}
}

/* Recursion goes no deeper than LIMIT_PARAM_DEPTH. */
static void find_lists(struct arena *arena, struct json *node)
{
	for (struct json *child = node->first; child; child = child->next) {
		if (child->type != JSON_OBJECT)
			continue;
		find_lists(arena, child);
		if (is_number(child->first->name))
			to_list(arena, child);
	}
}

bool form_parse(struct arena *arena, str text, struct json **object, struct err *err)
{
	struct form form = { .arena = arena,
		.root = json_new(arena, JSON_OBJECT),
		.utf8 = is_utf8(text),
		.err = err };

	for (str rest = text, part; rest.n;) {
		size_t at = text.n - rest.n;

		if (!str_cut(rest, '&', &part, &rest)) {
			part = rest;
			rest = (str){ 0 };
		}
		if (part.n && !read_parameter(&form, part, at))
			return false;
	}
	find_lists(arena, form.root);
	*object = form.root;
	return true;
}

/* ---- writing */

static void write_value(struct buf *out, str path, const struct json *value, bool flat);

static void write_list(struct buf *out, str path, const struct json *list, bool flat)
{
	size_t i = 1;

	JSON_EACH(item, list)
	write_value(out,
		arena_printf(out->arena, "%.*s.%s%zu", STR(path), flat ? "" : "member.", i++), item,
		flat);
}

static void write_object(struct buf *out, str path, const struct json *object, bool flat)
{
	JSON_EACH(member, object)
	{
		struct buf name = { .arena = out->arena };

		buf_str(&name, path);
		if (path.n)
			buf_char(&name, '.');
		uri_encode(&name, member->name, false);
		write_value(out, buf_view(&name), member, flat);
	}
}

/* `path` is encoded already. IAM takes `Name=` for an empty list; EC2 takes nothing. */
static void write_value(struct buf *out, str path, const struct json *value, bool flat)
{
	bool empty_list = value->type == JSON_ARRAY && !value->count;

	if (value->type == JSON_NULL || (empty_list && flat))
		return;
	if (value->type == JSON_OBJECT) {
		write_object(out, path, value, flat);
		return;
	}
	if (value->count) {
		write_list(out, path, value, flat);
		return;
	}
	if (out->n)
		buf_char(out, '&');
	buf_str(out, path);
	buf_char(out, '=');
	if (!empty_list)
		uri_encode(out, value->text, false);
}

void form_write(struct buf *out, const struct json *object, bool flat)
{
	write_object(out, (str){ 0 }, object, flat);
}
