/*
 * params.c -- reading parameters, and AWS's sentences for those that are wrong.
 *
 * IAM and STS check every parameter against its model first (data/shapes.tsv) and say which
 * constraint it breaks. Names are given as AWS prints them there: with a small first letter.
 */
#include "account/account.h"

#include <string.h>

enum shape { SHAPE_NAME, SHAPE_PATTERN, SHAPE_DESCRIPTION, SHAPE_DOCUMENT, SHAPE_ANY };

static const struct shape_row {
	str name;
	unsigned min, max;
	enum shape kind;
	str pattern, allowed;
} shapes[] = {
#define ROW(name, min, max, kind, pattern, allowed) \
	{ SC(name), min, max, kind, SC(pattern), SC(allowed) },
#include "gen/shapes.inc"
#undef ROW
};

static const struct shape_row *find_shape(str name)
{
	for (size_t i = 0; i < COUNT(shapes); i++)
		if (str_eq(shapes[i].name, name))
			return &shapes[i];
	return NULL;
}

/* ---- sentences. */

/* RoleName -> roleName, as AWS names the member. */
static str member_name(struct call *call, str name)
{
	str copy = arena_copy(call->arena, name);
	str first = arena_lower(call->arena, str_head(copy, 1));

	return arena_printf(call->arena, "%.*s%.*s", STR(first), STR(str_from(copy, 1)));
}

/* AWS repeats the value, but not of lists ({0}); one that is a screen long helps nobody. */
static str shown(struct call *call, str value)
{
	return value.p && value.n <= 256 ? arena_printf(call->arena, "Value '%.*s'", STR(value))
					 : S("Value");
}

static bool breaks(struct call *call, str name, str value, str constraint)
{
	return refuse(call, FAULT_VALIDATION,
		"1 validation error detected: %.*s at '%.*s' failed to satisfy constraint: "
		"Member must %.*s",
		STR(shown(call, value)), STR(member_name(call, name)), STR(constraint));
}

static bool missing(struct call *call, str name)
{
	switch (call->protocol) {
	case PROTOCOL_EC2:
		return refuse(call, FAULT_MISSING_PARAMETER,
			"The request must contain the parameter %.*s", STR(name));
	case PROTOCOL_JSON:
	case PROTOCOL_S3:
		return refuse(call, FAULT_MISSING_PARAMETER, "%.*s is required", STR(name));
	case PROTOCOL_QUERY:
		break;
	}
	return refuse(call, FAULT_MISSING_PARAMETER,
		"1 validation error detected: Value null at '%.*s' failed to satisfy constraint: "
		"Member must not be null",
		STR(member_name(call, name)));
}

/* ---- characters. */

static size_t characters(str text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++)
		n += ((unsigned char)text.p[i] & 0xc0) != 0x80;
	return n;
}

static bool only(str text, str allowed)
{
	for (size_t i = 0; i < text.n; i++)
		if (!ascii_alnum(text.p[i]) &&
			(!allowed.n || !memchr(allowed.p, text.p[i], allowed.n)))
			return false;
	return true;
}

/* Tab, LF, CR and U+0020 to U+00FF, in UTF-8; `gap`: without U+007F to U+00A0. */
static bool is_latin1(str text, bool gap)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned c = (unsigned char)text.p[i];

		if (c >= 0xc2 && c <= 0xc3 && i + 1 < text.n)
			c = (c & 3) << 6 | ((unsigned char)text.p[++i] & 0x3f);
		else if (c >= 0x80)
			return false;
		if (c < 0x20 && c != '\t' && c != '\n' && c != '\r')
			return false;
		if (gap && c >= 0x7f && c <= 0xa0)
			return false;
	}
	return true;
}

static bool has_shape(const struct shape_row *row, str value)
{
	switch (row->kind) {
	case SHAPE_NAME:
	case SHAPE_PATTERN:
		return only(value, row->allowed);
	case SHAPE_DESCRIPTION:
		return is_latin1(value, true);
	case SHAPE_DOCUMENT:
		return is_latin1(value, false);
	case SHAPE_ANY:
		break;
	}
	return true;
}

