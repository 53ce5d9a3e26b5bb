/*
 * principal.c -- who asks, and does a policy mean them?
 *
 * A caller is read from the ARN that AWS shows for it. A role's session is
 * also its role: "assumed-role/NAME/SESSION" does not say the role's path, so
 * where the path is not known besides, the name must do [S-75].
 */
#include "engine/program.h"

/* ---- reading a caller */

/* The last part of a path: "team/app" is "app". */
static str last_part(str path)
{
	str head;

	while (str_cut(path, '/', &head, &path))
		;
	return path;
}

static bool iam_caller(const struct arn *arn, struct caller *caller)
{
	str resource = arn->part[ARN_RESOURCE], kind, name;

	if (str_eq(resource, S("root"))) {
		caller->type = CALLER_ROOT;
		return true;
	}
	if (!str_cut(resource, '/', &kind, &name) || last_part(name).n == 0)
		return false;
	if (str_eq(kind, S("user")))
		caller->type = CALLER_USER;
	else if (str_eq(kind, S("role")))
		caller->type = CALLER_ROLE;
	return caller->type != CALLER_ANONYMOUS;
}

static bool sts_caller(const struct arn *arn, struct caller *caller)
{
	str kind, name, session;

	if (!str_cut(arn->part[ARN_RESOURCE], '/', &kind, &name) || name.n == 0)
		return false;
	if (str_eq(kind, S("federated-user"))) {
		caller->type = CALLER_FEDERATED_USER;
		return true;
	}
	if (!str_eq(kind, S("assumed-role")) || !str_cut(name, '/', &name, &session))
		return false;
	caller->type = CALLER_SESSION;
	return name.n > 0 && session.n > 0 && str_find(session, S("/")) == SIZE_MAX;
}

/* Lower-case words with dots between: eks.amazonaws.com */
static bool is_service_name(str text)
{
	bool dot = false;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '.')
			dot = i > 0 && i + 1 < text.n;
		else if (!ascii_alnum(text.p[i]) && text.p[i] != '-')
			return false;
	}
	return dot;
}

bool caller_parse(str text, struct caller *caller)
{
	struct arn arn;

	*caller = (struct caller){ .arn = text };
	if (str_eq(text, S("anonymous"))) {
		caller->arn = (str){ 0 };
		return true;
	}
	if (is_service_name(text)) {
		caller->type = CALLER_SERVICE;
		return true;
	}
	if (!arn_parse(text, &arn) || !is_account_id(arn.part[ARN_ACCOUNT]) ||
		arn.part[ARN_REGION].n)
		return false;
	caller->account = arn.part[ARN_ACCOUNT];
	if (str_eq(arn.part[ARN_SERVICE], S("iam")))
		return iam_caller(&arn, caller);
	return str_eq(arn.part[ARN_SERVICE], S("sts")) && sts_caller(&arn, caller);
}

/* ---- what a caller is called */

static bool in_account(const struct caller *caller)
{
	return caller->account.n > 0;
}

/* The name of the role behind a session. */
static str session_role_name(const struct caller *caller)
{
	struct arn arn;
	str kind, name, session;

	if (!arn_parse(caller->arn, &arn) || !str_cut(arn.part[ARN_RESOURCE], '/', &kind, &name) ||
		!str_cut(name, '/', &name, &session))
		return (str){ 0 };
	return name;
}

bool is_service_linked(const struct caller *caller)
{
	str role = caller->type == CALLER_ROLE ? caller->arn : caller->role_arn;

	return str_find(role, S(":role/aws-service-role/")) != SIZE_MAX;
}

/* ---- matching */

static bool is_role_of_session(str principal, const struct caller *caller)
{
	struct arn role, session;
	str kind, path;

	if (caller->type != CALLER_SESSION)
		return false;
	if (caller->role_arn.n)
		return str_eq(principal, caller->role_arn);
	if (!arn_parse(principal, &role) || !arn_parse(caller->arn, &session))
		return false;
	return str_eq(role.part[ARN_SERVICE], S("iam")) && role.part[ARN_REGION].n == 0 &&
	       str_eq(role.part[ARN_PARTITION], session.part[ARN_PARTITION]) &&
	       str_eq(role.part[ARN_ACCOUNT], session.part[ARN_ACCOUNT]) &&
	       str_cut(role.part[ARN_RESOURCE], '/', &kind, &path) && str_eq(kind, S("role")) &&
	       str_eq(last_part(path), session_role_name(caller));
}

/* An account: its twelve digits, or its root ARN, which means all of the account [S-71]. */
static bool is_account_of(str principal, const struct caller *caller)
{
	struct arn arn, own;

	if (!in_account(caller))
		return false;
	if (is_account_id(principal))
		return str_eq(principal, caller->account);
	return arn_parse(principal, &arn) && arn_parse(caller->arn, &own) &&
	       str_eq(arn.part[ARN_SERVICE], S("iam")) && arn.part[ARN_REGION].n == 0 &&
	       str_eq(arn.part[ARN_RESOURCE], S("root")) &&
	       str_eq(arn.part[ARN_PARTITION], own.part[ARN_PARTITION]) &&
	       str_eq(arn.part[ARN_ACCOUNT], caller->account);
}

/* A unique id instead of an ARN, as AWS stores them: "AROA...", of which a session adds ":NAME" [S-80]. */
static enum principal_match match_unique_id(str principal, const struct caller *caller)
{
	str id = caller->unique_id, session;

