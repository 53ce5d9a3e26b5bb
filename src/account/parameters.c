/*
 * parameters.c -- IAM and STS check every parameter against their models before anything else.
 *
 * What each operation takes is data/parameters.tsv, what that looks like data/shapes.tsv; both are
 * the services' own models. All that is wrong is told in one sentence, as AWS tells it:
 * "2 validation errors detected: Value '' at 'roleArn' failed …; Value …". Names are given with a
 * small first letter, members of lists as tags.1.member.key.
 *
 * A handler reads its parameters afterwards and finds them well-formed. One that asks for a
 * parameter that its operation does not have is a mistake, and refused as one (params.c).
 */
#include "account/account.h"

#include <string.h>

static const struct shape shapes[] = {
#define ROW(id, min, max, form, pattern, allowed) \
	[id] = { min, max, form, SC(pattern), SC(allowed) },
#include "gen/shapes.inc"
#undef ROW
};

static const struct parameter parameters[] = {
#define ROW(key, operation, list, member, required, shape) \
	{ SC(operation), SC(list), SC(member), required, shape },
#include "gen/parameters.inc"
#undef ROW
};

/* Those of one operation lie together, in the order of the operations' names. */
const struct parameter *find_parameters(str operation, size_t *n)
{
	size_t low = 0, high = COUNT(parameters);

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (str_cmp(parameters[middle].operation, operation) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (*n = 0; low + *n < COUNT(parameters); ++*n)
		if (!str_eq(parameters[low + *n].operation, operation))
			break;
	return *n ? &parameters[low] : NULL;
}

/* ---- characters. */

static bool only(str text, str allowed)
{
	for (size_t i = 0; i < text.n; i++)
		if (!ascii_alnum(text.p[i]) &&
			(!allowed.n || !memchr(allowed.p, text.p[i], allowed.n)))
			return false;
	return true;
}

/* The next character of a text that is UTF-8. */
static unsigned next_character(str *text)
{
	unsigned c = (unsigned char)text->p[0];
	size_t more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;

	c = more ? c & (0x3fu >> more) : c;
	for (size_t i = 1; i <= more && i < text->n; i++)
		c = c << 6 | ((unsigned char)text->p[i] & 0x3f);
	*text = str_from(*text, more + 1 < text->n ? more + 1 : text->n);
	return c;
}

struct range {
	unsigned first, last;
};

/* Nearly all texts end here: what is printable in ASCII is in all ranges but the digits'. */
static str behind_printable(str text)
{
	size_t n = str_plain(text, 0);

	while (n < text.n && text.p[n] >= ' ' && text.p[n] <= '~')
		n = str_plain(text, n + 1);
	return str_from(text, n);
}

static bool in_ranges(str text, const struct range *ranges, size_t n)
{
	while (text.n) {
		unsigned c = next_character(&text);
		bool good = false;

		for (size_t i = 0; i < n; i++)
			good = good || (c >= ranges[i].first && c <= ranges[i].last);
		if (!good)
			return false;
	}
	return true;
}

static bool is_latin1(str text)
{
	static const struct range ranges[] = { { '\t', '\n' }, { '\r', '\r' }, { ' ', 0xff } };

	return in_ranges(behind_printable(text), ranges, COUNT(ranges));
}

static bool is_description(str text)
{
	static const struct range ranges[] = { { '\t', '\n' }, { '\r', '\r' }, { ' ', 0x7e },
		{ 0xa1, 0xff } };

	return in_ranges(behind_printable(text), ranges, COUNT(ranges));
}

static bool is_line(str text)
{
	static const struct range ranges[] = { { ' ', 0xff } };

	return in_ranges(behind_printable(text), ranges, COUNT(ranges));
}

/* What XML 1.0 may hold, but nothing beyond 16 bits: so AWS's expression is read. */
static bool is_xml(str text)
{
	static const struct range ranges[] = { { '\t', '\n' }, { '\r', '\r' }, { ' ', 0x7e },
		{ 0x85, 0x85 }, { 0xa0, 0xd7ff }, { 0xe000, 0xfffd } };

	return in_ranges(behind_printable(text), ranges, COUNT(ranges));
}

static bool is_digits(str text)
{
	static const struct range ranges[] = { { '0', '9' } };

	return in_ranges(text, ranges, COUNT(ranges));
}

static const struct range letters[] = {
#define ROW(first, last) { first, last },
#include "gen/letters.inc"
#undef ROW
};

static bool is_letter(unsigned c)
{
	size_t low = 0, high = COUNT(letters);

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (letters[middle].last < c)
			low = middle + 1;
		else
			high = middle;
	}
	return low < COUNT(letters) && letters[low].first <= c;
}

bool is_tag_text(str text)
{
	static const str marks = SC(" _.:/=+-@");

	while (text.n) {
		unsigned c = next_character(&text);

		if (c < 0x80 ? !ascii_alnum((char)c) && !memchr(marks.p, (int)c, marks.n)
			     : !is_letter(c))
			return false;
	}
	return true;
}

