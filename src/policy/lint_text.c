/*
 * lint_text.c -- the small questions that all of lint asks: about texts, patterns, operators, and
 * what a statement says.
 */
#include "policy/lint.h"

#include <string.h>

bool is_stars(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '*')
			return false;
	return s.n > 0;
}

bool is_wild(str s)
{
	return s.n && (memchr(s.p, '*', s.n) || memchr(s.p, '?', s.n));
}

bool starts_nocase(str s, str start)
{
	return str_eq_nocase(str_head(s, start.n), start);
}

bool ends_nocase(str s, str end)
{
	return s.n >= end.n && str_eq_nocase(str_from(s, s.n - end.n), end);
}

bool has_variable(str s)
{
	return str_find(s, S("${")) != SIZE_MAX;
}

str without_variables(struct arena *arena, str s)
{
	struct buf out = { .arena = arena };
	size_t start, end;

	if (!has_variable(s))
		return s;
	while ((start = str_find(s, S("${"))) != SIZE_MAX) {
		buf_str(&out, str_head(s, start));
		s = str_from(s, start);
		end = str_find(s, S("}"));
		if (end == SIZE_MAX)
			break;
		buf_char(&out, '*');
		s = str_from(s, end + 1);
	}
	buf_str(&out, s);
	return buf_view(&out);
}

/* ---- patterns */

/*
 * The usual walk that goes back to the last star, linear but for the longest
 * run behind one. A star in the text is covered by a star only; that makes it
 * sound for patterns as texts, if not complete.
 */
static bool walk(str pattern, str text, bool nocase, bool text_is_pattern)
{
	size_t p = 0, t = 0, star = SIZE_MAX, mark = 0;

	while (t < text.n) {
		char c = text.p[t];
		bool wild = text_is_pattern && c == '*';

		if (p < pattern.n && pattern.p[p] == '*') {
			star = p++;
			mark = t;
		} else if (p < pattern.n && !wild &&
			   (pattern.p[p] == '?' ||
				   (!(text_is_pattern && c == '?') &&
					   (pattern.p[p] == c ||
						   (nocase && ascii_lower(pattern.p[p]) ==
								      ascii_lower(c)))))) {
			p++;
			t++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			t = ++mark;
		} else {
			return false;
		}
	}
	while (p < pattern.n && pattern.p[p] == '*')
		p++;
	return p == pattern.n;
}

bool glob_matches(str pattern, str text)
{
	return walk(pattern, text, true, false);
}

bool glob_covers(str a, str b)
{
	return walk(a, b, false, true);
}

static bool meets(char a, char b)
{
	if (b == GLOB_NO_SLASH)
		return a != '/';
	return a == b || a == '?' || b == '?';
}

static bool is_literal(char c)
{
	return c != '*' && c != '?' && c != GLOB_NO_SLASH;
}

/* Do they differ in what they start with? That answers most questions cheaply. */
static bool start_differs(str a, str b)
{
	size_t i = 0;

	while (i < a.n && i < b.n && is_literal(a.p[i]) && is_literal(b.p[i]) && a.p[i] == b.p[i])
		i++;
	if (i < a.n && i < b.n)
		return is_literal(a.p[i]) && is_literal(b.p[i]);
	/* one ended: the other may only go on with stars */
	return (i < a.n && is_literal(a.p[i])) || (i < b.n && is_literal(b.p[i]));
}

