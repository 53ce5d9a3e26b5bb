/*
 * sts_web.c -- AssumeRoleWithWebIdentity: the one call that nobody signs.
 *
 * The caller is whom a provider vouches for. The provider must be registered in the role's
 * account and list the token's audience; the role's trust policy must name the provider and hold
 * on the token's claims (HOST:aud, HOST:sub) [S-112]. No identity policy has a say.
 *
 * Tags and a source identity come in the token, from the provider, in the claims
 * https://aws.amazon.com/tags and https://aws.amazon.com/source_identity; the trust policy must
 * allow sts:TagSession and sts:SetSourceIdentity for them [S-113].
 */
#include "account/sts.h"

enum { CLAIM_KEYS = 5 };

static bool not_authorized(struct call *call, const char *action)
{
	return refuse(call, FAULT_ACCESS_DENIED, "Not authorized to perform %s", action);
}

/* ---- the provider, in the role's account. */

static const struct record *find_provider(struct call *call, const struct wanted *wanted,
	str issuer)
{
	str host = str_from(issuer, sizeof("https://") - 1);

	if (str_ends(host, S("/")))
		host.n--;
	return record_get(call->account, arena_printf(call->arena, "/%.*s/iam/oidc/%.*s",
						 STR(wanted->parts.part[ARN_ACCOUNT]), STR(host)));
}

static bool need_provider(struct call *call, const struct wanted *wanted, str issuer,
	const struct record **provider)
{
	*provider = find_provider(call, wanted, issuer);
	return *provider || refuse(call, FAULT_IDENTITY_TOKEN,
				    "No OpenIDConnect provider found in your account for %.*s",
				    STR(str_head(issuer, 255)));
}

static bool check_audience(struct call *call, const struct record *provider, str audience)
{
	JSON_EACH(id, json_get(provider->value, S("ClientIDList")))
	{
		if (str_eq(id->text, audience))
			return true;
	}
	return refuse(call, FAULT_IDENTITY_TOKEN, "Incorrect token audience");
}

/* ---- what the provider says of the session. */

#define TAGS "https://aws.amazon.com/tags"

static void add_claimed_tag(struct call *call, struct json *tags, str name,
	const struct json *value)
{
	bool list = json_is(value, JSON_ARRAY) && value->count == 1;

	json_put_str(call->arena, tags, name, list ? value->first->text : value->text);
}

/* {"TAGS": {"principal_tags": {"a": ["b"]}}} or, for providers that cannot nest claims,
 * {"TAGS/principal_tags/a": ["b"]}. */
static struct json *claimed_tags(struct call *call, const struct json *claims)
{
	static const str head = SC(TAGS "/principal_tags/");
	struct json *tags = json_new(call->arena, JSON_OBJECT);

	JSON_EACH(tag, json_get(json_get(claims, S(TAGS)), S("principal_tags")))
	add_claimed_tag(call, tags, tag->name, tag);
	JSON_EACH(claim, claims)
	{
		if (str_starts(claim->name, head))
			add_claimed_tag(call, tags, str_from(claim->name, head.n), claim);
	}
	return tags;
}

static bool read_claimed_tags(struct call *call, const struct json *claims, struct wanted *wanted)
{
	const struct json *keys = json_get(json_get(claims, S(TAGS)), S("transitive_tag_keys"));

	if (!keys)
		keys = json_get(claims, S(TAGS "/transitive_tag_keys"));
	if (!read_tags(call, claimed_tags(call, claims), &wanted->tags))
		return false;
	wanted->transitive.item = NEWS(call->arena, struct word, keys ? keys->count : 0);
	JSON_EACH(key, keys)
	{
		if (!sts_has_tag(wanted->tags, key->text))
			return refuse(call, FAULT_INVALID_PARAMETER_VALUE,
				"The specified transitive tag key must be included in the "
				"requested tags.");
		wanted->transitive.item[wanted->transitive.n++].text = key->text;
	}
	return true;
}

static bool read_claims(struct call *call, const struct json *claims, struct wanted *wanted)
{
	wanted->source_identity = json_str(claims, S("https://aws.amazon.com/source_identity"));
	return read_claimed_tags(call, claims, wanted) &&
	       (!wanted->source_identity.n ||
		       check_text(call, SHAPE_STS_SOURCE_IDENTITY, S("SourceIdentity"),
			       wanted->source_identity));
}