/* ^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$ */
static bool is_alias(str text)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c == '-' ? i == 0 || i + 1 == text.n || text.p[i + 1] == '-'
			     : !ascii_alnum(c) || ascii_lower(c) != c)
			return false;
	}
	return text.n >= 3;
}

/* v[1-9][0-9]*(\.[A-Za-z0-9-]*)? */
static bool is_version(str text)
{
	str number = text, rest = { 0 };

	str_cut(text, '.', &number, &rest);
	return number.n >= 2 && number.p[0] == 'v' && number.p[1] != '0' &&
	       is_digits(str_from(number, 1)) && only(rest, S("-"));
}

static bool is_choice(str value, str choices)
{
	str choice, rest = choices;

	while (str_cut(rest, ' ', &choice, &rest))
		if (str_eq(choice, value))
			return true;
	return str_eq(rest, value);
}

static bool has_shape(const struct shape *shape, str value)
{
	if (!value.n && str_ends(shape->pattern, S("+")))
		return false;
	switch (shape->form) {
	case FORM_PATTERN:
	case FORM_NAME:
		return only(value, shape->allowed);
	case FORM_CHOICE:
		return is_choice(value, shape->allowed);
	case FORM_DESCRIPTION:
		return is_description(value);
	case FORM_DOCUMENT:
		return is_latin1(value);
	case FORM_LINE:
		return is_line(value);
	case FORM_XML:
		return is_xml(value);
	case FORM_TAG:
		return is_tag_text(value);
	case FORM_DIGITS:
		return is_digits(value);
	case FORM_ALIAS:
		return is_alias(value);
	case FORM_VERSION:
		return is_version(value);
	case FORM_NUMBER:
	case FORM_LIST:
	case FORM_ANY:
	case FORM_SECRET:
		break;
	}
	return true;
}

/* ---- what is wrong with one value. */

enum { CONSTRAINTS = 3 }; /* that one value can break */

struct broken {
	str constraint[CONSTRAINTS]; /* "have length less than or equal to 64" */
	size_t n;
};

static void breaks(struct call *call, struct broken *broken, const char *format, uint32_t bound)
{
	broken->constraint[broken->n++] = arena_printf(call->arena, format, (unsigned)bound);
}

static void check_number(struct call *call, const struct shape *shape, str value,
	struct broken *broken)
{
	uint64_t number;

	if (!str_u64(value, UINT64_MAX, &number))
		return; /* no number at all: get_number() says so */
	if (number > shape->max)
		breaks(call, broken, "have value less than or equal to %u", shape->max);
	if (number < shape->min)
		breaks(call, broken, "have value greater than or equal to %u", shape->min);
}

static void check_form(struct call *call, const struct shape *shape, str value,
	struct broken *broken)
{
	if (shape->form == FORM_NAME || has_shape(shape, value))
		return;
	broken->constraint[broken->n++] =
		shape->form == FORM_CHOICE
			? S("satisfy enum value set")
			: JOIN(call->arena, S("satisfy regular expression pattern: "),
				  shape->pattern);
}

static void check_length(struct call *call, const struct shape *shape, str value,
	struct broken *broken)
{
	size_t n = characters(value);

	if (n > shape->max)
		breaks(call, broken, "have length less than or equal to %u", shape->max);
	if (n < shape->min)
		breaks(call, broken, "have length greater than or equal to %u", shape->min);
}

/* Of a list's items AWS names the form last. */
static void check_value(struct call *call, const struct shape *shape, str value, bool item,
	struct broken *broken)
{
	*broken = (struct broken){ 0 };
	if (shape->form == FORM_NUMBER) {
		check_number(call, shape, value, broken);
		return;
	}
	if (!item)
		check_form(call, shape, value, broken);
	check_length(call, shape, value, broken);
	if (item)
		check_form(call, shape, value, broken);
}

/* ---- all of them. */

struct place { /* RoleName, or the second of Tags' Key */
	str list;
	size_t index;
	str member;
};

struct checking {
	struct call *call;
	struct buf text; /* of [n] errors */
	size_t n;
	const struct parameter *name; /* the first with characters that no name has, or NULL */
};

/* roleName, tags.2.member.key */
static str place_name(struct call *call, const struct place *place)
{
	if (!place->list.n)
		return member_name(call, place->member);
	return arena_printf(call->arena, "%.*s.%zu.member.%.*s",
		STR(member_name(call, place->list)), place->index,
		STR(member_name(call, place->member)));
}

static void note(struct checking *c, const struct place *place, str value, str constraint)
{
	if (c->n++)
		buf_str(&c->text, S("; "));
	buf_printf(&c->text, "%.*s at '%.*s' failed to satisfy constraint: Member must %.*s",
		STR(value), STR(place_name(c->call, place)), STR(constraint));
}

static void note_missing(struct checking *c, const struct place *place)
{
	note(c, place, S("Value null"), S("not be null"));
}

