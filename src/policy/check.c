/*
 * check.c -- would AWS take this document?
 *
 * A list of questions about each statement for each kind of policy, asked in
 * AWS's order; the first that is answered badly ends it with the sentence that
 * AWS sends in MalformedPolicyDocument. What a kind must and must not contain
 * is the table `kinds`. Whether a principal exists is the account's to know.
 */
#include "policy/policy.h"

/* AWS answers many mistakes with only this. */
#define SYNTAX_ERRORS "Syntax errors in policy."
/* What Organizations says of SCPs and RCPs. */
#define NOT_OF_TYPE                                                                            \
	"The provided policy document does not meet the requirements of the specified policy " \
	"type."

enum need { MUST_NOT, MAY, MUST };

/* [S-08] [S-10] [S-14] [S-15]: Principal and Resource by kind. */
static const struct kind {
	enum need principal, resource;
	const char *no_principal, *principal_given; /* AWS's sentences */
} kinds[] = {
	[POLICY_IDENTITY] = { MUST_NOT, MUST, NULL,
		"Policy document should not specify a principal." },
	[POLICY_BOUNDARY] = { MUST_NOT, MUST, NULL,
		"Policy document should not specify a principal." },
	[POLICY_SESSION] = { MUST_NOT, MUST, NULL,
		"Policy document should not specify a principal." },
	[POLICY_SCP] = { MUST_NOT, MUST, NULL, NOT_OF_TYPE },
	[POLICY_RCP] = { MUST, MUST, NOT_OF_TYPE, NULL },
	[POLICY_RESOURCE] = { MUST, MAY, "Missing required field Principal", NULL },
	[POLICY_ENDPOINT] = { MUST, MUST, "Missing required field Principal", NULL },
	[POLICY_TRUST] = { MUST, MUST_NOT,
		"Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: The "
		"passed in policy has a statement with no principals!",
		NULL },
};

static bool is_organization(enum policy_kind kind)
{
	return kind == POLICY_SCP || kind == POLICY_RCP;
}

static bool all_of(str s, const char *others)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_alnum(s.p[i]) &&
			str_find(str_of(others), (str){ s.p + i, 1 }) == SIZE_MAX)
			return false;
	return true;
}

static bool only_stars(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '*')
			return false;
	return s.n > 0;
}

static bool has_wildcard(str s)
{
	return str_find(s, S("*")) != SIZE_MAX || str_find(s, S("?")) != SIZE_MAX;
}

/* ---- actions */

/* [S-16, S-17, S-18, S-19] */
static bool check_action_form(const struct word *action, struct err *err)
{
	str vendor, name, rest;

	if (only_stars(action->text))
		return true;
	if (!str_cut(action->text, ':', &vendor, &name))
		return fail(err, ERR_REFUSED, action->at,
			"Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, "
			"etc.");
	if (str_cut(name, ':', &vendor, &rest))
		return fail(err, ERR_REFUSED, action->at,
			"Actions/Condition can contain only one colon.");
	if (vendor.n == 0 || !all_of(vendor, "-"))
		return fail(err, ERR_REFUSED, action->at, "Vendor %.*s is not valid",
			STR(str_head(vendor, 200)));
	if (name.n == 0 || !all_of(name, "*?-_."))
		return fail(err, ERR_REFUSED, action->at, SYNTAX_ERRORS);
	return true;
}

/* A trust policy is about assuming: these, or a pattern of sts: that could mean them. */
static bool check_trust_action(const struct word *action, struct err *err)
{
	static const str names[] = { SC("sts:AssumeRole"), SC("sts:AssumeRoleWithSAML"),
		SC("sts:AssumeRoleWithWebIdentity"), SC("sts:TagSession"),
		SC("sts:SetSourceIdentity"), SC("sts:SetContext") };
	bool sts = action->text.n > 4 && str_eq_nocase(str_head(action->text, 4), S("sts:"));

	for (size_t i = 0; i < COUNT(names); i++)
		if (str_eq_nocase(action->text, names[i]))
			return true;
	if (sts && has_wildcard(action->text))
		return true;
	return fail(err, ERR_REFUSED, action->at,
		"AssumeRole policy may only specify STS AssumeRole actions.");
}

static bool check_actions(const struct statement *s, enum policy_kind kind, struct err *err)
{
	if (!s->has_action || s->actions.n == 0)
		return fail(err, ERR_REFUSED, s->at, "Policy statement must contain actions.");
	for (size_t i = 0; i < s->actions.n; i++) {
		const struct word *action = &s->actions.item[i];

		if (kind == POLICY_TRUST && !check_trust_action(action, err))
			return false;
		if (!check_action_form(action, err))
			return false;
		if (kind == POLICY_RCP && (s->not_action || only_stars(action->text))) /* [S-13] */
			return fail(err, ERR_REFUSED, action->at, NOT_OF_TYPE);
	}
	return true;
}

/* ---- resources */