bool check_text(struct call *call, str rule, str value)
{
	const struct shape_row *row = find_shape(rule);
	struct arena *arena = call->arena;
	size_t n;

	if (!row)
		return refuse(call, FAULT_INTERNAL, "no shape is known for %.*s", STR(rule));
	n = characters(value);
	if (n > row->max)
		return breaks(call, rule, value,
			arena_printf(arena, "have length less than or equal to %u", row->max));
	if (n < row->min)
		return breaks(call, rule, value,
			arena_printf(arena, "have length greater than or equal to %u", row->min));
	if (has_shape(row, value))
		return true;
	if (row->kind != SHAPE_NAME)
		return breaks(call, rule, value,
			arena_printf(arena, "satisfy regular expression pattern: %.*s",
				STR(row->pattern)));
	return refuse(call, FAULT_VALIDATION,
		"The specified value for %.*s is invalid. It must contain only alphanumeric "
		"characters and/or the following: +=,.@_-",
		STR(member_name(call, rule)));
}

/* ---- reading. */

static bool is_text(const struct json *value)
{
	return value && value->type != JSON_ARRAY && value->type != JSON_OBJECT &&
	       value->type != JSON_NULL;
}

str get_str(const struct call *call, str name)
{
	const struct json *value = json_get(call->input, name);

	return is_text(value) ? value->text : (str){ 0 };
}

bool need_str(struct call *call, str name, str *value)
{
	*value = get_str(call, name);
	return value->n || missing(call, name);
}

bool need_text(struct call *call, str name, str *value)
{
	const struct json *given = json_get(call->input, name);

	if (!is_text(given))
		return missing(call, name);
	*value = given->text;
	return check_text(call, name, *value);
}

bool get_text(struct call *call, str name, str *value)
{
	const struct json *given = json_get(call->input, name);

	*value = (str){ 0 };
	if (!given)
		return true;
	if (!is_text(given))
		return breaks(call, name, (str){ 0 }, S("be a string"));
	*value = given->text;
	return check_text(call, name, *value);
}

bool get_number(struct call *call, str name, unsigned min, unsigned max, unsigned *value)
{
	const struct json *given = json_get(call->input, name);
	str text = is_text(given) ? given->text : (str){ 0 };
	uint64_t number = 0;

	if (!given)
		return true;
	if (!str_u64(text, UINT32_MAX, &number))
		return breaks(call, name, text, S("be an integer"));
	if (number < min)
		return breaks(call, name, text,
			arena_printf(call->arena, "have value greater than or equal to %u", min));
	if (number > max)
		return breaks(call, name, text,
			arena_printf(call->arena, "have value less than or equal to %u", max));
	*value = (unsigned)number;
	return true;
}

bool get_list(struct call *call, str name, size_t max, struct words *list)
{
	const struct json *given = json_get(call->input, name);
	bool many = json_is(given, JSON_ARRAY);
	size_t n = 1;

	*list = (struct words){ 0 };
	if (!given)
		return true;
	if (is_text(given) && !given->text.n)
		return true; /* botocore writes an empty list as an empty value */
	if (many)
		n = given->count;
	if (n > max)
		return breaks(call, name, (str){ 0 },
			arena_printf(call->arena, "have length less than or equal to %zu", max));
	list->item = NEWS(call->arena, struct word, n);
	if (is_text(given))
		list->item[list->n++].text = given->text;
	JSON_EACH(item, many ? given : NULL)
	{
		if (!is_text(item))
			return breaks(call, name, (str){ 0 }, S("be a list of strings"));
		list->item[list->n++].text = item->text;
	}
	return list->n == n || breaks(call, name, (str){ 0 }, S("be a list of strings"));
}

