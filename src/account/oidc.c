/*
 * oidc.c -- web identities: JSON Web Tokens, and the keys of those who sign them.
 *
 * A token is three parts in base64url with dots between: a header that names the algorithm and
 * the key, the claims, and the signature over the first two (RFC 7515, RFC 7519). The keys are
 * the provider's key set (RFC 7517), given when the accounts are served; nothing is fetched
 * because a token says so. RS256 and ES256 are taken, and the key's type must be the algorithm's:
 * a header cannot talk anybody into another check.
 *
 * Sources: IAM User Guide, "OIDC federation"; STS API Reference, AssumeRoleWithWebIdentity.
 */
#include "account/sts.h"

enum { CLOCK_SKEW_S = 300, AUDIENCES_MAX = 100 };

enum jwk_type { KEY_RSA, KEY_P256 };

struct web_key {
	str id;
	enum jwk_type type;
	str a, b; /* modulus and exponent, or x and y */
};

struct issuer { /* in the account's arena */
	str url;
	struct web_key *keys;
	size_t n;
	const struct issuer *next;
};

/* ---- key sets. */

static bool is_for_signing(const struct json *jwk, str algorithm)
{
	str use = json_str(jwk, S("use")), alg = json_str(jwk, S("alg"));

	return (!use.n || str_eq(use, S("sig"))) && (!alg.n || str_eq(alg, algorithm));
}

static bool read_key(struct arena *arena, const struct json *jwk, struct web_key *key)
{
	str type = json_str(jwk, S("kty"));
	bool rsa = str_eq(type, S("RSA"));
	bool ec = str_eq(type, S("EC")) && str_eq(json_str(jwk, S("crv")), S("P-256"));

	*key = (struct web_key){ .id = arena_copy(arena, json_str(jwk, S("kid"))),
		.type = rsa ? KEY_RSA : KEY_P256 };
	return (rsa || ec) && is_for_signing(jwk, rsa ? S("RS256") : S("ES256")) &&
	       base64url_read(arena, json_str(jwk, rsa ? S("n") : S("x")), &key->a) &&
	       base64url_read(arena, json_str(jwk, rsa ? S("e") : S("y")), &key->b) && key->a.n &&
	       key->b.n;
}

static bool is_issuer_url(str url)
{
	return str_starts(url, S("https://")) && url.n > 8 && url.n <= 255 &&
	       str_find(url, S("?")) == SIZE_MAX && str_find(url, S("#")) == SIZE_MAX;
}

static bool read_keys(struct account *account, str jwks, struct issuer *issuer, struct err *err)
{
	struct arena scratch = { 0 };
	struct json *root = NULL, *list;
	bool good = json_parse(&scratch, jwks, LIMIT_JWKS_BYTES, &root, err);

	list = json_get(root, S("keys"));
	if (good && !json_is(list, JSON_ARRAY))
		good = fail(err, ERR_SYNTAX, root->at,
			"a key set is an object with an array \"keys\" (RFC 7517)");
	if (good && list->count > LIMIT_JWKS_KEYS)
		good = fail(err, ERR_LIMIT, list->at, "more than %d keys", LIMIT_JWKS_KEYS);
	if (good)
		issuer->keys = NEWS(&account->arena, struct web_key, list->count);
	JSON_EACH(jwk, good ? list : NULL)
	{
		if (read_key(&account->arena, jwk, &issuer->keys[issuer->n]))
			issuer->n++;
	}
	if (good && !issuer->n)
		good = fail(err, ERR_SYNTAX, list->at,
			"no key in it signs with RS256 or ES256 (kty RSA, or EC with crv P-256)");
	arena_free(&scratch);
	return good;
}

bool account_trust_issuer(struct account *account, str url, str jwks, struct err *err)
{
	struct issuer *issuer = NEW(&account->arena, struct issuer);

	if (!is_issuer_url(url))
		return fail(err, ERR_USAGE, 0, "\"%.*s\" is not an issuer: https://HOST/PATH",
			STR(str_head(url, 100)));
	issuer->url = arena_copy(&account->arena, url);
	issuer->next = account->issuers;
	if (!read_keys(account, jwks, issuer, err))
		return false;
	account->issuers = issuer;
	return true;
}

/* ---- tokens. */

struct token {
	str signed_text, signature;
	const struct json *header, *claims;
};

static bool refuse_token(struct call *call, const char *why)
{
	return refuse(call, FAULT_IDENTITY_TOKEN, "%s", why);
}

static bool read_part(struct call *call, str text, const struct json **part)
{
	struct json *root;
	struct err err;
	str bytes;

	if (!base64url_read(call->arena, text, &bytes) ||
		!json_parse(call->arena, bytes, LIMIT_JSON_BYTES, &root, &err) ||
		root->type != JSON_OBJECT)
		return false;
	*part = root;
	return true;
}

static bool read_token(struct call *call, str text, struct token *token)
{
	str header, rest, claims, signature;

	if (!str_cut(text, '.', &header, &rest) || !str_cut(rest, '.', &claims, &signature) ||
		!read_part(call, header, &token->header) ||
		!read_part(call, claims, &token->claims) ||
		!base64url_read(call->arena, signature, &token->signature))
		return false;
	token->signed_text = str_head(text, header.n + 1 + claims.n);
	return true;
}

