/*
 * sts.c -- becoming a role, and being told who one is.
 *
 * AssumeRole is decided once for each thing that it does (sts:AssumeRole, and sts:TagSession,
 * sts:SetSourceIdentity or sts:SetContext where tags, a source identity or contexts come along),
 * each time by the role's trust policy in its account together with the caller's policies in his
 * [S-105, S-106, S-107, S-108, S-113, S-117]. The trust policy must speak: an identity policy alone
 * never makes anybody a role.
 *
 * Every denial has the same text, whether the role is unknown, or did not trust, or the caller's
 * own policies did not allow: nobody learns by asking which roles exist.
 *
 * Contexts are assertions of IAM Identity Center, which STS itself has signed and encrypted. There
 * is no Identity Center here, so that no assertion is one: who may set a context hears that.
 */
#include "account/sts.h"

enum { CHAINED_MAX_S = 3600, CONTEXTS_MAX = 5 };

#define IDENTITY_CENTER "arn:aws:iam::aws:contextProvider/IdentityCenter"

/* ---- parameters. */

static bool is_in(const struct words *list, str text)
{
	for (size_t i = 0; i < list->n; i++)
		if (str_eq_nocase(list->item[i].text, text))
			return true;
	return false;
}

bool sts_has_tag(const struct json *tags, str key)
{
	JSON_EACH(tag, tags)
	{
		if (str_eq_nocase(tag->name, key))
			return true;
	}
	return false;
}

/* A transitive tag of the calling session goes along, and cannot be given anew. */
static bool inherit_tags(struct call *call, struct wanted *wanted)
{
	const struct session *from = &call->identity.session;
	struct words all = { .item = NEWS(call->arena, struct word,
				     wanted->transitive.n + from->transitive_keys.n) };

	for (size_t i = 0; i < wanted->transitive.n; i++) {
		if (!sts_has_tag(wanted->tags, wanted->transitive.item[i].text))
			return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
				"The specified transitive tag key must be included in the "
				"requested tags.");
		all.item[all.n++] = wanted->transitive.item[i];
	}
	JSON_EACH(tag, from->tags)
	{
		if (!is_in(&from->transitive_keys, tag->name))
			continue;
		if (sts_has_tag(wanted->tags, tag->name))
			return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
				"One of the specified transitive tag keys can't be set because it "
				"conflicts with a transitive tag key from the calling session.");
		if (!wanted->tags)
			wanted->tags = json_new(call->arena, JSON_OBJECT);
		json_put_str(call->arena, wanted->tags, tag->name, tag->text);
		all.item[all.n++].text = tag->name;
	}
	wanted->transitive = all;
	return true;
}

static bool read_arn(struct call *call, struct wanted *wanted)
{
	str path;

	if (!need_text(call, S("RoleArn"), &wanted->arn))
		return false;
	if (!arn_parse(wanted->arn, &wanted->parts) ||
		!str_eq(wanted->parts.part[ARN_SERVICE], S("iam")) ||
		!is_account_id(wanted->parts.part[ARN_ACCOUNT]) ||
		!str_cut(wanted->parts.part[ARN_RESOURCE], '/', &path, &path))
		return refuse(call, FAULT_VALIDATION, "%.*s is invalid", STR(wanted->arn));
	wanted->role = find_role_by_arn(call->account, wanted->arn);
	return true;
}

bool sts_read_role(struct call *call, struct wanted *wanted)
{
	*wanted = (struct wanted){ .duration_s = 3600 };
	return read_arn(call, wanted) && need_text(call, S("RoleSessionName"), &wanted->name) &&
	       get_number(call, S("DurationSeconds"), 900, 43200, &wanted->duration_s) &&
	       sts_read_policies(call, wanted);
}

/* There are no MFA devices here: whoever names one cannot have its code. */
static bool check_mfa(struct call *call)
{
	str serial, code;

	if (!get_text(call, S("SerialNumber"), &serial) || !get_text(call, S("TokenCode"), &code))
		return false;
	return (!serial.n && !code.n) ||
	       refuse(call, FAULT_ACCESS_DENIED,
		       "MultiFactorAuthentication failed, unable to validate MFA code. Please "
		       "verify your MFA serial number is valid and associated with this user.");
}

/* How many there are, and how long, has been looked at. */
static bool read_contexts(struct call *call, struct wanted *wanted)
{
	const struct json *list = json_get(call->input, S("ProvidedContexts"));

	if (!json_is(list, JSON_ARRAY))
		return true;
	wanted->providers.item = NEWS(call->arena, struct word, CONTEXTS_MAX);
	JSON_EACH(context, list)
	{
		str provider = json_str(context, S("ProviderArn"));

		if (!provider.n || !json_str(context, S("ContextAssertion")).n ||
			wanted->providers.n == CONTEXTS_MAX)
			return refuse(call, FAULT_VALIDATION,
				"ProvidedContexts have a ProviderArn and a ContextAssertion each.");
		if (!str_eq(provider, S(IDENTITY_CENTER)))
			return refuse(call, FAULT_VALIDATION, "%.*s is not a context provider.",
				STR(provider));
		wanted->providers.item[wanted->providers.n++].text = provider;
	}
	return true;
}

