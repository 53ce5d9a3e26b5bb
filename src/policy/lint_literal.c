/*
 * lint_literal.c -- the values of a condition: do they mean what their operator and key ask for?
 *
 * Two tables: what a value of an operator's type must look like, and what a
 * value of a certain key must look like. A value with a variable is not looked
 * at by either.
 */
#include "policy/lint.h"

#include <string.h>

/* ---- by operator */

static void value_bool(struct lint *l, const struct condition *c, const struct word *w)
{
	(void)c;
	if (!str_eq_nocase(w->text, S("true")) && !str_eq_nocase(w->text, S("false"))) /* [S-60] */
		lint_add(l, FINDING_TYPE_MISMATCH_BOOLEAN, w->at, w->text, (str){ 0 });
}

static void value_number(struct lint *l, const struct condition *c, const struct word *w)
{
	double value;

	(void)c;
	if (!is_number(w->text, &value)) /* [S-58] */
		lint_add(l, FINDING_TYPE_MISMATCH_NUMBER, w->at, w->text, (str){ 0 });
}

static void value_date(struct lint *l, const struct condition *c, const struct word *w)
{
	double value;

	/* four digits are a year; epoch seconds have more. aws:EpochTime is made for them. */
	if (w->text.n != 4 && is_number(w->text, &value)) {
		if (!str_eq_nocase(c->key, S("aws:EpochTime")))
			lint_add(l, FINDING_INVALID_DATE_VALUE, w->at, w->text, (str){ 0 });
	} else if (!is_date(w->text)) { /* [S-59] */
		lint_add(l, FINDING_TYPE_MISMATCH_DATE, w->at, w->text, (str){ 0 });
	}
}

static void value_binary(struct lint *l, const struct condition *c, const struct word *w)
{
	(void)c;
	if (!is_base64(w->text))
		lint_add(l, FINDING_TYPE_MISMATCH_STRING, w->at, w->text, (str){ 0 });
}

static void value_ip(struct lint *l, const struct condition *c, const struct word *w)
{
	struct buf better = { .arena = l->arena };
	struct ip_range range;

	(void)c;
	if (!ip_range_parse(w->text, &range)) {
		lint_add(l, FINDING_TYPE_MISMATCH_IP_RANGE, w->at, w->text, (str){ 0 });
	} else if (ip_range_mask(&range)) { /* [S-62] */
		ip_range_write(&better, &range);
		lint_add(l, FINDING_IMPROVE_IP_RANGE, w->at, w->text, buf_view(&better));
	}
}

static void value_string(struct lint *l, const struct condition *c, const struct word *w)
{
	struct operator_facts o;

	if (operator_facts(c->operator, & o) && !o.like && is_wild(w->text)) /* [S-57] */
		lint_add(l, FINDING_WILDCARD_WITHOUT_LIKE_OPERATOR, w->at, w->text, c->operator);
}

static void (*const by_type[])(struct lint *, const struct condition *, const struct word *) = {
	[TYPE_ARN] = NULL,
	[TYPE_BINARY] = value_binary,
	[TYPE_BOOL] = value_bool,
	[TYPE_DATE] = value_date,
	[TYPE_IP] = value_ip,
	[TYPE_NULL] = value_bool,
	[TYPE_NUMBER] = value_number,
	[TYPE_STRING] = value_string,
};

/* ---- by key */

static void value_region(struct lint *l, const struct word *w)
{
	if (!is_wild(w->text) && !catalog_region(w->text))
		lint_add(l, FINDING_INVALID_REGION, w->at, w->text, catalog_near_region(w->text));
}

/* A prefix and 8 or 17 letters and digits. */
static bool is_id(str s, str prefix)
{
	str rest = str_from(s, prefix.n);

	if (!str_starts(s, prefix) || (rest.n != 8 && rest.n != 17))
		return false;
	for (size_t i = 0; i < rest.n; i++)
		if (!ascii_alnum(rest.p[i]))
			return false;
	return true;
}

static void value_vpc(struct lint *l, const struct word *w)
{
	if (!is_wild(w->text) && !is_id(w->text, S("vpc-")))
		lint_add(l, FINDING_INVALID_VPC_FORMAT, w->at, w->text, (str){ 0 });
}

