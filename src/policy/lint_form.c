/*
 * lint_form.c -- what is no policy: wrong types, unknown elements, missing ones, empty lists.
 *
 * Works on the JSON, where all of this can be told at once; the parser stops at
 * the first. What is wrong is reported and then mended or taken out of the tree
 * (an unknown element goes, a bad Effect becomes Deny), so that the rest of the
 * document can still be read and looked at. Positions stay those of the text.
 */
#include "policy/lint.h"

/* ---- mending */

static void unlink_value(struct json *parent, struct json *value)
{
	struct json *before = NULL;

	for (struct json *item = parent->first; item != value; item = item->next)
		before = item;
	if (before)
		before->next = value->next;
	else
		parent->first = value->next;
	if (parent->last == value)
		parent->last = before;
	parent->count--;
}

static void wrong_type(struct lint *l, const struct json *value, const char *what)
{
	lint_add(l, FINDING_DATA_TYPE_MISMATCH, value->at, str_of(what),
		str_of(json_type_name(value->type)));
}

static bool is_scalar(const struct json *value)
{
	return value->type != JSON_ARRAY && value->type != JSON_OBJECT && value->type != JSON_NULL;
}

/* A string or an array of strings; what is something else is reported and goes. */
static void mend_words(struct lint *l, struct json *parent, struct json *value, bool scalars)
{
	const char *what = scalars ? "a condition value" : "this";

	if (value->type == JSON_ARRAY) {
		for (struct json *item = value->first, *next; item; item = next) {
			next = item->next;
			if (item->type != JSON_STRING && !(scalars && is_scalar(item))) {
				wrong_type(l, item, what);
				unlink_value(value, item);
			}
		}
	} else if (value->type != JSON_STRING && !(scalars && is_scalar(value))) {
		wrong_type(l, value, what);
		unlink_value(parent, value);
	}
}

static bool is_empty_list(const struct json *value)
{
	return value->type == JSON_ARRAY && value->count == 0;
}

/* ---- conditions */

static void mixed_types(struct lint *l, const struct json *key)
{
	bool strings = false, numbers = false, booleans = false;
	size_t n = 0;

	JSON_EACH(item, key)
	{
		strings |= item->type == JSON_STRING;
		numbers |= item->type == JSON_NUMBER;
		booleans |= item->type == JSON_TRUE || item->type == JSON_FALSE;
		n++;
	}
	if (n > 1 && strings + numbers + booleans > 1)
		lint_add(l, FINDING_INVALID_CONDITION_DATA_TYPE, key->name_at, key->name,
			(str){ 0 });
}

static void empty_values(struct lint *l, const struct json *operator, const struct json * key)
{
	enum finding_id id = FINDING_EMPTY_ARRAY_CONDITION;

	if (starts_nocase(operator->name, S("ForAllValues:")))
		id = FINDING_EMPTY_ARRAY_CONDITION_FORALLVALUES;
	else if (starts_nocase(operator->name, S("ForAnyValue:")))
		id = FINDING_EMPTY_ARRAY_CONDITION_FORANYVALUE;
	else if (ends_nocase(operator->name, S("IfExists")))
		id = FINDING_EMPTY_ARRAY_CONDITION_IFEXISTS;
	lint_add(l, id, key->name_at, key->name, (str){ 0 });
}

static void form_operator(struct lint *l, struct json *operator)
{
	for (struct json *key = operator->first, *next; key; key = next) {
		next = key->next;
		if (is_empty_list(key))
			empty_values(l, operator, key);
		mend_words(l, operator, key, true);
		if (key->type == JSON_ARRAY)
			mixed_types(l, key);
	}
}

static void form_condition(struct lint *l, struct json *statement, struct json *condition)
{
	if (condition->type != JSON_OBJECT) {
		wrong_type(l, condition, "a condition");
		unlink_value(statement, condition);
		return;
	}
	if (condition->count == 0)
		lint_add(l, FINDING_EMPTY_OBJECT_CONDITION, condition->at, (str){ 0 }, (str){ 0 });
	for (struct json *operator= condition->first, *next; operator; operator= next) {
		next = operator->next;
		if (operator->type == JSON_OBJECT) {
			if (operator->count == 0)
				lint_add(l, FINDING_EMPTY_OBJECT_CONDITION, operator->at,
					(str){ 0 }, (str){ 0 });
			form_operator(l, operator);
		} else {
			wrong_type(l, operator, "a condition operator's block");
			unlink_value(condition, operator);
		}
	}
}

