/*
 * lint_condition.c -- conditions: operators, keys, and what the two make of each other.
 *
 * Each condition (operator and key) is looked at alone, then beside the
 * actions of its statement: is the key ever sent with them? Values are
 * lint_condition_values()'s.
 */
#include "policy/lint.h"

#include <string.h>

/* ---- operators */

static str near_operator(str text)
{
	static const str names[] = {
#define ROW(name, type, relation, negated, variables) SC(name),
#include "gen/operators.inc"
#undef ROW
	};
	size_t best = 0;

	for (size_t i = 1; i < COUNT(names); i++)
		if (str_distance(text, names[i]) < str_distance(text, names[best]))
			best = i;
	return str_distance(text, names[best]) <= 6 ? names[best] : (str){ 0 };
}

static str without_set(str operator)
{
	str set, rest;

	return str_cut(operator, ':', &set, &rest) ? rest : operator;
}

static void lint_bad_operator(struct lint *l, const struct condition *c)
{
	str bare = without_set(c->operator);

	if (str_eq_nocase(bare, S("NullIfExists"))) /* [S-55] */
		lint_add(l, FINDING_NULL_WITH_IF_EXISTS, c->operator_at, (str){ 0 }, (str){ 0 });
	else
		lint_add(l, FINDING_INVALID_CONDITION_OPERATOR, c->operator_at, c->operator,
			near_operator(bare));
}

/* ---- keys */

static bool is_provider_key(str key) /* "token.actions.githubusercontent.com:sub", "saml:aud" */
{
	str provider = action_service(key);

	return str_find(provider, S(".")) != SIZE_MAX || str_eq_nocase(provider, S("saml"));
}

static bool is_tag_key_without_tag(str key)
{
	static const str names[] = { SC("aws:RequestTag"), SC("aws:ResourceTag"),
		SC("aws:PrincipalTag") };

	if (str_ends(key, S("/")))
		key.n--;
	for (size_t i = 0; i < COUNT(names); i++)
		if (str_eq_nocase(key, names[i]))
			return true;
	return false;
}

static void lint_unknown_key(struct lint *l, const struct condition *c)
{
	str prefix, name;

	if (!str_cut(c->key, ':', &prefix, &name) || prefix.n == 0 || name.n == 0)
		lint_add(l, FINDING_INVALID_CONDITION_KEY_FORMAT, c->key_at, c->key, (str){ 0 });
	else if (str_eq_nocase(c->key, S("aws:ARN")))
		lint_add(l, FINDING_UNSUPPORTED_GLOBAL_CONDITION_KEY, c->key_at, c->key,
			(str){ 0 });
	else if (is_tag_key_without_tag(c->key))
		lint_add(l, FINDING_MISSING_TAG_KEY_IN_CONDITION, c->key_at,
			str_ends(c->key, S("/")) ? str_head(c->key, c->key.n - 1) : c->key,
			(str){ 0 });
	else if (str_eq_nocase(prefix, S("aws")))
		lint_add(l, FINDING_INVALID_GLOBAL_CONDITION_KEY, c->key_at, c->key,
			catalog_near_key(c->key));
	else if (!is_provider_key(c->key) && !catalog_service(prefix))
		lint_add(l, FINDING_INVALID_SERVICE, c->key_at, prefix,
			catalog_near_service(prefix));
	else if (!is_provider_key(c->key))
		lint_add(l, FINDING_INVALID_SERVICE_CONDITION_KEY, c->key_at, c->key,
			catalog_near_key(c->key));
}

/* ---- operator and key */

/* Which operators go with a type of key. Strings of ARNs are common and work. */
static bool type_fits(const struct operator_facts *o, const struct catalog_key *key)
{
	static const unsigned fits[] = {
		[KEY_STRING] = 1u << TYPE_STRING | 1u << TYPE_BINARY,
		[KEY_ARN] = 1u << TYPE_ARN | 1u << TYPE_STRING,
		[KEY_BOOL] = 1u << TYPE_BOOL,
		[KEY_NUMBER] = 1u << TYPE_NUMBER,
		[KEY_DATE] = 1u << TYPE_DATE | 1u << TYPE_NUMBER,
		[KEY_IP] = 1u << TYPE_IP,
	};

	/* tags hold whatever was written into them */
	return o->type == TYPE_NULL || str_find(key->name, S("${")) != SIZE_MAX ||
	       (fits[key->type] >> o->type & 1u);
}

static bool is_audience(str key)
{
	return ends_nocase(key, S(":aud"));
}