static void value_vpce(struct lint *l, const struct word *w)
{
	if (!is_wild(w->text) && !is_id(w->text, S("vpce-")))
		lint_add(l, FINDING_INVALID_VPCE_FORMAT, w->at, w->text, (str){ 0 });
}

/* How many parts in front of ".amazonaws.com" or its Chinese and other likes; 0: not one. */
static size_t service_parts(str s)
{
	static const str domains[] = { SC(".amazonaws.com"), SC(".amazonaws.com.cn"),
		SC(".amazonaws.eu"), SC(".aws.internal") };
	size_t parts = 0;

	for (size_t i = 0; i < COUNT(domains) && !parts; i++) {
		if (s.n <= domains[i].n || !str_ends(s, domains[i]))
			continue;
		parts = 1;
		for (size_t j = 0; j < s.n - domains[i].n; j++)
			parts += s.p[j] == '.';
	}
	for (size_t i = 0; i < s.n; i++)
		if (ascii_lower(s.p[i]) != s.p[i])
			return 0;
	return parts;
}

static void value_service(struct lint *l, const struct word *w)
{
	if (!is_wild(w->text) && service_parts(w->text) == 0)
		lint_add(l, FINDING_INVALID_SERVICE_PRINCIPAL_FORMAT, w->at, w->text,
			S("service.amazonaws.com, in lower case"));
}

static void value_via_service(struct lint *l, const struct word *w)
{
	if (!is_wild(w->text) && service_parts(w->text) < 2)
		lint_add(l, FINDING_INVALID_SERVICE_PRINCIPAL_FORMAT, w->at, w->text,
			S("service.Region.amazonaws.com, in lower case"));
}

static void value_kms_key(struct lint *l, const struct word *w)
{
	struct arn arn;

	if (!is_wild(w->text) &&
		(!arn_parse(w->text, &arn) || !str_eq(arn.part[ARN_SERVICE], S("kms")) ||
			!str_starts(arn.part[ARN_RESOURCE], S("key/"))))
		lint_add(l, FINDING_INVALID_KMS_KEY_VALUE, w->at, w->text, (str){ 0 });
}

static const struct {
	str key;
	void (*look)(struct lint *l, const struct word *word);
} by_key[] = {
	{ SC("aws:RequestedRegion"), value_region },
	{ SC("aws:SourceVpc"), value_vpc },
	{ SC("aws:SourceVpce"), value_vpce },
	{ SC("aws:CalledVia"), value_service },
	{ SC("aws:CalledViaFirst"), value_service },
	{ SC("aws:CalledViaLast"), value_service },
	{ SC("aws:PrincipalServiceName"), value_service },
	{ SC("aws:PrincipalServiceNamesList"), value_service },
	{ SC("iam:AWSServiceName"), value_service },
	{ SC("iam:PassedToService"), value_service },
	{ SC("kms:ViaService"), value_via_service },
	{ SC("s3:x-amz-server-side-encryption-aws-kms-key-id"), value_kms_key },
};

static void lint_by_key(struct lint *l, const struct condition *c, const struct operator_facts *o,
	const struct word *w)
{
	for (size_t i = 0; i < COUNT(by_key) && o->type != TYPE_NULL; i++)
		if (str_eq_nocase(by_key[i].key, c->key))
			by_key[i].look(l, w);
}

/* ---- wildcards and variables in keys that say who and whose */

/* aws:userid is ID:SESSION; a wildcard belongs behind the colon, or alone in front of it. */
static bool is_loose_userid(str s, bool wild)
{
	str id, session;

	if (!str_cut(s, ':', &id, &session))
		return wild ? is_wild(s) : has_variable(s);
	return wild ? is_wild(id) && !is_stars(id) : has_variable(id) && !str_ends(id, S("}"));
}

/* The variables whose value AWS itself sets as surely as that of the key. */
static bool is_sure_variable(str s)
{
	str inside = str_trim(str_from(s, 2));
	struct catalog_key key;

	if (!str_starts(s, S("${")) || !str_ends(s, S("}")))
		return false;
	inside.n--;
	return catalog_key(inside, &key) && key.trait == TRAIT_SENSITIVE;
}

