/*
 * parse.c -- a JSON text becomes a document.
 *
 * The elements of a policy and of a statement are two tables of name and
 * reader; what is in neither is an unknown element, and the nearest known name
 * is offered. Every string keeps its place in the text. What a statement lacks
 * is not an error here: it then matches nothing, and policy_check() says what
 * AWS would say. What contradicts itself (Action beside NotAction) is one.
 */
#include "policy/policy.h"

struct reader {
	struct arena *arena;
	bool borrowed; /* the JSON values do not live as long as the document */
	struct document *document;
	struct statement *statement; /* being filled */
	struct err *err;
	size_t values; /* strings read so far */
};

struct element {
	str name;
	bool (*read)(struct reader *r, const struct json *value);
};

/* Fails with the place of `value` in the document in front of the sentence. */
static bool refuse(struct reader *r, const struct json *value, size_t at, str sentence)
{
	struct buf path = { .arena = r->arena };

	json_path(&path, value);
	return fail(r->err, ERR_SYNTAX, at, "%.*s: %.*s", STR(str_head(buf_view(&path), 120)),
		STR(sentence));
}

static bool wrong_type(struct reader *r, const struct json *value, const char *expected)
{
	return refuse(r, value, value->at,
		arena_printf(r->arena, "expected %s, found %s", expected,
			json_type_name(value->type)));
}

static bool count_value(struct reader *r, const struct json *value)
{
	if (++r->values > LIMIT_POLICY_VALUES)
		return fail(r->err, ERR_LIMIT, value->at,
			"the policy has more than %d actions, resources, principals and values",
			LIMIT_POLICY_VALUES);
	return true;
}

/* ---- strings and lists of them */

/* A string of the document: most stand in its text as they are; what had escapes does not. */
static str keep(struct reader *r, str text)
{
	uintptr_t from = (uintptr_t)r->document->text.p, at = (uintptr_t)text.p;

	if (!r->borrowed || (at >= from && at - from <= r->document->text.n))
		return text;
	return arena_copy(r->arena, text);
}

static bool is_scalar(const struct json *value)
{
	return value->type != JSON_ARRAY && value->type != JSON_OBJECT && value->type != JSON_NULL;
}

/* A string or an array of strings [S-03]; with `scalars`, booleans and numbers too [S-12]. */
static bool read_words(struct reader *r, const struct json *value, bool scalars,
	struct words *words)
{
	const char *expected = scalars ? "a string, number or boolean, or an array of these"
				       : "a string or an array of strings";
	bool array = value->type == JSON_ARRAY;
	const struct json *item = array ? value->first : value;

	words->n = 0;
	words->item = NEWS(r->arena, struct word, array ? value->count : 1);
	for (; item; item = array ? item->next : NULL) {
		if (item->type != JSON_STRING && !(scalars && is_scalar(item)))
			return wrong_type(r, item, array && item != value ? "a string" : expected);
		if (!count_value(r, item))
			return false;
		words->item[words->n++] = (struct word){ keep(r, item->text), item->at };
	}
	return true;
}

static bool both(struct reader *r, const struct json *value, const char *one, const char *other)
{
	return refuse(r, value, value->name_at,
		arena_printf(r->arena, "a statement has %s or %s, not both", one, other));
}

/* ---- the elements of a statement */

static bool read_sid(struct reader *r, const struct json *value)
{
	if (!json_is(value, JSON_STRING))
		return wrong_type(r, value, "a string");
	r->statement->sid = keep(r, value->text);
	r->statement->sid_at = value->at;
	return true;
}

static bool read_effect(struct reader *r, const struct json *value)
{
	bool allow = str_eq(value->text, S("Allow"));

	if (!json_is(value, JSON_STRING))
		return wrong_type(r, value, "\"Allow\" or \"Deny\"");
	if (!allow && !str_eq(value->text, S("Deny"))) /* the letter case counts [S-07] */
		return refuse(r, value, value->at,
			arena_printf(r->arena, "expected \"Allow\" or \"Deny\", found \"%.*s\"",
				STR(str_head(value->text, 60))));
	r->statement->allow = allow;
	return true;
}

static bool read_action(struct reader *r, const struct json *value)
{
	struct statement *s = r->statement;

	if (s->has_action) /* [S-05] */
		return both(r, value, "Action", "NotAction");
	s->has_action = true;
	s->not_action = str_eq(value->name, S("NotAction"));
	return read_words(r, value, false, &s->actions);
}