static void lint_set(struct lint *l, const struct statement *s, const struct condition *c,
	const struct operator_facts *o, const struct catalog_key *key)
{
	bool checked = false;

	for (size_t i = 0; i < s->nconditions; i++)
		checked |= str_eq_nocase(s->conditions[i].operator, S("Null")) &&
			   str_eq_nocase(s->conditions[i].key, c->key);
	if (o->set == SET_NONE) {
		if (key->multi && o->type != TYPE_NULL) /* [S-66b] */
			lint_add(l, FINDING_MISSING_QUALIFIER, c->key_at, c->key, c->operator);
	} else if (o->type == TYPE_NULL) {
		lint_add(l, FINDING_NULL_WITH_QUALIFIER, c->operator_at, (str){ 0 }, (str){ 0 });
	} else if (o->set == SET_ALL && !key->multi) { /* [S-65] */
		lint_add(l, FINDING_FORALLVALUES_WITH_SINGLE_VALUED_KEY, c->key_at, c->key,
			(str){ 0 });
	} else if (o->set == SET_ALL && s->allow && !checked && c->values.n) {
		lint_add(l, FINDING_FORALLVALUES_WITHOUT_NULL_CHECK, c->key_at, c->key, (str){ 0 });
	}
}

/* A set operator on the audience claim, which is documented as one value or unknown to us. */
void lint_audience(struct lint *l, const struct statement *s)
{
	for (size_t i = 0; i < s->nconditions; i++) {
		const struct condition *c = &s->conditions[i];

		if (!is_audience(c->key))
			continue;
		if (starts_nocase(c->operator, S("ForAnyValue:")))
			lint_add(l, FINDING_FORANYVALUE_WITH_AUDIENCE_CLAIM_TYPE, c->key_at, c->key,
				(str){ 0 });
		else if (starts_nocase(c->operator, S("ForAllValues:")))
			lint_add(l, FINDING_CONFIRM_AUDIENCE_CLAIM_TYPE, c->key_at, c->key,
				(str){ 0 });
	}
}

/* A pattern of nothing but stars: what the condition then really asks. */
static void lint_star(struct lint *l, const struct condition *c, const struct operator_facts *o)
{
	enum finding_id id = FINDING_EQUIVALENT_TO_NULL_FALSE;
	bool star = false;

	for (size_t i = 0; i < c->values.n; i++)
		star |= is_stars(c->values.item[i].text);
	if (!star || !o->like)
		return;
	if (!o->negated && (o->set == SET_ALL || (o->if_exists && o->set == SET_NONE)))
		id = FINDING_REDUNDANT_KEY_DUE_TO_WILDCARD_IN_CONDITION;
	else if (o->negated)
		id = o->set == SET_ANY ? FINDING_REDUNDANT_STATEMENT_DUE_TO_WILDCARD_IN_CONDITION
				       : FINDING_EQUIVALENT_TO_NULL_TRUE;
	lint_add(l, id, c->key_at, c->key, c->operator);
}

static void lint_key(struct lint *l, const struct statement *s, const struct condition *c,
	const struct operator_facts *o)
{
	struct catalog_key key;

	if (!catalog_key(c->key, &key)) {
		lint_unknown_key(l, c);
		return;
	}
	if (!type_fits(o, &key))
		lint_add(l, FINDING_TYPE_MISMATCH, c->operator_at, c->key, c->operator);
	if (key.type == KEY_ARN && o->type == TYPE_STRING && o->like)
		lint_add(l, FINDING_STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS, c->operator_at,
			c->key, c->operator); /* [S-63] */
	if (key.trait == TRAIT_FORGEABLE)
		lint_add(l, FINDING_UNTRUSTWORTHY_CONDITION_KEY, c->key_at, c->key, (str){ 0 });
	lint_set(l, s, c, o, &key);
}

/* ---- is the key ever sent with these actions? */

static bool in_list(str list, str name)
{
	str word;

	while (list_next(&list, &word))
		if (str_eq_nocase(word, name))
			return true;
	return false;
}

static bool is_sent_with(const struct catalog_action *action, str documented)
{
	str list = action->resources, word;
	struct catalog_resource type;

	if (in_list(action->keys, documented))
		return true;
	while (list_next(&list, &word)) {
		if (str_ends(word, S("*")))
			word.n--;
		if (catalog_resource(action_service(action->name), word, &type) &&
			in_list(type.keys, documented))
			return true;
	}
	return false;
}

/* Keys that an action must list to be sent with it: those of services, and of tags. */
static bool is_listed_key(const struct catalog_key *key)
{
	return !key->global || str_eq(key->name, S("aws:RequestTag/${TagKey}")) ||
	       str_eq(key->name, S("aws:ResourceTag/${TagKey}")) ||
	       str_eq(key->name, S("aws:TagKeys"));
}

static bool is_resource_tag(const struct catalog_key *key)
{
	return str_eq(key->name, S("aws:ResourceTag/${TagKey}"));
}

static enum finding_id never_sent(const struct statement *s, const struct catalog_key *key)
{
	if (!is_resource_tag(key))
		return FINDING_UNSUPPORTED_ACTION_FOR_CONDITION_KEY;
	return s->allow ? FINDING_ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE
			: FINDING_DENY_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE;
}