static bool known_partition(str partition)
{
	return str_eq(partition, S("aws")) || str_starts(partition, S("aws-")) ||
	       has_wildcard(partition);
}

/* "*", a full ARN, or a shorter one that ends in a star or (not in every kind) just ends [S-27] [S-28] */
static bool check_resource(const struct word *resource, enum policy_kind kind, struct err *err)
{
	str text = resource->text, shown = str_head(text, 200), partition, rest;
	struct arn arn;

	if (only_stars(text))
		return true;
	if (!str_starts(text, S("arn:")))
		return fail(err, ERR_REFUSED, resource->at,
			"Resource %.*s must be in ARN format or \"*\".", STR(shown));
	rest = str_from(text, 4);
	if (!str_cut(rest, ':', &partition, &rest))
		partition = rest;
	if (!known_partition(partition))
		return fail(err, ERR_REFUSED, resource->at,
			"Partition \"%.*s\" is not valid for resource \"%.*s\".",
			STR(str_head(partition, 80)), STR(shown));
	if (!arn_parse(text, &arn)) {
		if (is_organization(kind) && (kind == POLICY_RCP || !str_ends(text, S("*"))))
			return fail(err, ERR_REFUSED, resource->at, NOT_OF_TYPE);
		return true;
	}
	if (str_eq(arn.part[ARN_SERVICE], S("iam")) && arn.part[ARN_REGION].n != 0 &&
		!only_stars(arn.part[ARN_REGION]))
		return fail(err, ERR_REFUSED, resource->at,
			"IAM resource %.*s cannot contain region information.", STR(shown));
	return true;
}

static bool check_resources(const struct statement *s, enum policy_kind kind, struct err *err)
{
	enum need need = kinds[kind].resource;

	if (need == MUST_NOT && s->has_resource)
		return fail(err, ERR_REFUSED, s->resource_at, "Has prohibited field %s",
			s->not_resource ? "NotResource" : "Resource");
	if (need == MUST && (!s->has_resource || s->resources.n == 0))
		return fail(err, ERR_REFUSED, s->at, "Policy statement must contain resources.");
	for (size_t i = 0; i < s->resources.n; i++)
		if (!check_resource(&s->resources.item[i], kind, err))
			return false;
	return true;
}

/* ---- principals */

/* An account, an IAM or STS ARN, or a unique id; no wildcards but "*" itself [S-70]. */
static bool aws_principal(str text)
{
	struct arn arn;

	if (is_account_id(text))
		return true;
	if (str_starts(text, S("AIDA")) || str_starts(text, S("AROA")))
		return text.n >= 16 && all_of(text, "");
	return arn_parse(text, &arn) && is_account_id(arn.part[ARN_ACCOUNT]) &&
	       (str_eq(arn.part[ARN_SERVICE], S("iam")) ||
		       str_eq(arn.part[ARN_SERVICE], S("sts"))) &&
	       arn.part[ARN_RESOURCE].n > 0 && !has_wildcard(text);
}

/* A CloudFront origin access identity, which bucket policies name by its old kind of ARN. */
static bool is_access_identity(str text)
{
	return str_starts(text, S("arn:aws:iam::cloudfront:user/")) && !has_wildcard(text);
}

/* eks.amazonaws.com. Which there are is not published; AWS refuses those that are not. */
static bool service_principal(str text)
{
	static const str domains[] = { SC(".amazonaws.com"), SC(".amazon.com"), SC(".aws.internal"),
		SC(".amazonaws.com.cn") };

	for (size_t i = 0; i < COUNT(domains); i++)
		if (text.n > domains[i].n && str_ends(text, domains[i]))
			return !has_wildcard(text);
	return false;
}

static bool check_principal(const struct principal *p, enum policy_kind kind, struct err *err)
{
	static const char *const names[] = { [PRINCIPAL_NONE] = "STAR",
		[PRINCIPAL_ANY] = "AWS",
		[PRINCIPAL_AWS] = "AWS",
		[PRINCIPAL_SERVICE] = "SERVICE",
		[PRINCIPAL_FEDERATED] = "FEDERATED",
		[PRINCIPAL_CANONICAL_USER] = "CanonicalUser" };
	bool good = p->type != PRINCIPAL_NONE && p->text.n > 0;

	if (kind == POLICY_TRUST && p->bare_any)
		return fail(err, ERR_REFUSED, p->at,
			"AssumeRolepolicy contained an invalid principal: \"STAR\":\"*\".");
	if (kind == POLICY_RCP && !p->bare_any) /* [S-13] */
		return fail(err, ERR_REFUSED, p->at, NOT_OF_TYPE);
	if (p->type == PRINCIPAL_AWS)
		good = aws_principal(p->text) ||
		       (kind == POLICY_RESOURCE && is_access_identity(p->text));
	if (p->type == PRINCIPAL_SERVICE)
		good = service_principal(p->text);
	if (p->type == PRINCIPAL_CANONICAL_USER && kind == POLICY_TRUST)
		good = false;
	if (!good)
		return fail(err, ERR_REFUSED, p->at, "Invalid principal in policy: \"%s\":\"%.*s\"",
			names[p->type], STR(str_head(p->text, 250)));
	return true;
}