/* ---- principals */

static void form_principal(struct lint *l, struct json *statement, struct json *principal)
{
	static const str kinds[] = { SC("AWS"), SC("Service"), SC("Federated"),
		SC("CanonicalUser") };

	if (principal->type == JSON_STRING)
		return;
	if (principal->type != JSON_OBJECT) {
		wrong_type(l, principal, "the principal");
		unlink_value(statement, principal);
		return;
	}
	if (principal->count == 0)
		lint_add(l, FINDING_EMPTY_OBJECT_PRINCIPAL, principal->at, (str){ 0 }, (str){ 0 });
	for (struct json *kind = principal->first, *next; kind; kind = next) {
		size_t i = 0;

		next = kind->next;
		while (i < COUNT(kinds) && !str_eq(kinds[i], kind->name))
			i++;
		if (is_empty_list(kind))
			lint_add(l, FINDING_EMPTY_ARRAY_PRINCIPAL, kind->at, (str){ 0 },
				(str){ 0 });
		if (i == COUNT(kinds)) {
			lint_add(l, FINDING_INVALID_PRINCIPAL_KEY, kind->name_at, kind->name,
				(str){ 0 });
			unlink_value(principal, kind);
		} else {
			mend_words(l, principal, kind, false);
		}
	}
}

/* ---- the elements of a statement and of a policy */

static void form_action(struct lint *l, struct json *statement, struct json *value)
{
	if (is_empty_list(value))
		lint_add(l, FINDING_EMPTY_ARRAY_ACTION, value->at, (str){ 0 }, (str){ 0 });
	mend_words(l, statement, value, false);
}

static void form_resource(struct lint *l, struct json *statement, struct json *value)
{
	if (is_empty_list(value))
		lint_add(l, FINDING_EMPTY_ARRAY_RESOURCE, value->at, (str){ 0 }, (str){ 0 });
	mend_words(l, statement, value, false);
}

static void form_string(struct lint *l, struct json *parent, struct json *value)
{
	if (value->type == JSON_STRING)
		return;
	wrong_type(l, value, "this");
	unlink_value(parent, value);
}

static void form_sid(struct lint *l, struct json *statement, struct json *value)
{
	if (value->type == JSON_STRING && value->text.n == 0)
		lint_add(l, FINDING_EMPTY_SID_VALUE, value->at, (str){ 0 }, (str){ 0 });
	form_string(l, statement, value);
}

static void form_effect(struct lint *l, struct json *statement, struct json *value)
{
	(void)statement;
	if (value->type != JSON_STRING)
		wrong_type(l, value, "the effect");
	else if (!str_eq(value->text, S("Allow")) && !str_eq(value->text, S("Deny"))) /* [S-07] */
		lint_add(l, FINDING_INVALID_EFFECT, value->at, value->text, (str){ 0 });
	else
		return;
	value->type = JSON_STRING;
	value->text = S("Deny");
	value->first = value->last = NULL;
	value->count = 0;
}

static void form_statements(struct lint *l, struct json *policy, struct json *value);

static void form_version(struct lint *l, struct json *policy, struct json *value)
{
	(void)policy;
	if (value->type != JSON_STRING)
		wrong_type(l, value, "the version");
	else if (!str_eq(value->text, S("2012-10-17")) && !str_eq(value->text, S("2008-10-17")))
		lint_add(l, FINDING_INVALID_VERSION, value->at, value->text,
			(str){ 0 }); /* [S-06] */
	else
		return;
	value->type = JSON_STRING;
	value->text = S("2012-10-17");
	value->first = value->last = NULL;
	value->count = 0;
}

static const struct form {
	str name;
	void (*look)(struct lint *l, struct json *parent, struct json *value);
} policy_forms[] = {
	{ SC("Version"), form_version },
	{ SC("Id"), form_string },
	{ SC("Statement"), form_statements },
}, statement_forms[] = {
	{ SC("Sid"), form_sid },
	{ SC("Effect"), form_effect },
	{ SC("Principal"), form_principal },
	{ SC("NotPrincipal"), form_principal },
	{ SC("Action"), form_action },
	{ SC("NotAction"), form_action },
	{ SC("Resource"), form_resource },
	{ SC("NotResource"), form_resource },
	{ SC("Condition"), form_condition },
};

