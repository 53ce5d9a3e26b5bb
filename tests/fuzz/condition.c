/*
 * condition.c -- any value against any value under any operator: the engine and the naive one
 * (tests/naive.h) must agree, whether the statement allows or denies.
 *
 * Two bytes choose the operator, its prefix and suffix, and whether the key is multi-valued; then
 * come lines: those up to an empty one are the policy's values, the others the request's. Kept
 * out is what the naive engine's own simplicity makes different: dates, numbers beyond a double.
 */
#include "../naive.h"

#include "base/json.h"

static const char *const operators[] = { "StringEquals", "StringNotEquals",
	"StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike",
	"ArnLike", "ArnNotLike", "ArnEquals", "ArnNotEquals", "Bool", "Null", "NumericEquals",
	"NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan",
	"NumericGreaterThanEquals", "Unknown" };
static const char *const prefixes[] = { "", "", "ForAllValues:", "ForAnyValue:" };

enum { LONGEST = 120, VALUES = 8 };

struct input {
	str wanted[VALUES], sent[VALUES];
	size_t nwanted, nsent;
	const char *operator, * prefix, *suffix;
	bool multi, absent, old;
};

/* ${name} or ${name, 'default'} or ${*}: AWS documents no other, so the two may differ there. */
static bool is_variable(str inside)
{
	str name, rest, quoted, after;

	if (str_eq(inside, S("*")) || str_eq(inside, S("?")) || str_eq(inside, S("$")))
		return true;
	if (!str_cut(inside, ',', &name, &rest)) {
		name = inside;
		rest = S(" ''");
	}
	for (size_t i = 0; i < name.n; i++)
		if (!ascii_alnum(name.p[i]) && name.p[i] != ':' && name.p[i] != '/')
			return false;
	return name.n && str_starts(rest, S(" '")) &&
	       str_cut(str_from(rest, 2), '\'', &quoted, &after) && after.n == 0;
}

static bool has_documented_variables(str value)
{
	size_t at;
	str inside, rest;

	while ((at = str_find(value, S("${"))) != SIZE_MAX) {
		if (!str_cut(str_from(value, at + 2), '}', &inside, &rest))
			return true; /* not closed: literal [S-49] */
		if (!is_variable(inside))
			return false;
		value = rest;
	}
	return true;
}

static bool is_simple(str value, bool number)
{
	size_t stars = 0;

	for (size_t i = 0; i < value.n; i++) {
		stars += value.p[i] == '*';
		if ((unsigned char)value.p[i] < ' ' || (unsigned char)value.p[i] > '~')
			return false;
	}
	return stars <= 4 && !(number && value.n > 14) && has_documented_variables(value);
}

static bool read_input(str text, struct input *in)
{
	unsigned char a, b;
	bool policy = true, number;

	if (text.n < 3 || text.n > LONGEST)
		return false;
	a = (unsigned char)text.p[0];
	b = (unsigned char)text.p[1];
	in->operator= operators[a % COUNT(operators)];
	in->prefix = prefixes[b & 3];
	in->suffix = b & 4 ? "IfExists" : "";
	in->multi = b & 8;
	in->absent = b & 16;
	in->old = b & 32;
	number = strncmp(in->operator, "Numeric", 7) == 0;
	text = str_from(text, 2);
	for (str line; text.n;) {
		if (!str_cut(text, '\n', &line, &text)) {
			line = text;
			text = (str){ 0 };
		}
		if (policy && line.n == 0) {
			policy = false;
			continue;
		}
		if (!is_simple(line, number) || in->nwanted == VALUES || in->nsent == VALUES)
			return false;
		if (policy)
			in->wanted[in->nwanted++] = line;
		else
			in->sent[in->nsent++] = line;
	}
	if (!in->multi && in->nsent > 1)
		in->nsent = 1;
	return in->multi || in->nsent == 1 || in->absent;
}

static str policy_text(struct arena *arena, const struct input *in, const char *effect)
{
	struct buf out = { .arena = arena };

	buf_printf(&out,
		"{%s\"Statement\":{\"Effect\":\"%s\",\"Action\":\"*\",\"Resource\":\"*\","
		"\"Condition\":{\"%s%s%s\":{\"k\":[",
		in->old ? "" : "\"Version\":\"2012-10-17\",", effect, in->prefix, in->operator,
		in->suffix);
	for (size_t i = 0; i < in->nwanted; i++) {
		buf_str(&out, i ? S(",") : S(""));
		json_write_str(&out, in->wanted[i]);
	}
	buf_str(&out, S("]}}}}"));
	return buf_view(&out);
}

static void compare(struct arena *arena, const struct input *in, const char *effect)
{
	static const str word[] = { SC("word") };
	const struct context_key keys[] = { { SC("aws:username"), word, 1, false },
		{ SC("K"), in->sent, in->nsent, in->multi } };
	struct naive_case c = { .n = { [LAYER_IDENTITY] = 1 } };
	struct layers layers = { 0 };
	struct document *document;
	struct err err;

	c.request = (struct request){ .action = S("s3:GetObject"),
		.resource = S("arn:aws:s3:::b/k"),
		.resource_account = S("111122223333"),
		.context = keys,
		.ncontext = in->absent ? 1 : 2 };
	if (!caller_parse(S("arn:aws:iam::111122223333:user/u"), &c.request.caller) ||
		!policy_parse(arena, S("fuzz"), policy_text(arena, in, effect), &document, &err))
		abort();
	c.documents[LAYER_IDENTITY][0] = document;
	layers.identity = program_compile(arena, c.documents[LAYER_IDENTITY], 1);
	if (decide(&layers, &c.request).effect != naive_decide(&c))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena arena = { 0 };
	struct input in = { 0 };

	if (read_input((str){ (const char *)data, n }, &in)) {
		compare(&arena, &in, "Allow");
		compare(&arena, &in, "Deny");
	}
	arena_free(&arena);
	return 0;
}