static bool check_principals(const struct statement *s, enum policy_kind kind, struct err *err)
{
	const struct kind *k = &kinds[kind];

	if (k->principal == MUST_NOT && s->has_principal)
		return fail(err, ERR_REFUSED, s->principal_at, "%s", k->principal_given);
	if (k->principal == MUST && s->nprincipals == 0)
		return fail(err, ERR_REFUSED, s->at, "%s", k->no_principal);
	if (s->not_principal && kind == POLICY_TRUST)
		return fail(err, ERR_REFUSED, s->principal_at, "Has prohibited field NotPrincipal");
	if (s->not_principal && kind == POLICY_RCP)
		return fail(err, ERR_REFUSED, s->principal_at, NOT_OF_TYPE);
	for (size_t i = 0; i < s->nprincipals; i++)
		if (!check_principal(&s->principals[i], kind, err))
			return false;
	return true;
}

/* ---- conditions */

/* Rows of data/operators.tsv, as far as names matter here. */
static const str operator_names[] = {
#define ROW(name, type, relation, negated, variables) SC(name),
#include "gen/operators.inc"
#undef ROW
};

bool operator_parse(str text, struct operator_name *name)
{
	static const str all = SC("ForAllValues:"), any = SC("ForAnyValue:"), tail = SC("IfExists");

	*name = (struct operator_name){ 0 };
	if (str_eq_nocase(str_head(text, all.n), all))
		name->set = SET_ALL;
	else if (str_eq_nocase(str_head(text, any.n), any))
		name->set = SET_ANY;
	text = str_from(text, name->set == SET_ALL ? all.n : name->set == SET_ANY ? any.n : 0);
	name->if_exists = text.n > tail.n && str_eq_nocase(str_from(text, text.n - tail.n), tail);
	if (name->if_exists)
		text.n -= tail.n;
	for (name->row = 0; name->row < COUNT(operator_names); name->row++)
		if (str_eq_nocase(text, operator_names[name->row]))                  /* [S-52] */
			return !(name->if_exists && str_eq_nocase(text, S("Null"))); /* [S-55] */
	return false;
}

static bool check_conditions(const struct statement *s, struct err *err)
{
	struct operator_name name;

	for (size_t i = 0; i < s->nconditions; i++) {
		const struct condition *c = &s->conditions[i];

		if (!operator_parse(c->operator, & name))
			return fail(err, ERR_REFUSED, c->operator_at, SYNTAX_ERRORS);
		if (c->key.n == 0)
			return fail(err, ERR_REFUSED, c->key_at, SYNTAX_ERRORS);
	}
	return true;
}

/* ---- statements and the document */

/* [S-11] */
static bool check_sid(const struct document *d, const struct statement *s, struct err *err)
{
	for (size_t i = 0; i < s->index && s->sid.n; i++)
		if (str_eq(d->statements[i].sid, s->sid))
			return fail(err, ERR_REFUSED, s->sid_at,
				"Statement IDs (SID) in a single policy must be unique.");
	if (!all_of(s->sid, ""))
		return fail(err, ERR_REFUSED, s->sid_at,
			"Statement IDs (SID) must be alpha-numeric. Check that your input "
			"satisfies "
			"the regular expression [0-9A-Za-z]*");
	return true;
}

bool policy_check(const struct document *document, enum policy_kind kind, struct err *err)
{
	err->source = document->text;
	if (document->nstatements == 0)
		return fail(err, ERR_REFUSED, 0, SYNTAX_ERRORS);
	if (kind == POLICY_RCP && !document->version_2012) /* [S-13] */
		return fail(err, ERR_REFUSED, 0, NOT_OF_TYPE);
	for (size_t i = 0; i < document->nstatements; i++) {
		const struct statement *s = &document->statements[i];

		if (kind == POLICY_RCP && s->allow) /* [S-13] */
			return fail(err, ERR_REFUSED, s->at, NOT_OF_TYPE);
		if ((kind != POLICY_RESOURCE && kind != POLICY_ENDPOINT &&
			    !check_sid(document, s, err)) ||
			!check_principals(s, kind, err) || !check_actions(s, kind, err) ||
			!check_resources(s, kind, err) || !check_conditions(s, err))
			return false;
	}
	return true;
}

size_t policy_size(str text)
{
	size_t n = 0;
	bool inside = false, escaped = false;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r';

		if (c == '"' && !escaped)
			inside = !inside;
		escaped = inside && c == '\\' && !escaped;
		n += (inside || !space) &&
		     ((unsigned char)c & 0xC0) != 0x80; /* characters, not bytes */
	}
	return n;
}