/* ---- permission. */

static void add_claim(struct call *call, const struct web_identity *who, const char *name,
	const str *values, size_t nvalues, struct context_key *extra, size_t *n)
{
	if (!nvalues || !values->n)
		return;
	extra[*n] = (struct context_key){ .key = arena_printf(call->arena, "%.*s:%s",
						  STR(who->host), name),
		.values = values,
		.n = nvalues };
	++*n;
}

static size_t claim_keys(struct call *call, const struct web_identity *who,
	struct context_key extra[CLAIM_KEYS])
{
	str *methods = NEWS(call->arena, str, who->methods.n);
	size_t n = 0;

	for (size_t i = 0; i < who->methods.n; i++)
		methods[i] = who->methods.item[i].text;
	add_claim(call, who, "amr", methods, who->methods.n, extra, &n);
	if (n)
		extra[0].multi = true;
	add_claim(call, who, "aud", &who->audience, 1, extra, &n);
	add_claim(call, who, "oaud", &who->original_audience, 1, extra, &n);
	add_claim(call, who, "sub", &who->subject, 1, extra, &n);
	return n;
}

static bool may(struct call *call, const char *action, const struct wanted *wanted,
	const struct web_identity *who)
{
	struct context_key extra[CLAIM_KEYS + STS_EXTRA_KEYS];

	if (!wanted->role)
		return not_authorized(call, "sts:AssumeRoleWithWebIdentity");
	if (sts_trusted(call, action, wanted, extra,
		    sts_extra_keys(call, wanted, extra, claim_keys(call, who, extra))))
		return true;
	return not_authorized(call, action);
}

static bool allow_assume(struct call *call, const struct wanted *wanted,
	const struct web_identity *who)
{
	return may(call, "sts:AssumeRoleWithWebIdentity", wanted, who) &&
	       (!wanted->tags || may(call, "sts:TagSession", wanted, who)) &&
	       (!wanted->source_identity.n || may(call, "sts:SetSourceIdentity", wanted, who));
}

/* ---- the call. */

static void become_federated(struct call *call, const struct wanted *wanted,
	const struct web_identity *who, const struct session *session)
{
	call->account_id = wanted->parts.part[ARN_ACCOUNT];
	call->identity = (struct identity){
		.caller = { .type = CALLER_FEDERATED, .federated = session->provider },
		.user_id = arena_printf(call->arena, "%.*s:%.*s:%.*s", STR(session->provider),
			STR(who->audience), STR(who->subject)),
		.session = *session,
	};
}

static void tell(struct call *call, const struct web_identity *who)
{
	json_put_str(call->arena, call->output, S("SubjectFromWebIdentityToken"), who->subject);
	json_put_str(call->arena, call->output, S("Audience"), who->audience);
	json_put_str(call->arena, call->output, S("Provider"), who->issuer);
}

bool sts_assume_role_with_web_identity(struct call *call)
{
	static const str others[] = { SC("ProviderId") }; /* of OAuth 2.0: Facebook's, Amazon's */
	const struct record *provider;
	struct web_identity who;
	struct wanted wanted;
	struct session session = { 0 };
	str token, issuer;

	if (!sts_read_role(call, &wanted) || !need_text(call, S("WebIdentityToken"), &token) ||
		!lacks(call, others, COUNT(others)))
		return false;
	issuer = oidc_claimed_issuer(call, token);
	if ((issuer.n && !need_provider(call, &wanted, issuer, &provider)) ||
		!oidc_verify(call, token, &who) ||
		!need_provider(call, &wanted, who.issuer, &provider) ||
		!check_audience(call, provider, who.audience) ||
		!read_claims(call, who.claims, &wanted))
		return false;
	session.provider = json_str(provider->value, S("Arn"));
	session.issuer = who.host;
	session.sub = who.subject;
	become_federated(call, &wanted, &who, &session);
	if (!allow_assume(call, &wanted, &who) || !sts_check_duration(call, &wanted) ||
		!sts_check_policies(call, &wanted, call->account_id))
		return false;
	tell(call, &who);
	sts_begin_role(call, &wanted, &session);
	return true;
}
