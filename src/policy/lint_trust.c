/*
 * lint_trust.c -- trust policies: who may become the role, and the ways in which an external ID
 * or an identity provider's claim is asked for without being asked for.
 */
#include "policy/lint.h"

#include <string.h>

#define GITHUB "token.actions.githubusercontent.com"

/* ---- form */

static void lint_trust_form(struct lint *l, const struct statement *s)
{
	if (s->has_resource)
		lint_add(l, FINDING_ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE, s->resource_at,
			s->not_resource ? S("NotResource") : S("Resource"), (str){ 0 });
	if (s->not_principal)
		lint_add(l, FINDING_ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL, s->principal_at,
			(str){ 0 }, (str){ 0 });
	for (size_t i = 0; i < s->nprincipals; i++)
		if (s->principals[i].bare_any)
			lint_add(l, FINDING_ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL,
				s->principals[i].at, (str){ 0 }, (str){ 0 });
}

/* ---- principals and actions */

static bool is_provider(const struct principal *p, str kind)
{
	struct arn arn;

	return p->type == PRINCIPAL_FEDERATED && arn_parse(p->text, &arn) &&
	       str_starts(arn.part[ARN_RESOURCE], kind);
}

static bool is_saml(const struct principal *p)
{
	return is_provider(p, S("saml-provider/"));
}

static bool is_oidc(const struct principal *p)
{
	return p->type == PRINCIPAL_FEDERATED && !is_saml(p);
}

static void lint_mismatch(struct lint *l, const struct statement *s, const struct principal *p)
{
	bool named_saml = names_action(s, S("sts:AssumeRoleWithSAML"));
	bool named_web = names_action(s, S("sts:AssumeRoleWithWebIdentity"));
	str action = { 0 };

	if (p->type == PRINCIPAL_NONE || p->type == PRINCIPAL_ANY)
		return;
	if (named_saml && !is_saml(p))
		action = S("sts:AssumeRoleWithSAML");
	else if (named_web && !is_oidc(p))
		action = S("sts:AssumeRoleWithWebIdentity");
	else if (names_action(s, S("sts:AssumeRole")) && p->type == PRINCIPAL_FEDERATED)
		action = S("sts:AssumeRole");
	/* several actions for several principals may be meant for one another */
	if (action.n && (s->nprincipals == 1 || !(named_saml || named_web)))
		lint_add(l, FINDING_MISMATCHED_ACTION_FOR_PRINCIPAL, p->at, action, p->text);
}

static void lint_roles_anywhere(struct lint *l, const struct statement *s,
	const struct principal *p)
{
	static const str needed[] = { SC("sts:AssumeRole"), SC("sts:SetSourceIdentity"),
		SC("sts:TagSession") };

	if (p->type != PRINCIPAL_SERVICE || !str_eq(p->text, S("rolesanywhere.amazonaws.com")))
		return;
	for (size_t i = 0; i < COUNT(needed); i++) {
		bool allowed = false;

		for (size_t j = 0; j < l->document->nstatements; j++) {
			const struct statement *other = &l->document->statements[j];

			allowed |= other->allow && allows_action(other, needed[i]);
		}
		if (!allowed)
			lint_add(l, FINDING_MISSING_ACTION_FOR_ROLES_ANYWHERE_TRUST_POLICY, p->at,
				needed[i], (str){ 0 });
	}
	(void)s;
}

/* The session arn:...:assumed-role/NAME/... beside the role arn:...:role/.../NAME [S-75] */
static bool is_session_of(str session, str role)
{
	struct arn a, b;
	str kind, rest, name, tail, last;

	if (!arn_parse(session, &a) || !arn_parse(role, &b) ||
		!str_eq(a.part[ARN_ACCOUNT], b.part[ARN_ACCOUNT]) ||
		!str_cut(a.part[ARN_RESOURCE], '/', &kind, &rest) ||
		!str_eq(kind, S("assumed-role")) || !str_cut(rest, '/', &name, &tail) ||
		!str_starts(b.part[ARN_RESOURCE], S("role/")))
		return false;
	for (last = b.part[ARN_RESOURCE]; str_cut(last, '/', &kind, &tail);)
		last = tail;
	return str_eq(last, name);
}

static void lint_sessions(struct lint *l, const struct statement *s, const struct principal *p)
{
	for (size_t i = 0; i < s->nprincipals; i++)
		if (is_session_of(p->text, s->principals[i].text))
			lint_add(l, FINDING_REDUNDANT_PRINCIPAL_IN_ROLE_TRUST_POLICY, p->at,
				p->text, s->principals[i].text);
}

/* ---- identity providers */

/* The host of an OIDC principal: what its condition keys start with. */
static str oidc_host(const struct principal *p)
{
	struct arn arn;

	if (!arn_parse(p->text, &arn))
		return p->text;
	return str_from(arn.part[ARN_RESOURCE], S("oidc-provider/").n);
}

static bool has_provider_key(const struct statement *s, str host)
{
	for (size_t i = 0; i < s->nconditions; i++) {
		str key = s->conditions[i].key;

		if (starts_nocase(key, host) && str_starts(str_from(key, host.n), S(":")))
			return true;
	}
	return false;
}