static void form_elements(struct lint *l, struct json *object, const struct form *forms, size_t n)
{
	for (struct json *value = object->first, *next; value; value = next) {
		size_t i = 0, best = 0;

		next = value->next;
		while (i < n && !str_eq(value->name, forms[i].name))
			i++;
		if (i < n) {
			forms[i].look(l, object, value);
			continue;
		}
		for (size_t j = 1; j < n; j++)
			if (str_distance(value->name, forms[j].name) <
				str_distance(value->name, forms[best].name))
				best = j;
		lint_add(l, FINDING_INVALID_POLICY_ELEMENT, value->name_at, value->name,
			forms[best].name);
		unlink_value(object, value);
	}
}

/* Action beside NotAction: the second goes [S-05]. */
static void form_pair(struct lint *l, struct json *statement, str name, str not_name)
{
	struct json *value = json_get(statement, name), *other = json_get(statement, not_name);

	if (!value || !other)
		return;
	lint_add(l, FINDING_UNSUPPORTED_ELEMENT_COMBINATION, other->name_at, name, not_name);
	unlink_value(statement, other);
}

/* What a statement of this kind must have. */
static void form_missing(struct lint *l, const struct json *statement)
{
	bool resource = l->kind != POLICY_TRUST && l->kind != POLICY_RESOURCE;
	bool principal = l->kind == POLICY_TRUST || l->kind == POLICY_RESOURCE ||
			 l->kind == POLICY_RCP || l->kind == POLICY_ENDPOINT;
	const struct {
		bool needed;
		str name, not_name;
		enum finding_id id;
	} rows[] = {
		{ true, S("Effect"), S("Effect"), FINDING_MISSING_EFFECT },
		{ true, S("Action"), S("NotAction"), FINDING_MISSING_ACTION },
		{ resource, S("Resource"), S("NotResource"), FINDING_MISSING_RESOURCE },
		{ principal, S("Principal"), S("NotPrincipal"), FINDING_MISSING_PRINCIPAL },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (rows[i].needed && !json_get(statement, rows[i].name) &&
			!json_get(statement, rows[i].not_name))
			lint_add(l, rows[i].id, statement->at, (str){ 0 }, (str){ 0 });
}

static void form_statement(struct lint *l, struct json *statement)
{
	form_missing(l, statement);
	form_pair(l, statement, S("Action"), S("NotAction"));
	form_pair(l, statement, S("Resource"), S("NotResource"));
	form_pair(l, statement, S("Principal"), S("NotPrincipal"));
	form_elements(l, statement, statement_forms, COUNT(statement_forms));
	if (!json_get(statement, S("Effect")))
		json_put_str(l->arena, statement, S("Effect"), S("Deny"));
}

static void form_statements(struct lint *l, struct json *policy, struct json *value)
{
	if (value->type == JSON_OBJECT) {
		form_statement(l, value);
	} else if (value->type == JSON_ARRAY) {
		if (value->count == 0)
			lint_add(l, FINDING_MISSING_STATEMENT, value->at, (str){ 0 }, (str){ 0 });
		for (struct json *item = value->first, *next; item; item = next) {
			next = item->next;
			if (item->type == JSON_OBJECT) {
				form_statement(l, item);
				continue;
			}
			wrong_type(l, item, "a statement");
			unlink_value(value, item);
		}
	} else {
		wrong_type(l, value, "the list of statements");
		unlink_value(policy, value);
	}
}

void lint_form(struct lint *l)
{
	struct json *root = l->root;

	if (root->type != JSON_OBJECT) {
		wrong_type(l, root, "the policy");
		return;
	}
	if (!json_get(root, S("Statement")))
		lint_add(l, FINDING_MISSING_STATEMENT, root->at, (str){ 0 }, (str){ 0 });
	if (!json_get(root, S("Version")))
		lint_add(l, FINDING_MISSING_VERSION, root->at, (str){ 0 }, (str){ 0 });
	form_elements(l, root, policy_forms, COUNT(policy_forms));
}