static str claim(const struct json *claims, const char *name)
{
	const struct json *value = json_get(claims, str_of(name));

	return json_is(value, JSON_STRING) ? value->text : (str){ 0 };
}

str oidc_claimed_issuer(struct call *call, str token)
{
	struct token parts;

	return read_token(call, token, &parts) ? claim(parts.claims, "iss") : (str){ 0 };
}

/* ---- the signature. */

static bool fits(const struct web_key *key, enum jwk_type type, str id)
{
	return key->type == type && (!id.n || str_eq(key->id, id));
}

static bool signs(const struct web_key *key, const struct token *token)
{
	switch (key->type) {
	case KEY_RSA:
		return rs256_verify(key->a, key->b, token->signed_text, token->signature);
	case KEY_P256:
		return es256_verify(key->a, key->b, token->signed_text, token->signature);
	}
	return false;
}

/* An issuer may have been given several times. */
static bool check_signature(struct call *call, str issuer, const struct token *token)
{
	str algorithm = claim(token->header, "alg"), id = claim(token->header, "kid");
	enum jwk_type type = str_eq(algorithm, S("RS256")) ? KEY_RSA : KEY_P256;
	bool found = false;

	if (!str_eq(algorithm, S("RS256")) && !str_eq(algorithm, S("ES256")))
		return refuse_token(call,
			"The ID Token is signed with an algorithm that is not supported: only "
			"RS256 and ES256 are.");
	if (json_get(token->header, S("crit")))
		return refuse_token(call, "The ID Token has critical headers that are not known.");
	for (const struct issuer *i = call->account->issuers; i; i = i->next)
		for (size_t k = 0; str_eq(i->url, issuer) && k < i->n; k++) {
			if (!fits(&i->keys[k], type, id))
				continue;
			found = true;
			if (signs(&i->keys[k], token))
				return true;
		}
	if (!found)
		return refuse_token(call,
			"Couldn't retrieve verification key from your identity provider, please "
			"reference AssumeRoleWithWebIdentity documentation for requirements");
	return refuse_token(call, "The ID Token's signature is not valid.");
}

/* ---- the claims. */

/* A NumericDate: seconds, of which a fraction is cut off. */
static bool time_claim(const struct json *claims, const char *name, bool needed, int64_t *value)
{
	const struct json *given = json_get(claims, str_of(name));
	str whole, fraction;
	uint64_t number;

	if (!given)
		return !needed;
	whole = given->text;
	str_cut(given->text, '.', &whole, &fraction);
	if (given->type != JSON_NUMBER || !str_u64(whole, UINT32_MAX, &number))
		return false;
	*value = (int64_t)number;
	return true;
}

static bool check_times(struct call *call, const struct json *claims)
{
	int64_t expires = 0, issued = 0, from = 0;

	if (!time_claim(claims, "exp", true, &expires) ||
		!time_claim(claims, "iat", true, &issued) ||
		!time_claim(claims, "nbf", false, &from))
		return refuse_token(call, "Missing a required claim: exp and iat are needed.");
	if (call->now_s >= expires)
		return refuse(call, FAULT_IDENTITY_TOKEN_EXPIRED,
			"Token expired: current date/time %lld must be before the expiration "
			"date/time %lld",
			(long long)call->now_s, (long long)expires);
	if (issued > call->now_s + CLOCK_SKEW_S || from > call->now_s + CLOCK_SKEW_S)
		return refuse_token(call, "The ID Token is not valid yet.");
	return true;
}

static void read_methods(struct call *call, const struct json *claims, struct words *methods)
{
	const struct json *list = json_get(claims, S("amr"));

	if (!json_is(list, JSON_ARRAY))
		return;
	methods->item = NEWS(call->arena, struct word, list->count);
	JSON_EACH(item, list)
	{
		if (item->type == JSON_STRING)
			methods->item[methods->n++].text = item->text;
	}
}

/* Where the token names an authorised party, that is the audience that counts; several audiences
 * need one. */
static bool read_audience(struct call *call, const struct json *claims, struct web_identity *who)
{
	const struct json *given = json_get(claims, S("aud"));
	str party = claim(claims, "azp"), first = { 0 };

	if (json_is(given, JSON_STRING))
		first = given->text;
	else if (json_is(given, JSON_ARRAY) && json_is(given->first, JSON_STRING) &&
		 (given->count == 1 || party.n))
		first = given->first->text;
	if (!first.n)
		return refuse_token(call, "Missing a required claim: aud");
	who->audience = party.n ? party : first;
	if (party.n && !str_eq(party, first))
		who->original_audience = first;
	return true;
}

bool oidc_verify(struct call *call, str text, struct web_identity *who)
{
	struct token token;

	*who = (struct web_identity){ 0 };
	if (!read_token(call, text, &token))
		return refuse_token(call,
			"The ID Token provided is not a valid JWT. (You may see this error if you "
			"sent an Access Token)");
	who->claims = token.claims;
	who->issuer = claim(token.claims, "iss");
	who->subject = claim(token.claims, "sub");
	if (!is_issuer_url(who->issuer))
		return refuse_token(call, "Missing a required claim: iss");
	if (!who->subject.n || who->subject.n > 255)
		return refuse_token(call, "Missing a required claim: sub");
	who->host = str_from(who->issuer, 8);
	read_methods(call, token.claims, &who->methods);
	return read_audience(call, token.claims, who) &&
	       check_signature(call, who->issuer, &token) && check_times(call, token.claims);
}