	if (id.n == 0 || (!str_starts(principal, S("AROA")) && !str_starts(principal, S("AIDA"))))
		return MATCH_NO;
	if (str_eq(principal, id))
		return MATCH_DIRECT;
	if (str_cut(id, ':', &id, &session) && str_eq(principal, id))
		return caller->type == CALLER_SESSION ? MATCH_ROLE_OF_SESSION : MATCH_NO;
	return MATCH_NO;
}

/* No wildcards but the whole star, which is PRINCIPAL_ANY [S-70, S-73, S-74, S-75, S-76, S-85, S-118]. */
static enum principal_match match_aws(str principal, const struct caller *caller)
{
	if (caller->type == CALLER_ANONYMOUS || caller->type == CALLER_SERVICE ||
		has_wildcard(principal))
		return MATCH_NO;
	if (is_account_of(principal, caller))
		return MATCH_ACCOUNT;
	if (caller->arn.n && str_eq(principal, caller->arn))
		return MATCH_DIRECT;
	if (is_role_of_session(principal, caller))
		return MATCH_ROLE_OF_SESSION;
	if (caller->user_arn.n && str_eq(principal, caller->user_arn))
		return MATCH_ROLE_OF_SESSION; /* as far from direct as a role is [S-77] */
	return match_unique_id(principal, caller);
}

enum principal_match principal_matches(const struct principal *principal,
	const struct caller *caller)
{
	str text = principal->text;

	switch (principal->type) {
	case PRINCIPAL_NONE:
		return MATCH_NO;
	case PRINCIPAL_ANY:
		return MATCH_ANY;
	case PRINCIPAL_AWS:
		return match_aws(text, caller);
	case PRINCIPAL_SERVICE: /* [S-78] */
		return caller->type == CALLER_SERVICE && str_eq(text, caller->arn) ? MATCH_DIRECT
										   : MATCH_NO;
	case PRINCIPAL_FEDERATED: /* [S-79, S-112] */
		return caller->federated.n && str_eq(text, caller->federated) ? MATCH_DIRECT
									      : MATCH_NO;
	case PRINCIPAL_CANONICAL_USER: /* S3's name for an account */
		if (!caller->canonical_user.n || !str_eq(text, caller->canonical_user))
			return MATCH_NO;
		return in_account(caller) ? MATCH_ACCOUNT : MATCH_DIRECT;
	}
	return MATCH_NO;
}

/* ---- the keys that follow from the caller */

struct derived {
	struct arena *arena;
	struct context_key *keys;
	size_t n;
	const struct request *request;
};

static void derive(struct derived *d, str key, str value)
{
	str *values;

	if (value.n == 0 || context_find(d->request, key))
		return;
	values = NEW(d->arena, str);
	*values = value;
	d->keys[d->n++] = (struct context_key){ .key = key, .values = values, .n = 1 };
}

/* The role's ARN, not the session's [S-86]. */
static str principal_arn(struct arena *arena, const struct caller *caller)
{
	struct arn arn;

	if (caller->type != CALLER_SESSION)
		return caller->arn;
	if (caller->role_arn.n || !arn_parse(caller->arn, &arn))
		return caller->role_arn;
	return arena_printf(arena, "arn:%.*s:iam::%.*s:role/%.*s", STR(arn.part[ARN_PARTITION]),
		STR(caller->account), STR(session_role_name(caller)));
}

static str user_name(const struct caller *caller)
{
	struct arn arn;

	if (caller->type != CALLER_USER || !arn_parse(caller->arn, &arn))
		return (str){ 0 };
	return last_part(arn.part[ARN_RESOURCE]);
}

void context_derive(struct arena *arena, struct request *request)
{
	static const str types[] = { [CALLER_ANONYMOUS] = SC("Anonymous"),
		[CALLER_ROOT] = SC("Account"),
		[CALLER_USER] = SC("User"),
		[CALLER_ROLE] = SC("AssumedRole"),
		[CALLER_SESSION] = SC("AssumedRole"),
		[CALLER_FEDERATED_USER] = SC("FederatedUser"),
		[CALLER_SERVICE] = SC(""),
		[CALLER_FEDERATED] = SC("") };
	const struct caller *caller = &request->caller;
	struct derived d = { .arena = arena, .request = request };
	bool service = caller->type == CALLER_SERVICE;

	d.keys = NEWS(arena, struct context_key, request->ncontext + 8);
	for (; d.n < request->ncontext; d.n++)
		d.keys[d.n] = request->context[d.n];
	derive(&d, S("aws:PrincipalType"), types[caller->type]);
	if (in_account(caller)) {
		derive(&d, S("aws:PrincipalArn"), principal_arn(arena, caller));
		derive(&d, S("aws:PrincipalAccount"), caller->account);
		derive(&d, S("aws:userid"),
			caller->type == CALLER_ROOT ? caller->account : caller->unique_id);
		derive(&d, S("aws:username"), user_name(caller));
	}
	if (in_account(caller) || service)
		derive(&d, S("aws:PrincipalIsAWSService"), service ? S("true") : S("false"));
	if (service)
		derive(&d, S("aws:PrincipalServiceName"), caller->arn);
	request->context = d.keys;
	request->ncontext = d.n;
}