static void lint_sensitive(struct lint *l, const struct condition *c,
	const struct operator_facts *o, const struct word *w)
{
	struct catalog_key key;
	bool userid = str_eq_nocase(c->key, S("aws:userid"));
	str plain = without_variables(l->arena, w->text);
	bool variable = has_variable(w->text);

	if (o->type != TYPE_STRING || !catalog_key(c->key, &key) ||
		(key.trait != TRAIT_SENSITIVE && !userid))
		return;
	if (variable && (userid ? is_loose_userid(w->text, false) : !is_sure_variable(w->text)))
		lint_add(l, FINDING_VARIABLE_USAGE_TOO_PERMISSIVE, w->at, c->key, (str){ 0 });
	else if (!variable && o->like && is_wild(plain) &&
		 (!userid || is_loose_userid(plain, true)))
		lint_add(l, FINDING_WILDCARD_USAGE_TOO_PERMISSIVE, w->at, c->key, (str){ 0 });
}

/* ---- all values of a condition together */

static void lint_private(struct lint *l, const struct condition *c, const struct operator_facts *o)
{
	const struct word *first = NULL;
	struct ip_range range;
	size_t private = 0;

	if (o->type != TYPE_IP || !str_eq_nocase(c->key, S("aws:SourceIp")))
		return;
	for (size_t i = 0; i < c->values.n; i++) {
		if (!ip_range_parse(c->values.item[i].text, &range) || !ip_range_is_private(&range))
			continue;
		if (!first)
			first = &c->values.item[i];
		private++;
	}
	if (!first)
		return;
	if (private == c->values.n)
		lint_add(l,
			o->negated ? FINDING_PRIVATE_NOT_IP_ADDRESS : FINDING_PRIVATE_IP_ADDRESS,
			c->key_at, first->text, (str){ 0 });
	else
		lint_add(l,
			o->negated ? FINDING_PRIVATE_NOT_IP_ADDRESS_SUBSET
				   : FINDING_PRIVATE_IP_ADDRESS_SUBSET,
			first->at, first->text, (str){ 0 });
}

/* Of "less than 2700 or less than 3600", the second decides. */
static void lint_numbers(struct lint *l, const struct condition *c, const struct operator_facts *o)
{
	str deciding = { 0 };
	double best = 0, value;

	if (o->type != TYPE_NUMBER || (!o->greater && !o->less) || c->values.n < 2)
		return;
	for (size_t i = 0; i < c->values.n; i++) {
		if (!is_number(c->values.item[i].text, &value))
			return;
		if (i == 0 || (o->less ? value > best : value < best)) {
			best = value;
			deciding = c->values.item[i].text;
		}
	}
	lint_add(l, FINDING_REDUNDANT_CONDITION_VALUE_NUM, c->key_at, deciding, c->key);
}

static void lint_value(struct lint *l, const struct condition *c, const struct operator_facts *o,
	const struct word *w)
{
	lint_placeholder(l, w);
	lint_sensitive(l, c, o, w);
	if (has_variable(w->text)) {
		lint_variables(l, w, true);
		if (!o->variables) /* [S-48] */
			lint_add(l, FINDING_INVALID_VARIABLE_FOR_OPERATOR, w->at, w->text,
				c->operator);
		return;
	}
	if (by_type[o->type])
		by_type[o->type](l, c, w);
	lint_by_key(l, c, o, w);
}

void lint_condition_values(struct lint *l, const struct condition *c)
{
	struct operator_facts o;

	if (!operator_facts(c->operator, & o))
		return;
	for (size_t i = 0; i < c->values.n; i++)
		lint_value(l, c, &o, &c->values.item[i]);
	if (o.type == TYPE_BOOL && c->values.n > 1)
		lint_add(l, FINDING_INVALID_CONDITION_MULTIPLE_BOOLEAN, c->key_at, c->key,
			(str){ 0 });
	lint_private(l, c, &o);
	lint_numbers(l, c, &o);
}
