/*
 * lint_principal.c -- whom a statement is about: the form of principals, services that act for
 * others, and what resource control policies say of both.
 */
#include "policy/lint.h"

#include <string.h>

static const str source_keys[] = { SC("aws:SourceArn"), SC("aws:SourceAccount"),
	SC("aws:SourceOrgID"), SC("aws:SourceOrgPaths") };

/* The first condition of the statement on one of these keys, or on a tag of one that ends in "/". */
static const struct condition *first_on(const struct statement *s, const str *keys, size_t n)
{
	for (size_t i = 0; i < s->nconditions; i++)
		for (size_t j = 0; j < n; j++)
			if (str_eq_nocase(s->conditions[i].key, keys[j]) ||
				(str_ends(keys[j], S("/")) &&
					starts_nocase(s->conditions[i].key, keys[j])))
				return &s->conditions[i];
	return NULL;
}

/* ---- the form */

static bool is_unique_id(str s, str prefix)
{
	if (!str_starts(s, prefix) || s.n < 16)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_alnum(s.p[i]))
			return false;
	return true;
}

static bool is_aws_principal(str s)
{
	struct arn arn;

	return is_account_id(s) || (arn_parse(s, &arn) && is_account_id(arn.part[ARN_ACCOUNT]) &&
					   arn.part[ARN_RESOURCE].n > 0);
}

/* S3 and CloudFront name an origin access identity by its old kind of ARN. */
static bool is_access_identity(str s)
{
	return str_starts(s, S("arn:aws:iam::cloudfront:user/"));
}

static void lint_aws_principal(struct lint *l, const struct principal *p)
{
	if (is_wild(p->text))
		lint_add(l, FINDING_UNSUPPORTED_WILDCARD_IN_PRINCIPAL, p->at, p->text,
			(str){ 0 }); /* [S-70] */
	else if (is_unique_id(p->text, S("AROA")))
		lint_add(l, FINDING_INVALID_ROLE_REFERENCE, p->at, p->text,
			(str){ 0 }); /* [S-80] */
	else if (is_unique_id(p->text, S("AIDA")))
		lint_add(l, FINDING_INVALID_USER_REFERENCE, p->at, p->text, (str){ 0 });
	else if (!is_aws_principal(p->text) &&
		 !(l->kind == POLICY_RESOURCE && is_access_identity(p->text)))
		lint_add(l, FINDING_INVALID_PRINCIPAL_FORMAT, p->at, p->text, (str){ 0 });
}

/* "eks.amazonaws.com": lower case, dots, and not just a name. */
static bool is_service_principal(str s)
{
	if (str_find(s, S(".")) == SIZE_MAX || str_ends(s, S(".")) || str_starts(s, S(".")))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (ascii_lower(s.p[i]) != s.p[i] ||
			(!ascii_alnum(s.p[i]) && s.p[i] != '.' && s.p[i] != '-'))
			return false;
	return true;
}

static void lint_service_principal(struct lint *l, const struct principal *p)
{
	if (is_wild(p->text))
		lint_add(l, FINDING_UNSUPPORTED_WILDCARD_IN_PRINCIPAL, p->at, p->text, (str){ 0 });
	else if (!is_service_principal(p->text))
		lint_add(l, FINDING_INVALID_SERVICE_PRINCIPAL_FORMAT, p->at, p->text,
			S("service.amazonaws.com, in lower case"));
}

static void lint_federated(struct lint *l, const struct principal *p)
{
	struct arn arn;
	str resource;

	if (l->kind != POLICY_TRUST) {
		lint_add(l, FINDING_FEDERATED_PRINCIPAL_NOT_SUPPORTED, p->at, p->text, (str){ 0 });
		return;
	}
	if (arn_parse(p->text, &arn)) {
		resource = arn.part[ARN_RESOURCE];
		if (is_account_id(arn.part[ARN_ACCOUNT]) && !is_wild(p->text) &&
			(str_starts(resource, S("saml-provider/")) ||
				str_starts(resource, S("oidc-provider/"))))
			return;
	} else if (is_service_principal(p->text)) {
		return; /* a domain has the same form */
	}
	lint_add(l, FINDING_INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY, p->at, p->text,
		(str){ 0 });
}

static void lint_principal(struct lint *l, const struct principal *p)
{
	struct word word = { p->text, p->at };

	lint_placeholder(l, &word);
	lint_variables(l, &word, false);
	switch (p->type) {
	case PRINCIPAL_NONE:
		lint_add(l, FINDING_INVALID_PRINCIPAL_FORMAT, p->at, p->text, (str){ 0 });
		break;
	case PRINCIPAL_AWS:
		lint_aws_principal(l, p);
		break;
	case PRINCIPAL_SERVICE:
		lint_service_principal(l, p);
		break;
	case PRINCIPAL_FEDERATED:
		lint_federated(l, p);
		break;
	case PRINCIPAL_ANY:
	case PRINCIPAL_CANONICAL_USER:
		break;
	}
}