bool lacks(struct call *call, const str *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct json *given = json_get(call->input, names[i]);

		if (given && !(is_text(given) && !given->text.n))
			return refuse(call, FAULT_UNSUPPORTED,
				"%.*s is not supported by this account server", STR(names[i]));
	}
	return true;
}

/* ---- tags. */

static bool is_tag_text(str text)
{
	static const str marks = SC(" _.:/=+-@");

	for (size_t i = 0; i < text.n; i++) { /* beyond ASCII, all letters are taken for letters */
		unsigned char c = (unsigned char)text.p[i];

		if (c < 0x80 && !ascii_alnum(text.p[i]) && !memchr(marks.p, c, marks.n))
			return false;
	}
	return true;
}

static bool check_tag(struct call *call, str key, str value)
{
	if (!key.n || characters(key) > LIMIT_TAG_KEY_CHARS)
		return breaks(call, S("tags.1.member.key"), key,
			arena_printf(call->arena, "have length less than or equal to %d",
				LIMIT_TAG_KEY_CHARS));
	if (characters(value) > LIMIT_TAG_VALUE_CHARS)
		return breaks(call, S("tags.1.member.value"), value,
			arena_printf(call->arena, "have length less than or equal to %d",
				LIMIT_TAG_VALUE_CHARS));
	if (!is_tag_text(key) || !is_tag_text(value))
		return breaks(call, S("tags.1.member.key"), key,
			S("satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+"));
	if (str_eq_nocase(str_head(key, 4), S("aws:")))
		return refuse(call, FAULT_INVALID_INPUT,
			"Tag keys that begin with 'aws:' are reserved for AWS: %.*s", STR(key));
	return true;
}

/* IAM and STS take Vendor and vendor for the same key; EC2 and EKS do not. */
static bool is_taken(const struct call *call, const struct json *tags, str key)
{
	JSON_EACH(tag, tags)
	{
		if (call->protocol == PROTOCOL_QUERY ? str_eq_nocase(tag->name, key)
						     : str_eq(tag->name, key))
			return true;
	}
	return false;
}

static bool refuse_duplicate(struct call *call, str key)
{
	if (call->protocol != PROTOCOL_QUERY)
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"Duplicate tag key '%.*s' specified.", STR(key));
	return refuse(call,
		str_eq(call->service, S("sts")) ? FAULT_INVALID_PARAMETER_VALUE
						: FAULT_INVALID_INPUT,
		"Duplicate tag keys found. Please note that Tag keys are case insensitive.");
}

static bool read_tag(struct call *call, const struct json *list, const struct json *item,
	struct json *tags)
{
	bool pairs = list->type == JSON_ARRAY; /* IAM and EC2; EKS has an object */
	const struct json *key_member = json_get(pairs ? item : NULL, S("Key"));
	str key = pairs ? json_str(item, S("Key")) : item->name;
	str value = pairs ? json_str(item, S("Value")) : item->text;

	if (pairs ? !is_text(key_member) : !json_is(item, JSON_STRING))
		return breaks(call, S("tags"), (str){ 0 }, S("have a key and a value"));
	if (!check_tag(call, key, value))
		return false;
	if (is_taken(call, tags, key))
		return refuse_duplicate(call, key);
	json_put_str(call->arena, tags, key, value);
	return true;
}

bool read_tags(struct call *call, const struct json *list, struct json **tags)
{
	*tags = NULL;
	if (!list || (is_text(list) && !list->text.n) || list->type == JSON_NULL)
		return true;
	if (list->type != JSON_ARRAY && list->type != JSON_OBJECT)
		return breaks(call, S("tags"), (str){ 0 }, S("be a list"));
	if (list->count > LIMIT_TAGS)
		return breaks(call, S("tags"), (str){ 0 },
			arena_printf(call->arena, "have length less than or equal to %d",
				LIMIT_TAGS));
	if (!list->count)
		return true;
	*tags = json_new(call->arena, JSON_OBJECT);
	JSON_EACH(item, list)
	{
		if (!read_tag(call, list, item, *tags))
			return false;
	}
	return true;
}