/* "repo:org/name:ref:refs/heads/main": repository and branch without a wildcard. */
static void lint_github(struct lint *l, const struct statement *s, const struct principal *p)
{
	const struct condition *sub = condition_on(s, S(GITHUB ":sub"));

	if (!sub) {
		lint_add(l, FINDING_MISSING_GITHUB_REPO_CONDITION_KEY, p->at, p->text, (str){ 0 });
		return;
	}
	for (size_t i = 0; i < sub->values.n; i++) {
		const struct word *w = &sub->values.item[i];
		size_t repository = str_find(w->text, S(":")), branch;
		str rest = str_from(w->text, repository == SIZE_MAX ? w->text.n : repository + 1);

		branch = str_find(rest, S(":"));
		if (is_wild(branch == SIZE_MAX ? rest : str_head(rest, branch)) ||
			!str_starts(w->text, S("repo:")) ||
			(is_wild(w->text) && !condition_on(s, S(GITHUB ":ref"))))
			lint_add(l, FINDING_SPECIFIC_GITHUB_REPO_AND_BRANCH_RECOMMENDED, w->at,
				w->text, (str){ 0 });
	}
}

static void lint_oidc(struct lint *l, const struct statement *s, const struct principal *p)
{
	str host = oidc_host(p);

	if (!is_oidc(p))
		return;
	if (!has_provider_key(s, host))
		lint_add(l, FINDING_MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL, p->at, host,
			(str){ 0 });
	if (str_eq_nocase(host, S(GITHUB)))
		lint_github(l, s, p);
}

/* ---- external IDs */

/* Conditions that keep strangers out as well as an external ID does. */
static bool is_narrowed(const struct statement *s)
{
	static const str keys[] = { SC("aws:PrincipalOrgID"), SC("aws:PrincipalOrgPaths"),
		SC("aws:PrincipalArn"), SC("aws:PrincipalAccount"), SC("aws:SourceAccount"),
		SC("aws:SourceArn"), SC("aws:SourceOrgID"), SC("saml:aud") };

	for (size_t i = 0; i < COUNT(keys); i++)
		if (is_held_to(s, keys[i]))
			return true;
	return condition_on(s, S("sts:ExternalId")); /* how it is asked for is told apart */
}

static str account_of(str principal)
{
	struct arn arn;

	if (is_account_id(principal))
		return principal;
	return arn_parse(principal, &arn) ? arn.part[ARN_ACCOUNT] : (str){ 0 };
}

static void lint_stranger(struct lint *l, const struct statement *s, const struct principal *p)
{
	if (!allows_action(s, S("sts:AssumeRole")) || is_narrowed(s))
		return;
	if (p->type == PRINCIPAL_ANY && !p->bare_any)
		lint_add(l, FINDING_TRUST_EVERYBODY, p->at, (str){ 0 }, (str){ 0 });
	else if (p->type == PRINCIPAL_AWS && is_account_id(account_of(p->text)) &&
		 !str_eq(account_of(p->text), l->account))
		lint_add(l, FINDING_EXTERNAL_ID_MISSING, p->at, p->text, (str){ 0 }); /* [S-109] */
}

static bool is_external_id(str s)
{
	if (s.n < LIMIT_EXTERNAL_ID_MIN || s.n > LIMIT_EXTERNAL_ID_MAX)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_alnum(s.p[i]) &&
			str_find(S("_+=,.@:/-"), (str){ s.p + i, 1 }) == SIZE_MAX)
			return false;
	return true;
}

static void lint_external_value(struct lint *l, const struct condition *c,
	const struct operator_facts *o, const struct word *w)
{
	bool pattern = o->like && is_wild(w->text);

	if (o->negated) /* [S-53] [S-110] */
		lint_add(l, FINDING_EXTERNAL_ID_NEGATED, w->at, w->text, c->operator);
	else if (pattern)
		lint_add(l, FINDING_EXTERNAL_ID_WILDCARD, w->at, w->text, (str){ 0 });
	else if (!has_variable(w->text) && !is_external_id(w->text))
		lint_add(l, FINDING_EXTERNAL_ID_IMPOSSIBLE, w->at, w->text, (str){ 0 });
}

static void lint_external_id(struct lint *l, const struct statement *s)
{
	struct operator_facts o;

	for (size_t i = 0; i < s->nconditions; i++) {
		const struct condition *c = &s->conditions[i];

		if (!str_eq_nocase(c->key, S("sts:ExternalId")) ||
			!operator_facts(c->operator, & o) || o.type != TYPE_STRING)
			continue;
		if (o.if_exists && !o.negated) /* [S-54] */
			lint_add(l, FINDING_EXTERNAL_ID_IF_EXISTS, c->operator_at, c->key,
				(str){ 0 });
		for (size_t j = 0; j < c->values.n; j++)
			lint_external_value(l, c, &o, &c->values.item[j]);
	}
}

void lint_trust(struct lint *l, const struct statement *s)
{
	lint_trust_form(l, s);
	if (!s->allow)
		return;
	lint_external_id(l, s);
	for (size_t i = 0; i < s->nprincipals && !s->not_principal; i++) {
		const struct principal *p = &s->principals[i];

		lint_mismatch(l, s, p);
		lint_roles_anywhere(l, s, p);
		lint_sessions(l, s, p);
		lint_oidc(l, s, p);
		lint_stranger(l, s, p);
	}
}
