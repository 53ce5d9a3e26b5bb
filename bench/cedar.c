/*
 * cedar.c -- a policy of AWS in Cedar's language, for the two peers that speak it.
 *
 *   cedar > policy.cedar
 *
 * Each statement becomes a `permit` or `forbid`: its actions a list of entities, its resources
 * `like` patterns over the ARN, which a request carries in its context, its conditions
 * comparisons of the context. What Cedar cannot say is refused by name: wildcards in actions,
 * `?`, NotAction, NotResource, policy variables, operators other than StringEquals and StringLike.
 * Two differences stay silent, since the trace does not reach them: Cedar's `*` also crosses the
 * colons of an ARN, and Cedar's names of actions and keys heed the case of letters.
 */
#include "bench.h"

#include "base/os.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(bool good, const struct statement *s, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "cedar: statement %zu (%.*s): %s\n", s->index, STR(s->sid), what);
	exit(1);
}

static bool has(str text, const char *part)
{
	return str_find(text, str_of(part)) != SIZE_MAX;
}

static void put_string(struct buf *out, str text)
{
	buf_char(out, '"');
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"' || text.p[i] == '\\')
			buf_char(out, '\\');
		buf_char(out, text.p[i]);
	}
	buf_char(out, '"');
}

static void put_actions(struct buf *out, const struct statement *s)
{
	must(s->has_action && !s->not_action, s, "NotAction is not translated");
	buf_str(out, S("action in ["));
	for (size_t i = 0; i < s->actions.n; i++) {
		str action = s->actions.item[i].text;

		must(!has(action, "*") && !has(action, "?"), s, "an action has a wildcard");
		buf_str(out, i ? S(", Action::") : S("Action::"));
		put_string(out, action);
	}
	buf_str(out, S("]"));
}

static bool any_resource(const struct statement *s)
{
	for (size_t i = 0; i < s->resources.n; i++)
		if (str_eq(s->resources.item[i].text, S("*")))
			return true;
	return false;
}

static void put_resources(struct buf *out, const struct statement *s)
{
	must(s->has_resource && !s->not_resource, s, "NotResource is not translated");
	buf_str(out, S("("));
	for (size_t i = 0; i < s->resources.n; i++) {
		str resource = s->resources.item[i].text;

		must(!has(resource, "?") && !has(resource, "${"), s, "a resource has ? or ${}");
		buf_str(out,
			i ? S(" ||\n    context.resource like ") : S("context.resource like "));
		put_string(out, resource);
	}
	buf_str(out, S(")"));
}

static void put_condition(struct buf *out, const struct statement *s, const struct condition *c)
{
	bool like = str_eq(c->operator, S("StringLike"));

	must(like || str_eq(c->operator, S("StringEquals")), s, "an operator is not translated");
	buf_str(out, S("context has "));
	put_string(out, c->key);
	buf_str(out, S(" && ("));
	for (size_t i = 0; i < c->values.n; i++) {
		must(!has(c->values.item[i].text, "${"), s, "a value has a variable");
		buf_str(out, i ? S(" || context[") : S("context["));
		put_string(out, c->key);
		buf_str(out, like ? S("] like ") : S("] == "));
		put_string(out, c->values.item[i].text);
	}
	buf_str(out, S(")"));
}

static void put_statement(struct buf *out, const struct statement *s)
{
	size_t n = 0;

	buf_printf(out, "// %.*s\n%s(principal, ", STR(s->sid), s->allow ? "permit" : "forbid");
	put_actions(out, s);
	buf_str(out, S(", resource)"));
	if (!any_resource(s)) {
		buf_str(out, S("\nwhen {\n    "));
		put_resources(out, s);
		n++;
	}
	for (size_t i = 0; i < s->nconditions; i++) {
		buf_str(out, n++ ? S(" &&\n    ") : S("\nwhen {\n    "));
		put_condition(out, s, &s->conditions[i]);
	}
	buf_str(out, n ? S("\n};\n") : S(";\n"));
}

int main(void)
{
	struct arena arena = { 0 };
	struct document *document = document_of(&arena, policy_text(&arena));
	struct buf out = { .arena = &arena };

	for (size_t i = 0; i < document->nstatements; i++)
		put_statement(&out, &document->statements[i]);
	fwrite(out.p, 1, out.n, stdout);
	arena_free(&arena);
	return 0;
}