static bool read_resource(struct reader *r, const struct json *value)
{
	struct statement *s = r->statement;

	if (s->has_resource)
		return both(r, value, "Resource", "NotResource");
	s->has_resource = true;
	s->not_resource = str_eq(value->name, S("NotResource"));
	s->resource_at = value->name_at;
	return read_words(r, value, false, &s->resources);
}

static const struct {
	str name;
	enum principal_type type;
} principal_types[] = {
	{ SC("AWS"), PRINCIPAL_AWS },
	{ SC("CanonicalUser"), PRINCIPAL_CANONICAL_USER },
	{ SC("Federated"), PRINCIPAL_FEDERATED },
	{ SC("Service"), PRINCIPAL_SERVICE },
};

static bool read_principal_type(struct reader *r, const struct json *value,
	enum principal_type *type)
{
	for (size_t i = 0; i < COUNT(principal_types); i++) {
		*type = principal_types[i].type;
		if (str_eq(value->name, principal_types[i].name))
			return true;
	}
	return refuse(r, value, value->name_at,
		S("unknown kind of principal; expected AWS, Service, Federated or CanonicalUser"));
}

static void add_principals(struct statement *s, const struct words *words, enum principal_type type)
{
	for (size_t i = 0; i < words->n; i++) {
		const struct word *w = &words->item[i];
		bool any = type == PRINCIPAL_AWS && str_eq(w->text, S("*"));

		s->principals[s->nprincipals++] =
			(struct principal){ any ? PRINCIPAL_ANY : type, false, w->text, w->at };
	}
}

static bool read_principal_map(struct reader *r, const struct json *value)
{
	struct statement *s = r->statement;
	enum principal_type type;
	struct words words;
	size_t n = 0;

	JSON_EACH(kind, value)
	n += kind->type == JSON_ARRAY ? kind->count : 1;
	s->principals = NEWS(r->arena, struct principal, n);
	JSON_EACH(kind, value)
	{
		if (!read_principal_type(r, kind, &type) || !read_words(r, kind, false, &words))
			return false;
		add_principals(s, &words, type);
	}
	return true;
}

/* "*", or an object of kinds. Another bare string names nobody, and is kept for policy_check(). */
static bool read_principal(struct reader *r, const struct json *value)
{
	struct statement *s = r->statement;
	bool any = str_eq(value->text, S("*"));

	if (s->has_principal)
		return both(r, value, "Principal", "NotPrincipal");
	s->has_principal = true;
	s->not_principal = str_eq(value->name, S("NotPrincipal"));
	s->principal_at = value->name_at;
	if (value->type == JSON_OBJECT)
		return read_principal_map(r, value);
	if (value->type != JSON_STRING)
		return wrong_type(r, value, "\"*\" or an object such as {\"AWS\": \"...\"}");
	s->principals = NEW(r->arena, struct principal);
	s->principals[s->nprincipals++] = (struct principal){ any ? PRINCIPAL_ANY : PRINCIPAL_NONE,
		any, keep(r, value->text), value->at };
	return count_value(r, value);
}

static bool read_condition(struct reader *r, const struct json *value)
{
	struct statement *s = r->statement;
	size_t n = 0;

	if (value->type != JSON_OBJECT)
		return wrong_type(r, value, "an object of operators");
	JSON_EACH(operator, value)
	{
		if (operator->type != JSON_OBJECT)
			return wrong_type(r, operator, "an object of condition keys");
		n += operator->count;
	}
	s->conditions = NEWS(r->arena, struct condition, n);
	JSON_EACH(operator, value)
	JSON_EACH(key, operator)
	{
		struct condition *c = &s->conditions[s->nconditions++];

		*c = (struct condition){ .operator= keep(r, operator->name),
			.operator_at = operator->name_at,
			.key = keep(r, key->name),
			.key_at = key->name_at };
		if (!read_words(r, key, true, &c->values))
			return false;
	}
	return true;
}

static const struct element statement_elements[] = {
	{ SC("Sid"), read_sid },
	{ SC("Effect"), read_effect },
	{ SC("Principal"), read_principal },
	{ SC("NotPrincipal"), read_principal },
	{ SC("Action"), read_action },
	{ SC("NotAction"), read_action },
	{ SC("Resource"), read_resource },
	{ SC("NotResource"), read_resource },
	{ SC("Condition"), read_condition },
};

/* ---- reading by table */