/* Row by row from the ends: can a[i..] and b[j..] match one text? Two rows are enough. */
bool globs_meet(str a, str b)
{
	if (start_differs(a, b))
		return false;
	if (b.n > GLOB_MEET_MAX)
		return true;
	bool rows[2][GLOB_MEET_MAX + 1] = { 0 };

	for (size_t i = a.n + 1; i-- > 0;) {
		bool *here = rows[i % 2], *below = rows[(i + 1) % 2];

		for (size_t j = b.n + 1; j-- > 0;) {
			bool a_star = i < a.n && a.p[i] == '*', b_any = j < b.n && b.p[j] == '*';
			bool b_run = b_any || (j < b.n && b.p[j] == GLOB_NO_SLASH);

			here[j] = i == a.n && j == b.n;
			if (a_star)
				here[j] = below[j] || (j < b.n && here[j + 1]);
			if (b_run && !here[j])
				here[j] = here[j + 1] ||
					  (i < a.n && below[j] &&
						  (b_any || meets(a.p[i], GLOB_NO_SLASH)));
			if (!a_star && !b_run && i < a.n && j < b.n)
				here[j] = meets(a.p[i], b.p[j]) && below[j + 1];
		}
	}
	return rows[0][0];
}

/* ---- what a statement says */

const struct condition *condition_on(const struct statement *s, str key)
{
	for (size_t i = 0; i < s->nconditions; i++)
		if (str_eq_nocase(s->conditions[i].key, key))
			return &s->conditions[i];
	return NULL;
}

bool is_held_to(const struct statement *s, str key)
{
	struct operator_facts o;

	for (size_t i = 0; i < s->nconditions; i++) {
		const struct condition *c = &s->conditions[i];

		if (str_eq_nocase(c->key, key) && operator_facts(c->operator, & o) && !o.negated &&
			!o.if_exists && o.set != SET_ALL && o.type != TYPE_NULL)
			return true;
	}
	return false;
}

bool condition_says(const struct statement *s, str key, str value)
{
	for (size_t i = 0; i < s->nconditions; i++) {
		const struct condition *c = &s->conditions[i];

		for (size_t j = 0; str_eq_nocase(c->key, key) && j < c->values.n; j++)
			if (str_eq_nocase(c->values.item[j].text, value))
				return true;
	}
	return false;
}

bool names_action(const struct statement *s, str action)
{
	for (size_t i = 0; !s->not_action && i < s->actions.n; i++)
		if (str_eq_nocase(s->actions.item[i].text, action))
			return true;
	return false;
}

bool allows_action(const struct statement *s, str action)
{
	bool listed = false;

	for (size_t i = 0; i < s->actions.n && !listed; i++)
		listed = glob_matches(s->actions.item[i].text, action);
	return s->has_action && listed != s->not_action;
}

bool can_grant(enum policy_kind kind)
{
	return kind == POLICY_IDENTITY || kind == POLICY_RESOURCE || kind == POLICY_TRUST ||
	       kind == POLICY_SESSION;
}

bool is_iam_kind(enum policy_kind kind)
{
	return kind != POLICY_RESOURCE && kind != POLICY_ENDPOINT;
}

/* ---- operators */

enum relation {
	RELATION_EQUAL,
	RELATION_EQUAL_NOCASE,
	RELATION_LIKE,
	RELATION_LESS,
	RELATION_LESS_EQUAL,
	RELATION_GREATER,
	RELATION_GREATER_EQUAL,
	RELATION_INSIDE,
};

static const struct operator_row {
	str name;
	enum operator_type type;
	enum relation relation;
	bool negated, variables;
} operators[] = {
#define ROW(name, type, relation, negated, variables) \
	{ SC(name), type, relation, negated, variables },
#include "gen/operators.inc"
#undef ROW
};

bool operator_facts(str text, struct operator_facts *facts)
{
	struct operator_name name;
	const struct operator_row *row;

	*facts = (struct operator_facts){ 0 };
	if (!operator_parse(text, &name))
		return false;
	row = &operators[name.row];
	*facts = (struct operator_facts){ .name = row->name,
		.type = row->type,
		.like = row->relation == RELATION_LIKE,
		.negated = row->negated,
		.variables = row->variables,
		.greater = row->relation == RELATION_GREATER ||
			   row->relation == RELATION_GREATER_EQUAL,
		.less = row->relation == RELATION_LESS || row->relation == RELATION_LESS_EQUAL,
		.set = name.set,
		.if_exists = name.if_exists };
	return true;
}