static void lint_key_actions(struct lint *l, const struct statement *s, const struct condition *c)
{
	struct catalog_key key;
	struct catalog_action action;

	if (!catalog_key(c->key, &key) || is_provider_key(c->key) || l->kind == POLICY_TRUST)
		return;
	if (s->not_action && is_resource_tag(&key))
		lint_add(l,
			s->allow
				? FINDING_ALLOW_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE
				: FINDING_DENY_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE,
			c->key_at, (str){ 0 }, c->key);
	for (size_t i = 0; !s->not_action && i < s->actions.n; i++) {
		const struct word *w = &s->actions.item[i];
		str service = action_service(w->text);

		if (service.n && !is_wild(service) && catalog_service(service) &&
			!catalog_key_service(c->key, service))
			lint_add(l, FINDING_USE_CONDITION_KEY_ONLY_WITH_SUPPORTED_SERVICES, w->at,
				w->text, c->key);
		if (is_listed_key(&key) && !is_wild(w->text) && catalog_action(w->text, &action) &&
			!is_sent_with(&action, key.name))
			lint_add(l, never_sent(s, &key), w->at, w->text, c->key); /* [S-68] */
	}
}

/* ---- keys that need company */

static bool has_any_key(const struct statement *s, const str *keys, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (condition_on(s, keys[i]))
			return true;
	return false;
}

static void lint_pairs(struct lint *l, const struct statement *s, const struct condition *c)
{
	static const str networks[] = { SC("aws:SourceVpc"), SC("aws:SourceVpce"),
		SC("aws:SourceVpcArn") };

	if (str_eq_nocase(c->key, S("aws:VpcSourceIp")) &&
		!has_any_key(s, networks, COUNT(networks)))
		lint_add(l, FINDING_MISSING_PAIRED_CONDITION_KEYS, c->key_at, c->key, networks[0]);
	if (str_eq_nocase(c->key, S("dynamodb:Attributes")) &&
		!condition_says(s, S("dynamodb:Select"), S("SPECIFIC_ATTRIBUTES")))
		lint_add(l, FINDING_DYNAMODB_ATTRIBUTES_WITHOUT_SELECT, c->key_at, c->key,
			(str){ 0 });
	if (l->kind == POLICY_RESOURCE && str_eq_nocase(c->key, S("s3:ResourceAccount")))
		lint_add(l, FINDING_IRRELEVANT_CONDITION_KEY_IN_POLICY, c->key_at, c->key,
			(str){ 0 });
}

/* A key that only another action sets. */
static void lint_setting_action(struct lint *l, const struct statement *s,
	const struct condition *c)
{
	static const struct {
		str key, action;
	} set_by[] = {
		{ SC("sts:SourceIdentity"), SC("sts:SetSourceIdentity") },
		{ SC("sts:TransitiveTagKeys"), SC("sts:TagSession") },
	};

	for (size_t i = 0; i < COUNT(set_by); i++)
		if (s->has_action && !s->not_action && s->actions.n &&
			str_eq_nocase(c->key, set_by[i].key) && !allows_action(s, set_by[i].action))
			lint_add(l, FINDING_MISSING_ACTION_FOR_CONDITION_KEY, c->key_at, c->key,
				set_by[i].action);
}

static void lint_s3_prefix(struct lint *l, const struct statement *s, const struct condition *c,
	const struct operator_facts *o)
{
	if (str_eq_nocase(c->key, S("s3:prefix")) && o->type == TYPE_STRING &&
		s->allow == o->negated)
		lint_add(l, FINDING_S3_PREFIX_IN_NEGATIVE_CONTEXT, c->key_at, c->key, (str){ 0 });
}

/* ---- the same key twice in one operator's block, in two letter cases */

static void lint_twins(struct lint *l, const struct statement *s, size_t i)
{
	const struct condition *c = &s->conditions[i];

	for (size_t j = i; j-- > 0;) {
		const struct condition *other = &s->conditions[j];

		if (other->operator_at != c->operator_at)
			return;
		if (str_eq_nocase(other->key, c->key))
			lint_add(l, FINDING_DUPLICATE_KEYS_WITH_DIFFERENT_CASE, c->key_at, c->key,
				other->key);
	}
}

void lint_conditions(struct lint *l, const struct statement *s)
{
	for (size_t i = 0; i < s->nconditions; i++) {
		const struct condition *c = &s->conditions[i];
		struct operator_facts o;

		lint_twins(l, s, i);
		if (!operator_facts(c->operator, & o)) {
			lint_bad_operator(l, c);
			continue;
		}
		lint_key(l, s, c, &o);
		lint_key_actions(l, s, c);
		lint_pairs(l, s, c);
		lint_setting_action(l, s, c);
		lint_s3_prefix(l, s, c, &o);
		lint_star(l, c, &o);
		lint_condition_values(l, c);
	}
}
