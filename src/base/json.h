/*
 * json.h -- JSON with positions: read into an arena, built, and written.
 *
 * Every value knows where it stands in the text it came from, so that a
 * message about a policy can show the line. Order of members is kept.
 * Strictly RFC 8259, and stricter where policies need it: duplicate members,
 * lone surrogates, NUL characters and invalid UTF-8 are errors.
 */
#ifndef DEPUTY_JSON_H
#define DEPUTY_JSON_H

#include "base/base.h"

enum json_type {
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
};

struct json {
	str name; /* in an object: the member's name, decoded; else {0} */
	struct json *next;
	enum json_type type;
	str text; /* STRING: decoded; NUMBER: as written; "true", "false", "null" */
	struct json *first, *last, *parent;
	size_t count; /* ARRAY, OBJECT: how many */
	size_t at;    /* byte offset of the value's first byte */
	size_t end;   /* behind its last */
	size_t name_at;
};

/*
 * Reads one JSON text.
 *
 *   text       bytes, not NUL-terminated
 *   max_bytes  longer texts are refused before memory is taken (ERR_LIMIT)
 *   errors     ERR_SYNTAX with `at` and what was expected; ERR_LIMIT for more than
 *              LIMIT_JSON_DEPTH levels or LIMIT_JSON_MEMBERS members
 *   cost       O(text), no recursion
 */
MUST_USE bool json_parse(struct arena *arena, str text, size_t max_bytes, struct json **root,
	struct err *err);

/* ---- reading. All take NULL for "not there" and answer it with NULL or {0}. */

struct json *json_get(const struct json *object, str name); /* member, or NULL */
str json_str(const struct json *object, str name); /* a STRING/NUMBER/bool member's text, or {0} */
bool json_is(const struct json *value, enum json_type type);
const char *json_type_name(enum json_type type);           /* "an object", "a string", … */
void json_path(struct buf *buf, const struct json *value); /* $.Statement[3].Action[0] */

#define JSON_EACH(item, parent_) \
	for (const struct json *item = (parent_) ? (parent_)->first : NULL; item; item = item->next)

/* ---- building. Texts are not copied: they must live as long as the arena. */

struct json *json_new(struct arena *arena, enum json_type type);
struct json *json_new_str(struct arena *arena, str text);
struct json *json_new_int(struct arena *arena, int64_t value);
struct json *json_new_bool(struct arena *arena, bool value);

/* Sets a member (in place if it is there already) and returns the value. A value belongs to
 * one parent only: use json_clone() to put it into a second one. */
struct json *json_put(struct json *object, str name, struct json *value);
struct json *json_put_str(struct arena *arena, struct json *object, str name, str text);
struct json *json_put_int(struct arena *arena, struct json *object, str name, int64_t value);
struct json *json_put_bool(struct arena *arena, struct json *object, str name, bool value);
struct json *json_push(struct json *array, struct json *value);
bool json_remove(struct json *object, str name);
struct json *json_clone(struct arena *arena, const struct json *value); /* deep; texts copied too */

/* ---- writing. */

void json_write(struct buf *buf, const struct json *value);        /* no spaces */
void json_write_pretty(struct buf *buf, const struct json *value); /* two spaces a level */
bool json_same(const struct json *a, const struct json *b);        /* order of members is ignored */

/* One quoted string. What is not UTF-8 becomes U+FFFD, so that a reader takes the rest. */
void json_write_str(struct buf *buf, str text);

#endif