static bool read_wanted(struct call *call, struct wanted *wanted)
{
	return sts_read_role(call, wanted) && read_contexts(call, wanted) &&
	       get_text(call, S("ExternalId"), &wanted->external_id) &&
	       get_text(call, S("SourceIdentity"), &wanted->source_identity) &&
	       read_tags(call, json_get(call->input, S("Tags")), &wanted->tags) &&
	       get_list(call, S("TransitiveTagKeys"), LIMIT_TAGS, &wanted->transitive) &&
	       inherit_tags(call, wanted) && check_mfa(call);
}

/* ---- permission. */

static bool denied(struct call *call, const char *action, const struct wanted *wanted)
{
	return refuse(call, FAULT_ACCESS_DENIED,
		"User: %.*s is not authorized to perform: %s on resource: %.*s",
		STR(call->identity.caller.arn), action, STR(wanted->arn));
}

static void add_key(struct context_key *extra, size_t *n, str key, const str *values,
	size_t nvalues, bool multi)
{
	extra[*n] =
		(struct context_key){ .key = key, .values = values, .n = nvalues, .multi = multi };
	++*n;
}

size_t sts_extra_keys(struct call *call, const struct wanted *wanted, struct context_key *extra,
	size_t n)
{
	const struct {
		str key;
		const str *value;
	} singles[] = {
		{ S("sts:ExternalId"), &wanted->external_id },
		{ S("sts:RoleSessionName"), &wanted->name },
		{ S("sts:SourceIdentity"), &wanted->source_identity },
	};
	str *keys = NEWS(call->arena, str, wanted->transitive.n);

	for (size_t i = 0; i < COUNT(singles); i++)
		if (singles[i].value->n)
			add_key(extra, &n, singles[i].key, singles[i].value, 1, false);
	for (size_t i = 0; i < wanted->transitive.n; i++)
		keys[i] = wanted->transitive.item[i].text;
	if (wanted->transitive.n)
		add_key(extra, &n, S("sts:TransitiveTagKeys"), keys, wanted->transitive.n, true);
	return n;
}

bool sts_trusted(struct call *call, const char *action, const struct wanted *wanted,
	const struct context_key *extra, size_t nextra)
{
	struct target target = { .action = str_of(action),
		.resource = wanted->arn,
		.resource_account = wanted->parts.part[ARN_ACCOUNT],
		.request_tags = wanted->tags,
		.resource_tags = json_get(wanted->role->value, S("Tags")),
		.resource_policy = trust_program(call->arena, call->account, wanted->role),
		.extra = extra,
		.nextra = nextra };
	struct decision decision = ask(call, &target);

	event_decision(call, &target, &decision);
	if (decision.effect == ALLOW && decision.layers[LAYER_RESOURCE].effect == ALLOW) {
		call->authorized = true;
		return true;
	}
	note_denial(call, &target, &decision);
	return false;
}

static bool may(struct call *call, const char *action, const struct wanted *wanted)
{
	struct context_key extra[STS_EXTRA_KEYS];

	if (wanted->role &&
		sts_trusted(call, action, wanted, extra, sts_extra_keys(call, wanted, extra, 0)))
		return true;
	return denied(call, action, wanted);
}

/* What is in an assertion (sts:RequestContext/KEY) nobody knows who cannot read it. */
static bool may_set_context(struct call *call, const struct wanted *wanted)
{
	struct context_key extra[STS_EXTRA_KEYS + 1];
	str *providers = NEWS(call->arena, str, wanted->providers.n);
	size_t n = sts_extra_keys(call, wanted, extra, 0);

	for (size_t i = 0; i < wanted->providers.n; i++)
		providers[i] = wanted->providers.item[i].text;
	add_key(extra, &n, S("sts:RequestContextProviders"), providers, wanted->providers.n, true);
	return (wanted->role && sts_trusted(call, "sts:SetContext", wanted, extra, n)) ||
	       denied(call, "sts:SetContext", wanted);
}

/* Once set, a source identity stays through all the roles that a session goes on to. */
static bool keep_source_identity(struct call *call, struct wanted *wanted)
{
	str before = call->identity.session.source_identity;

	if (before.n && wanted->source_identity.n && !str_eq(before, wanted->source_identity))
		return denied(call, "sts:SetSourceIdentity", wanted);
	if (before.n)
		wanted->source_identity = before;
	return true;
}