/* ---- services that act for somebody */

/* Keys of the caller that a service principal does not bring, as it is in no organization. */
static const str caller_keys[] = { SC("aws:PrincipalOrgID"), SC("aws:PrincipalOrgPaths"),
	SC("aws:PrincipalTag/") };

static void lint_deputy(struct lint *l, const struct statement *s, const struct principal *p)
{
	static const str weak_keys[] = { SC("aws:Referer"), SC("aws:UserAgent") };
	const struct condition *weak = first_on(s, weak_keys, COUNT(weak_keys));
	const struct condition *caller = first_on(s, caller_keys, COUNT(caller_keys));

	if (!first_on(s, source_keys, COUNT(source_keys))) {
		lint_add(l, FINDING_RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL, p->at, p->text,
			(str){ 0 });
		if (weak)
			lint_add(l, FINDING_RECOMMENDED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL,
				weak->key_at, p->text, weak->key);
	}
	if (caller && s->nprincipals == 1)
		lint_add(l, FINDING_UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL, caller->key_at,
			caller->key, p->text);
}

/* ---- resource control policies */

static void lint_rcp_keys(struct lint *l, const struct statement *s)
{
	static const str principal_keys[] = { SC("aws:PrincipalOrgID"), SC("aws:PrincipalOrgPaths"),
		SC("aws:PrincipalAccount"), SC("aws:PrincipalArn"), SC("aws:PrincipalTag/") };
	const struct condition *own = first_on(s, principal_keys, COUNT(principal_keys));
	const struct condition *source = first_on(s, source_keys, COUNT(source_keys));
	bool checked = false;

	for (size_t i = 0; i < s->nconditions; i++)
		checked |= str_eq_nocase(s->conditions[i].operator, S("Null")) &&
			   (str_eq_nocase(s->conditions[i].key, S("aws:SourceAccount")) ||
				   str_eq_nocase(s->conditions[i].key, S("aws:SourceArn")));
	if (own && !condition_says(s, S("aws:PrincipalIsAWSService"), S("false")))
		lint_add(l, FINDING_RCP_MISSING_RELATED_PRINCIPAL_CONDITION_KEY, own->key_at,
			own->key, (str){ 0 });
	if (source && !condition_says(s, S("aws:PrincipalIsAWSService"), S("true")))
		lint_add(l, FINDING_RCP_MISSING_RELATED_SERVICE_PRINCIPAL_CONDITION_KEY,
			source->key_at, source->key, (str){ 0 });
	if (source && !checked)
		lint_add(l, FINDING_RCP_MISSING_SERVICE_CONDITION_KEY_NULL_CHECK, source->key_at,
			source->key, (str){ 0 });
}

/* ---- what a kind of policy says about principals at all */

static void lint_element(struct lint *l, const struct statement *s)
{
	str name = s->not_principal ? S("NotPrincipal") : S("Principal");

	switch (l->kind) {
	case POLICY_IDENTITY:
	case POLICY_BOUNDARY:
	case POLICY_SESSION:
		lint_add(l, FINDING_UNSUPPORTED_PRINCIPAL, s->principal_at, name, (str){ 0 });
		break;
	case POLICY_SCP:
		lint_add(l, FINDING_SCP_SYNTAX_ERROR_PRINCIPAL, s->principal_at, name, (str){ 0 });
		break;
	case POLICY_RCP:
		if (s->not_principal || s->nprincipals != 1 || !s->principals[0].bare_any)
			lint_add(l, FINDING_RCP_SYNTAX_ERROR_PRINCIPAL, s->principal_at, name,
				(str){ 0 });
		break;
	case POLICY_RESOURCE:
	case POLICY_ENDPOINT:
		if (s->not_principal)
			lint_add(l,
				s->allow ? FINDING_ALLOW_WITH_NOT_PRINCIPAL /* [S-83] */
					 : FINDING_DENY_WITH_NOT_PRINCIPAL /* [S-84] */,
				s->principal_at, (str){ 0 }, (str){ 0 });
		break;
	case POLICY_TRUST:
		break;
	}
}

void lint_principals(struct lint *l, const struct statement *s)
{
	if (l->kind == POLICY_RCP)
		lint_rcp_keys(l, s);
	if (!s->has_principal)
		return;
	lint_element(l, s);
	for (size_t i = 0; i < s->nprincipals; i++) {
		const struct principal *p = &s->principals[i];

		lint_principal(l, p);
		if (l->kind == POLICY_RESOURCE && s->allow && !s->not_principal &&
			p->type == PRINCIPAL_SERVICE)
			lint_deputy(l, s, p);
	}
}