static bool unknown_element(struct reader *r, const struct json *value,
	const struct element *elements, size_t n)
{
	struct buf text = { .arena = r->arena };
	size_t best = 0;

	for (size_t i = 1; i < n; i++)
		if (str_distance(value->name, elements[i].name) <
			str_distance(value->name, elements[best].name))
			best = i;
	buf_str(&text, S("unknown element"));
	if (str_distance(value->name, elements[best].name) <= 3)
		buf_printf(&text, "; did you mean %.*s?", STR(elements[best].name));
	buf_str(&text, S(" Expected one of"));
	for (size_t i = 0; i < n; i++)
		buf_printf(&text, "%s %.*s", i ? "," : "", STR(elements[i].name));
	return refuse(r, value, value->name_at, buf_view(&text));
}

static bool read_elements(struct reader *r, const struct json *object,
	const struct element *elements, size_t n)
{
	JSON_EACH(value, object)
	{
		size_t i = 0;

		while (i < n && !str_eq(value->name, elements[i].name))
			i++;
		if (i == n)
			return unknown_element(r, value, elements, n);
		if (!elements[i].read(r, value))
			return false;
	}
	return true;
}

/* ---- the elements of a policy */

static bool read_version(struct reader *r, const struct json *value)
{
	r->document->version_2012 = str_eq(value->text, S("2012-10-17"));
	if (value->type == JSON_STRING &&
		(r->document->version_2012 || str_eq(value->text, S("2008-10-17"))))
		return true;
	return refuse(r, value, value->at,
		S("expected \"2012-10-17\" or \"2008-10-17\"")); /* [S-06] */
}

static bool read_id(struct reader *r, const struct json *value)
{
	return json_is(value, JSON_STRING) || wrong_type(r, value, "a string");
}

static bool read_statement(struct reader *r, const struct json *value)
{
	struct document *d = r->document;
	struct statement *s = &d->statements[d->nstatements];

	if (value->type != JSON_OBJECT)
		return wrong_type(r, value, "a statement, which is an object");
	*s = (struct statement){ .at = value->at, .end = value->end, .index = d->nstatements++ };
	r->statement = s;
	if (!read_elements(r, value, statement_elements, COUNT(statement_elements)))
		return false; /* a misspelt Effect is told as that */
	return json_get(value, S("Effect")) ||
	       refuse(r, value, value->at, S("the statement has no Effect"));
}

/* One statement or an array of them [S-03]. */
static bool read_statements(struct reader *r, const struct json *value)
{
	struct document *d = r->document;
	size_t n = value->type == JSON_ARRAY ? value->count : 1;

	if (value->type != JSON_ARRAY && value->type != JSON_OBJECT)
		return wrong_type(r, value, "a statement or an array of statements");
	if (n > LIMIT_POLICY_STATEMENTS)
		return fail(r->err, ERR_LIMIT, value->at, "the policy has more than %d statements",
			LIMIT_POLICY_STATEMENTS);
	d->statements = NEWS(r->arena, struct statement, n);
	if (value->type == JSON_OBJECT)
		return read_statement(r, value);
	JSON_EACH(item, value)
	if (!read_statement(r, item))
		return false;
	return true;
}

static const struct element policy_elements[] = {
	{ SC("Version"), read_version },
	{ SC("Id"), read_id },
	{ SC("Statement"), read_statements },
};

static bool read_document(struct arena *arena, str name, str text, const struct json *root,
	bool borrowed, struct document **document, struct err *err)
{
	struct document *d = NEW(arena, struct document);
	struct reader r = { .arena = arena, .borrowed = borrowed, .document = d, .err = err };

	*document = d;
	d->name = name;
	d->text = text;
	err->source = text;
	if (root->end - root->at > LIMIT_POLICY_BYTES)
		return fail(err, ERR_LIMIT, root->at, "the policy has more than %d bytes",
			LIMIT_POLICY_BYTES);
	if (root->type != JSON_OBJECT)
		return wrong_type(&r, root, "a policy, which is an object");
	if (!read_elements(&r, root, policy_elements, COUNT(policy_elements)))
		return false;
	if (!json_get(root, S("Statement")))
		return refuse(&r, root, root->at, S("the policy has no Statement"));
	return true;
}

bool policy_from_json(struct arena *arena, str name, str text, const struct json *root,
	struct document **document, struct err *err)
{
	return read_document(arena, name, text, root, false, document, err);
}

/* The JSON values take six times the memory of the document, and are not kept. */
bool policy_parse(struct arena *arena, str name, str text, struct document **document,
	struct err *err)
{
	struct arena scratch = { 0 };
	struct json *root;
	bool good;

	err->source = text;
	good = json_parse(&scratch, text, LIMIT_POLICY_BYTES, &root, err) &&
	       read_document(arena, name, text, root, true, document, err);
	arena_free(&scratch);
	return good;
}