static bool allow_assume(struct call *call, struct wanted *wanted)
{
	if (call->identity.caller.type == CALLER_ROOT)
		return refuse(call, FAULT_ACCESS_DENIED,
			"Roles may not be assumed by root accounts.");
	if (call->identity.caller.type == CALLER_FEDERATED_USER)
		return denied(call, "sts:AssumeRole", wanted);
	return keep_source_identity(call, wanted) && may(call, "sts:AssumeRole", wanted) &&
	       (!wanted->tags || may(call, "sts:TagSession", wanted)) &&
	       (!wanted->source_identity.n || may(call, "sts:SetSourceIdentity", wanted)) &&
	       (!wanted->providers.n || may_set_context(call, wanted));
}

/* In the words of AssumeRole's errors. */
static bool check_contexts(struct call *call, const struct wanted *wanted)
{
	return !wanted->providers.n ||
	       refuse(call, FAULT_IDENTITY_TOKEN_EXPIRED,
		       "The web identity token that was passed is expired or is not valid.");
}

bool sts_check_duration(struct call *call, const struct wanted *wanted)
{
	uint64_t max = CHAINED_MAX_S;

	if (call->identity.caller.type == CALLER_SESSION &&
		wanted->duration_s > CHAINED_MAX_S) /* [S-114] */
		return refuse(call, FAULT_VALIDATION,
			"The requested DurationSeconds exceeds the 1 hour session limit for roles "
			"assumed by role chaining.");
	if (!str_u64(json_str(wanted->role->value, S("MaxSessionDuration")), 43200, &max))
		max = CHAINED_MAX_S;
	return wanted->duration_s <= max ||
	       refuse(call, FAULT_VALIDATION,
		       "The requested DurationSeconds exceeds the MaxSessionDuration set for this "
		       "role.");
}

/* ---- the session. */

void sts_tell_credentials(struct call *call, const struct session *session,
	const struct credentials *credentials)
{
	struct arena *arena = call->arena;
	struct json *keys = json_put(call->output, S("Credentials"), json_new(arena, JSON_OBJECT));

	json_put_str(arena, keys, S("AccessKeyId"), credentials->access_key_id);
	json_put_str(arena, keys, S("SecretAccessKey"), credentials->secret_access_key);
	json_put_str(arena, keys, S("SessionToken"), credentials->session_token);
	json_put_str(arena, keys, S("Expiration"), time_iso(arena, session->expires_s));
}

static void tell_role(struct call *call, const struct wanted *wanted, const struct session *session)
{
	struct arena *arena = call->arena;
	struct json *who =
		json_put(call->output, S("AssumedRoleUser"), json_new(arena, JSON_OBJECT));

	json_put_str(arena, who, S("AssumedRoleId"),
		JOIN(arena, session->role_id, S(":"), session->name));
	json_put_str(arena, who, S("Arn"),
		JOIN(arena, S("arn:aws:sts::"), session->account_id, S(":assumed-role/"),
			session->role_name, S("/"), session->name));
	if (sts_packed_percent(wanted))
		json_put_int(arena, call->output, S("PackedPolicySize"),
			sts_packed_percent(wanted));
	if (session->source_identity.n)
		json_put_str(arena, call->output, S("SourceIdentity"), session->source_identity);
}

void sts_begin_role(struct call *call, const struct wanted *wanted, const struct session *more)
{
	struct credentials credentials = { 0 };
	struct session session = *more;

	session.kind = SESSION_ROLE;
	session.account_id = wanted->parts.part[ARN_ACCOUNT];
	session.role_arn = json_str(wanted->role->value, S("Arn"));
	session.role_name = json_str(wanted->role->value, S("RoleName"));
	session.role_id = json_str(wanted->role->value, S("RoleId"));
	session.name = wanted->name;
	session.issued_s = call->now_s;
	session.expires_s = call->now_s + wanted->duration_s;
	session.policy = wanted->policy;
	session.policy_arns = wanted->policy_arns;
	session.tags = wanted->tags;
	session.transitive_keys = wanted->transitive;
	session.source_identity = wanted->source_identity;
	session_issue(call->arena, call->account, &session, &credentials);
	sts_tell_credentials(call, &session, &credentials);
	tell_role(call, wanted, &session);
}

bool sts_assume_role(struct call *call)
{
	struct wanted wanted;

	if (!read_wanted(call, &wanted) || !allow_assume(call, &wanted) ||
		!check_contexts(call, &wanted) || !sts_check_duration(call, &wanted) ||
		!sts_check_policies(call, &wanted, wanted.parts.part[ARN_ACCOUNT]))
		return false;
	sts_begin_role(call, &wanted, &(struct session){ 0 });
	return true;
}
