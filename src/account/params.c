/*
 * params.c -- reading parameters, and AWS's sentences for those that are wrong.
 *
 * What IAM's and STS's must look like is checked before (parameters.c); EC2, EKS and S3 check here
 * and in their handlers. Names are given as AWS prints them there: with a small first letter.
 */
#include "account/account.h"

#include <string.h>

/* ---- sentences. */

/* RoleName -> roleName, as AWS names the member. */
str member_name(struct call *call, str name)
{
	str copy = arena_copy(call->arena, name);
	str first = arena_lower(call->arena, str_head(copy, 1));

	return arena_printf(call->arena, "%.*s%.*s", STR(first), STR(str_from(copy, 1)));
}

/* AWS repeats the value, but not of lists ({0}); one that is a screen long helps nobody. */
str shown_value(struct call *call, str value)
{
	return value.p && value.n <= 256 ? arena_printf(call->arena, "Value '%.*s'", STR(value))
					 : S("Value");
}

static bool breaks(struct call *call, str name, str value, str constraint)
{
	return refuse(call, FAULT_VALIDATION,
		"1 validation error detected: %.*s at '%.*s' failed to satisfy constraint: "
		"Member must %.*s",
		STR(shown_value(call, value)), STR(member_name(call, name)), STR(constraint));
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

size_t characters(str text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++)
		n += ((unsigned char)text.p[i] & 0xc0) != 0x80;
	return n;
}

/* ---- reading. */

bool is_text_value(const struct json *value)
{
	return value && value->type != JSON_ARRAY && value->type != JSON_OBJECT &&
	       value->type != JSON_NULL;
}

str get_str(const struct call *call, str name)
{
	const struct json *value = json_get(call->input, name);

	return is_text_value(value) ? value->text : (str){ 0 };
}

bool need_str(struct call *call, str name, str *value)
{
	*value = get_str(call, name);
	return value->n || missing(call, name);
}

/* A handler asks for what its operation does not have: data/parameters.tsv lacks a row. */
static bool no_parameter(struct call *call, str name)
{
	return refuse(call, FAULT_INTERNAL, "%.*s has no parameter %.*s",
		STR(call->route->operation), STR(name));
}

bool need_text(struct call *call, str name, str *value)
{
	const struct json *given = json_get(call->input, name);

	if (!has_parameter(call, name))
		return no_parameter(call, name);
	*value = is_text_value(given) ? given->text : (str){ 0 };
	return is_text_value(given) || missing(call, name);
}

bool get_text(struct call *call, str name, str *value)
{
	const struct json *given = json_get(call->input, name);

	*value = (str){ 0 };
	if (!has_parameter(call, name))
		return no_parameter(call, name);
	if (!given)
		return true;
	*value = is_text_value(given) ? given->text : (str){ 0 };
	return is_text_value(given) || breaks(call, name, (str){ 0 }, S("be a string"));
}

bool get_number(struct call *call, str name, unsigned min, unsigned max, unsigned *value)
{
	const struct json *given = json_get(call->input, name);
	uint64_t number = 0;
	str text;

	if (!given)
		return true;
	text = is_text_value(given) ? given->text : (str){ 0 };
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
	if (is_text_value(given) && !given->text.n)
		return true; /* botocore writes an empty list as an empty value */
	if (many)
		n = given->count;
	if (n > max)
		return breaks(call, name, (str){ 0 },
			arena_printf(call->arena, "have length less than or equal to %zu", max));
	list->item = NEWS(call->arena, struct word, n);
	if (is_text_value(given))
		list->item[list->n++].text = given->text;
	JSON_EACH(item, many ? given : NULL)
	{
		if (!is_text_value(item))
			return breaks(call, name, (str){ 0 }, S("be a list of strings"));
		list->item[list->n++].text = item->text;
	}
	return list->n == n || breaks(call, name, (str){ 0 }, S("be a list of strings"));
}

bool lacks(struct call *call, const str *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct json *given = json_get(call->input, names[i]);

		if (given && !(is_text_value(given) && !given->text.n))
			return refuse(call, FAULT_UNSUPPORTED,
				"%.*s is not supported by this account server", STR(names[i]));
	}
	return true;
}

/* ---- tags. */

static bool refuse_reserved(struct call *call, str key)
{
	if (call->protocol == PROTOCOL_EC2)
		return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
			"Tag keys starting with 'aws:' are reserved for internal use");
	return refuse(call,
		str_eq(call->service, S("sts")) ? FAULT_INVALID_PARAMETER_VALUE
						: FAULT_INVALID_INPUT,
		"Tag keys that begin with 'aws:' are reserved for AWS: %.*s", STR(key));
}

/* Of EC2 and EKS, imports and claims: the service models say the same of IAM's and STS's. */
static bool check_tag(struct call *call, str path, str key, str value)
{
	str key_path = JOIN(call->arena, path, S(".key"));
	str value_path = JOIN(call->arena, path, S(".value"));

	if (!key.n)
		return breaks(call, key_path, key, S("have length greater than or equal to 1"));
	if (characters(key) > LIMIT_TAG_KEY_CHARS)
		return breaks(call, key_path, key,
			arena_printf(call->arena, "have length less than or equal to %d",
				LIMIT_TAG_KEY_CHARS));
	if (characters(value) > LIMIT_TAG_VALUE_CHARS)
		return breaks(call, value_path, value,
			arena_printf(call->arena, "have length less than or equal to %d",
				LIMIT_TAG_VALUE_CHARS));
	if (!is_tag_text(key))
		return breaks(call, key_path, key,
			S("satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+"));
	if (!is_tag_text(value))
		return breaks(call, value_path, value,
			S("satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*"));
	return !str_eq_nocase(str_head(key, 4), S("aws:")) || refuse_reserved(call, key);
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

	if (pairs ? !is_text_value(key_member) : !json_is(item, JSON_STRING))
		return breaks(call, S("tags"), (str){ 0 }, S("have a key and a value"));
	if (!check_tag(call, arena_printf(call->arena, "tags.%zu.member", (tags->count) + 1), key,
		    value))
		return false;
	if (is_taken(call, tags, key))
		return refuse_duplicate(call, key);
	json_put_str(call->arena, tags, key, value);
	return true;
}

bool read_tags(struct call *call, const struct json *list, struct json **tags)
{
	*tags = NULL;
	if (!list || (is_text_value(list) && !list->text.n) || list->type == JSON_NULL)
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