static void check_text_at(struct checking *c, const struct shape *shape, const struct place *place,
	str value)
{
	struct broken broken;

	check_value(c->call, shape, value, false, &broken);
	for (size_t i = 0; i < broken.n; i++)
		note(c, place,
			shape->form == FORM_SECRET ? S("Value") : shown_value(c->call, value),
			broken.constraint[i]);
}

/* A list of texts is wrong as a whole, however many of its items are. */
static void check_items(struct checking *c, const struct parameter *parameter,
	const struct shape *shape, const struct json *list)
{
	struct arena *arena = c->call->arena;
	struct broken broken = { 0 };
	struct buf all = { .arena = arena };

	JSON_EACH(item, json_is(list, JSON_ARRAY) ? list : NULL)
	{
		if (is_text_value(item) && !broken.n)
			check_value(c->call, shape, item->text, true, &broken);
	}
	if (is_text_value(list) && list->text.n)
		check_value(c->call, shape, list->text, true, &broken);
	if (!broken.n)
		return;
	for (size_t i = 0; i < broken.n; i++)
		buf_printf(&all, "%sMember must %.*s", i ? ", " : "", STR(broken.constraint[i]));
	note(c, &(struct place){ .member = parameter->list }, S("Value"),
		arena_printf(arena, "satisfy constraint: [%.*s]", STR(buf_view(&all))));
}

static void check_members(struct checking *c, const struct parameter *parameter,
	const struct shape *shape, const struct json *list)
{
	struct place place = { .list = parameter->list, .member = parameter->member };

	JSON_EACH(item, json_is(list, JSON_ARRAY) ? list : NULL)
	{
		const struct json *value = json_get(item, parameter->member);

		place.index++;
		if (!json_is(item, JSON_OBJECT))
			continue;
		if (!value && parameter->required)
			note_missing(c, &place);
		else if (is_text_value(value))
			check_text_at(c, shape, &place, value->text);
	}
}

static void check_count(struct checking *c, const struct shape *shape, const struct place *place,
	const struct json *list)
{
	struct broken broken = { 0 };
	size_t n = is_text_value(list) && list->text.n ? 1 : list->count;

	if (n > shape->max)
		breaks(c->call, &broken, "have length less than or equal to %u", shape->max);
	if (n < shape->min)
		breaks(c->call, &broken, "have length greater than or equal to %u", shape->min);
	for (size_t i = 0; i < broken.n; i++)
		note(c, place, S("Value"), broken.constraint[i]);
}

/* One that has no list around it. */
static void check_plain(struct checking *c, const struct parameter *parameter,
	const struct shape *shape, const struct json *given)
{
	const struct place place = { .member = parameter->member };

	if (shape->form == FORM_LIST) {
		check_count(c, shape, &place, given);
	} else if (is_text_value(given)) {
		check_text_at(c, shape, &place, given->text);
		if (shape->form == FORM_NAME && !c->name && !has_shape(shape, given->text))
			c->name = parameter;
	}
}

/* `given`: of what is in a list, the list. */
static void check_one(struct checking *c, const struct parameter *parameter,
	const struct json *given)
{
	const struct shape *shape = &shapes[parameter->shape];

	if (!given && !parameter->list.n && parameter->required)
		note_missing(c, &(struct place){ .member = parameter->member });
	if (!given)
		return;
	if (!parameter->list.n)
		check_plain(c, parameter, shape, given);
	else if (parameter->member.n)
		check_members(c, parameter, shape, given);
	else
		check_items(c, parameter, shape, given);
}

static bool refuse_all(const struct checking *c)
{
	return refuse(c->call, FAULT_VALIDATION, "%zu validation error%s detected: %.*s", c->n,
		c->n == 1 ? "" : "s", STR(buf_view(&c->text)));
}

static bool refuse_name(struct call *call, str name)
{
	return refuse(call, FAULT_VALIDATION,
		"The specified value for %.*s is invalid. It must contain only alphanumeric "
		"characters and/or the following: +=,.@_-",
		STR(name));
}

bool check_parameters(struct call *call)
{
	struct checking c = { .call = call, .text = { .arena = call->arena } };
	const struct json *given = NULL;

	for (size_t i = 0; i < call->nparameters; i++) {
		const struct parameter *parameter = &call->parameters[i];

		if (!parameter->list.n) /* what is in a list comes behind it */
			given = json_get(call->input, parameter->member);
		check_one(&c, parameter, given);
	}
	if (c.n)
		return refuse_all(&c);
	return !c.name || refuse_name(call, member_name(call, c.name->member));
}

bool check_text(struct call *call, enum shape_id id, str member, str value)
{
	const struct shape *shape = &shapes[id];
	struct checking c = { .call = call, .text = { .arena = call->arena } };

	check_text_at(&c, shape, &(struct place){ .member = member }, value);
	if (c.n)
		return refuse_all(&c);
	return shape->form != FORM_NAME || has_shape(shape, value) ||
	       refuse_name(call, member_name(call, member));
}

bool has_parameter(const struct call *call, str name)
{
	for (size_t i = 0; i < call->nparameters; i++)
		if (!call->parameters[i].list.n && str_same(call->parameters[i].member, name))
			return true;
	return false;
}
