/*
 * sts_web.c -- AssumeRoleWithWebIdentity: tokens signed here with OpenSSL, read by Deputy's own
 * code, under a provider's keys as RFC 7517 writes them.
 *
 * Codes and sentences are AWS's where they are known (STS API Reference, AssumeRoleWithWebIdentity,
 * "Errors"; re:Post, "InvalidIdentityToken"); rules are those of RFC 7515, 7518 and 7519.
 */
#include "account.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#define ISSUER   "https://oidc.example.com/id/ABC"
#define HOST     "oidc.example.com/id/ABC"
#define PROVIDER "arn:aws:iam::" CUSTOMER ":oidc-provider/" HOST
#define ROLE     "arn:aws:iam::" CUSTOMER ":role/web"
#define SUB      "system:serviceaccount:milvus:loader"

static EVP_PKEY *rsa, *ec, *other_rsa;

/* ---- keys and tokens. */

static str base64url(str bytes)
{
	str text = base64_write(&arena, bytes);
	char *p = NEWS(&arena, char, text.n + 1);

	while (text.n && text.p[text.n - 1] == '=')
		text.n--;
	for (size_t i = 0; i < text.n; i++) {
		p[i] = text.p[i];
		if (p[i] == '+')
			p[i] = '-';
		if (p[i] == '/')
			p[i] = '_';
	}
	return (str){ p, text.n };
}

static str number_of(EVP_PKEY *key, const char *name)
{
	unsigned char *bytes = NEWS(&arena, unsigned char, 1024);
	BIGNUM *n = NULL;
	int length = 0;

	if (EVP_PKEY_get_bn_param(key, name, &n) == 1)
		length = str_eq(str_of(name), S("n")) || str_eq(str_of(name), S("e"))
				 ? BN_bn2bin(n, bytes)
				 : BN_bn2binpad(n, bytes, 32);
	BN_free(n);
	return base64url((str){ (char *)bytes, (size_t)length });
}

static const char *key_set(void)
{
	return json_of("{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"r1\",\"use\":\"sig\",\"alg\":"
		       "\"RS256\",\"n\":\"%.*s\",\"e\":\"%.*s\"},{\"kty\":\"EC\",\"kid\":\"e1\","
		       "\"crv\":\"P-256\",\"x\":\"%.*s\",\"y\":\"%.*s\"},{\"kty\":\"oct\","
		       "\"kid\":\"h1\",\"k\":\"c2VjcmV0\"}]}",
		STR(number_of(rsa, "n")), STR(number_of(rsa, "e")), STR(number_of(ec, "qx")),
		STR(number_of(ec, "qy")));
}

static str sign_with(EVP_PKEY *key, str text)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	unsigned char *out = NEWS(&arena, unsigned char, 1024);
	size_t n = 1024;

	if (EVP_DigestSignInit(c, NULL, EVP_sha256(), NULL, key) != 1 ||
		EVP_DigestSign(c, out, &n, (const unsigned char *)text.p, text.n) != 1)
		abort();
	EVP_MD_CTX_free(c);
	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC) { /* DER -> r and s, 32 bytes each */
		const unsigned char *der = out;
		ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)n);
		unsigned char *raw = NEWS(&arena, unsigned char, 64);

		BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw, 32);
		BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw + 32, 32);
		ECDSA_SIG_free(pair);
		return (str){ (char *)raw, 64 };
	}
	return (str){ (char *)out, n };
}

static str token_of(EVP_PKEY *key, const char *header, const char *claims)
{
	str text = arena_printf(&arena, "%.*s.%.*s", STR(base64url(str_of(header))),
		STR(base64url(str_of(claims))));

	return arena_printf(&arena, "%.*s.%.*s", STR(text), STR(base64url(sign_with(key, text))));
}

#define RS256 "{\"alg\":\"RS256\",\"kid\":\"r1\",\"typ\":\"JWT\"}"
#define ES256 "{\"alg\":\"ES256\",\"kid\":\"e1\",\"typ\":\"JWT\"}"

/* `more` is added to the claims; a claim given there takes the place of the usual one. */
static const char *claims_with(const char *more)
{
	struct json *claims, *given;
	struct buf out = { .arena = &arena };
	struct err err;
	long long now = now_s();

	if (!json_parse(&arena,
		    str_of(json_of("{\"iss\":\"" ISSUER "\",\"aud\":\"sts.amazonaws.com\","
				   "\"sub\":\"" SUB "\",\"iat\":%lld,\"exp\":%lld}",
			    now, now + 600)),
		    LIMIT_JSON_BYTES, &claims, &err) ||
		!json_parse(&arena, arena_copy(&arena, str_of(more)), LIMIT_JSON_BYTES, &given,
			&err))
		abort();
	JSON_EACH(member, given)
	{
		if (member->type == JSON_NULL)
			json_remove(claims, member->name);
		else
			json_put(claims, member->name, json_clone(&arena, member));
	}
	json_write(&out, claims);
	buf_char(&out, '\0');
	return out.p;
}

static struct reply assume_web(const char *role, str token, const char *more)
{
	return call(NULL, "sts", "AssumeRoleWithWebIdentity",
		json_of("{\"RoleArn\":\"%s\",\"RoleSessionName\":\"pod\",\"WebIdentityToken\":"
			"\"%.*s\"%s}",
			role, STR(token), more));
}

/* ---- what works. */

static const char trust[] =
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{"
	"\"Federated\":\"" PROVIDER "\"},\"Action\":\"sts:AssumeRoleWithWebIdentity\","
	"\"Condition\":{\"StringEquals\":{\"" HOST ":aud\":\"sts.amazonaws.com\"},"
	"\"StringLike\":{\"" HOST ":sub\":\"system:serviceaccount:milvus:*\"}}}]}";

static struct credentials web_session(const struct reply *reply)
{
	return (struct credentials){
		.access_key_id =
			text(reply, "AssumeRoleWithWebIdentityResult.Credentials.AccessKeyId"),
		.secret_access_key =
			text(reply, "AssumeRoleWithWebIdentityResult.Credentials.SecretAccessKey"),
		.session_token =
			text(reply, "AssumeRoleWithWebIdentityResult.Credentials.SessionToken"),
	};
}

static void test_good(EVP_PKEY *key, const char *header, const char *what)
{
	struct reply reply = assume_web(ROLE, token_of(key, header, claims_with("{}")), "");
	struct credentials session;

	if (!fine(&reply, what))
		return;
	is(text(&reply, "AssumeRoleWithWebIdentityResult.AssumedRoleUser.Arn"),
		S("arn:aws:sts::" CUSTOMER ":assumed-role/web/pod"), "becomes the role");
	is(text(&reply, "AssumeRoleWithWebIdentityResult.SubjectFromWebIdentityToken"), S(SUB),
		"the subject");
	is(text(&reply, "AssumeRoleWithWebIdentityResult.Audience"), S("sts.amazonaws.com"),
		"the audience");
	is(text(&reply, "AssumeRoleWithWebIdentityResult.Provider"), S(ISSUER),
		"the value of the iss claim");
	session = web_session(&reply);
	reply = call(&session, "sts", "GetCallerIdentity", "{}");
	is(text(&reply, "GetCallerIdentityResult.Arn"),
		S("arn:aws:sts::" CUSTOMER ":assumed-role/web/pod"), "the session works");
	reply = call(&session, "iam", "GetRole", "{\"RoleName\":\"web\"}");
	fine(&reply, "and may do what the role may");
}

/* ---- what does not. */

#define INVALID "InvalidIdentityToken"

static void test_bad_claims(void)
{
	static const struct {
		const char *claims;
		unsigned status;
		const char *code, *message;
	} cases[] = {
		{ "{\"iss\":\"https://evil.example.com\"}", 400, INVALID,
			"No OpenIDConnect provider found in your account for "
			"https://evil.example.com" },
		{ "{\"iss\":\"" ISSUER "X\"}", 400, INVALID,
			"No OpenIDConnect provider found in your account for " ISSUER "X" },
		{ "{\"aud\":\"another\"}", 400, INVALID, "Incorrect token audience" },
		{ "{\"aud\":\"STS.amazonaws.com\"}", 400, INVALID, "Incorrect token audience" },
		{ "{\"aud\":[\"sts.amazonaws.com\",\"another\"]}", 400, INVALID,
			"Missing a required claim: aud" },
		{ "{\"aud\":null}", 400, INVALID, "Missing a required claim: aud" },
		{ "{\"aud\":[]}", 400, INVALID, "Missing a required claim: aud" },
		{ "{\"aud\":7}", 400, INVALID, "Missing a required claim: aud" },
		{ "{\"azp\":\"another\"}", 400, INVALID, "Incorrect token audience" },
		{ "{\"sub\":null}", 400, INVALID, "Missing a required claim: sub" },
		{ "{\"sub\":\"\"}", 400, INVALID, "Missing a required claim: sub" },
		{ "{\"exp\":null}", 400, INVALID,
			"Missing a required claim: exp and iat are needed." },
		{ "{\"exp\":\"9999999999\"}", 400, INVALID,
			"Missing a required claim: exp and iat are needed." },
		{ "{\"iat\":4102444800}", 400, INVALID, "The ID Token is not valid yet." },
		{ "{\"nbf\":4102444800}", 400, INVALID, "The ID Token is not valid yet." },
		{ "{\"sub\":\"system:serviceaccount:other:loader\"}", 403, "AccessDenied",
			"Not authorized to perform sts:AssumeRoleWithWebIdentity" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		str token = token_of(rsa, RS256, claims_with(cases[i].claims));
		struct reply reply = assume_web(ROLE, token, "");

		refused(&reply, cases[i].status, cases[i].code, cases[i].message, cases[i].claims);
	}
}

static void test_expired(void)
{
	long long then = now_s() - 1;
	struct reply reply = assume_web(ROLE,
		token_of(rsa, RS256, claims_with(json_of("{\"exp\":%lld}", then))), "");

	is(reply.code, S("ExpiredTokenException"), "an expired token");
	ok(reply.status == 400 &&
			str_starts(reply.message, S("Token expired: current date/time ")) &&
			str_ends(reply.message,
				arena_printf(&arena,
					" must be before the expiration date/time %lld", then)),
		"with AWS's sentence");
	reply = assume_web(ROLE,
		token_of(rsa, RS256, claims_with(json_of("{\"exp\":%lld.5}", then + 600))), "");
	fine(&reply, "a time with a fraction is one");
}

static void test_bad_signatures(void)
{
	str good = token_of(rsa, RS256, claims_with("{}")), head, claims, signature;
	str other = token_of(rsa, RS256, claims_with("{\"sub\":\"" SUB "2\"}"));
	const char *none = json_of("%.*s.%.*s.", STR(base64url(S("{\"alg\":\"none\"}"))),
		STR(base64url(str_of(claims_with("{}")))));
	const struct {
		str token;
		const char *what;
	} cases[] = {
		{ token_of(other_rsa, RS256, claims_with("{}")), "signed by another key" },
		{ token_of(ec, RS256, claims_with("{}")), "RS256 in the header, signed with EC" },
		{ token_of(rsa, ES256, claims_with("{}")), "ES256 in the header, signed with RSA" },
		{ token_of(rsa, "{\"alg\":\"RS256\",\"kid\":\"e1\"}", claims_with("{}")),
			"a key id of another type" },
		{ token_of(rsa, "{\"alg\":\"RS256\",\"kid\":\"r2\"}", claims_with("{}")),
			"a key id that is not there" },
		{ token_of(rsa, "{\"alg\":\"HS256\",\"kid\":\"h1\"}", claims_with("{}")),
			"a shared secret's algorithm" },
		{ token_of(rsa, "{\"alg\":\"RS256\",\"kid\":\"r1\",\"crit\":[\"b64\"]}",
			  claims_with("{}")),
			"a critical header" },
		{ str_of(none), "no signature, as the header says" },
		{ str_head(good, good.n - 4), "a signature cut short" },
		{ str_head(good, good.n - 1), "not base64" },
		{ arena_printf(&arena, "%.*s=", STR(good)), "padded" },
		{ S("no-token"), "no dots" },
		{ S("aa.bb"), "one dot" },
		{ S("e30.e30.e30"), "empty objects" },
		{ arena_printf(&arena, "%.*s.AAAA", STR(good)), "four parts" },
	};
	struct reply reply;

	for (size_t i = 0; i < COUNT(cases); i++) {
		reply = assume_web(ROLE, cases[i].token, "");
		ok(reply.status == 400 && str_eq(reply.code, S(INVALID)), "%s", cases[i].what);
	}
	str_cut(good, '.', &head, &claims);
	str_cut(claims, '.', &claims, &signature);
	str_cut(other, '.', &head, &claims);
	str_cut(claims, '.', &claims, &other);
	reply = assume_web(ROLE,
		arena_printf(&arena, "%.*s.%.*s.%.*s", STR(head), STR(claims), STR(signature)), "");
	is(reply.code, S(INVALID), "another token's claims under this one's signature");
	reply = assume_web(ROLE, token_of(rsa, "{\"alg\":\"RS256\"}", claims_with("{}")), "");
	fine(&reply, "a header without a key id: any key of the type");
}

static void test_roles(void)
{
	str token = token_of(rsa, RS256, claims_with("{}"));
	const char *text_of_denial = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
	struct reply reply;

	reply = assume_web("arn:aws:iam::" CUSTOMER ":role/nobody", token, "");
	refused(&reply, 403, "AccessDenied", text_of_denial, "an unknown role");
	reply = assume_web("arn:aws:iam::" CUSTOMER ":role/vendors", token, "");
	refused(&reply, 403, "AccessDenied", text_of_denial, "a role that trusts somebody else");
	reply = assume_web("arn:aws:iam::" VENDOR ":role/web", token, "");
	refused(&reply, 400, INVALID, "No OpenIDConnect provider found in your account for " ISSUER,
		"an account where the provider is not registered");
	reply = assume_web("arn:aws:iam::999999999999:role/web", token, "");
	is(reply.code, S(INVALID), "an account that is not here");
	reply = assume_web(ROLE, token, ",\"DurationSeconds\":\"3601\"");
	refused(&reply, 400, "ValidationError",
		"The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
		"longer than the role allows");
	reply = assume_web(ROLE, token, ",\"ProviderId\":\"www.amazon.com\"");
	is(reply.code, S("InvalidInput"), "OAuth 2.0 is not supported, and not ignored");
	reply = assume_web(ROLE, token,
		json_of(",\"Policy\":%.*s",
			STR(quote(
				"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
				"\"Action\":\"s3:*\",\"Resource\":\"*\"}]}"))));
	if (fine(&reply, "with a session policy")) {
		struct credentials session = web_session(&reply);

		reply = call(&session, "iam", "GetRole", "{\"RoleName\":\"web\"}");
		is(reply.code, S("AccessDenied"), "which limits the role's");
	}
}

/* A deny wins, tags need sts:TagSession, the audience may be the authorised party. */
static void test_claims_in_trust(void)
{
	const char *tags = "{\"https://aws.amazon.com/tags\":{\"principal_tags\":{\"team\":["
			   "\"blue\"]},\"transitive_tag_keys\":[\"team\"]}}";
	const char *wide = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
			   "\"Principal\":{\"Federated\":\"" PROVIDER "\"},\"Action\":["
			   "\"sts:AssumeRoleWithWebIdentity\",\"sts:TagSession\"],\"Condition\":{"
			   "\"StringEquals\":{\"" HOST ":aud\":\"client-2\",\"" HOST
			   ":oaud\":\"sts.amazonaws.com\"},\"ForAnyValue:StringEquals\":{\"" HOST
			   ":amr\":\"mfa\"},\"StringEqualsIfExists\":{\"aws:RequestTag/team\":"
			   "\"blue\"}}}]}";
	struct reply reply = assume_web(ROLE, token_of(rsa, RS256, claims_with(tags)), "");

	refused(&reply, 403, "AccessDenied", "Not authorized to perform sts:TagSession",
		"tags in the token need sts:TagSession [S-113]");
	IAM("CreateRole", role_input("wide", wide));
	reply = assume_web("arn:aws:iam::" CUSTOMER ":role/wide",
		token_of(rsa, RS256, claims_with("{\"azp\":\"client-2\",\"amr\":[\"mfa\"]}")), "");
	fine(&reply, "azp is the audience, aud the original one, amr a list");
	reply = assume_web("arn:aws:iam::" CUSTOMER ":role/wide",
		token_of(rsa, RS256, claims_with("{\"azp\":\"client-2\",\"amr\":[\"pwd\"]}")), "");
	is(reply.code, S("AccessDenied"), "another method does not do");
	reply = assume_web("arn:aws:iam::" CUSTOMER ":role/wide",
		token_of(rsa, RS256,
			claims_with(
				"{\"azp\":\"client-2\",\"amr\":[\"mfa\"],\"https://"
				"aws.amazon.com/tags\":{\"principal_tags\":{\"team\":[\"blue\"]}"
				"}}")),
		"");
	fine(&reply, "tags that the trust policy allows");
	reply = assume_web("arn:aws:iam::" CUSTOMER ":role/wide",
		token_of(rsa, RS256,
			claims_with(
				"{\"azp\":\"client-2\",\"amr\":[\"mfa\"],\"https://aws.amazon.com/"
				"tags/principal_tags/team\":[\"red\"]}")),
		"");
	is(reply.code, S("AccessDenied"), "tags in claims of their own, which it does not");
}

static void test_unsigned(void)
{
	struct reply reply = call(NULL, "sts", "GetCallerIdentity", "{}");
	str token = token_of(rsa, RS256, claims_with("{}"));
	struct http_request *http;

	is(reply.code, S("MissingAuthenticationToken"), "nothing else comes without a signature");
	http = request_new("POST", S("/"),
		S("Action=AssumeRoleWithWebIdentity&Action=GetCallerIdentity&Version=2011-06-15"));
	handle(http, &reply);
	is(reply.code, S("MissingAuthenticationToken"), "nor does an Action given twice");
	http = request_new("POST", S("/?Action=AssumeRoleWithWebIdentity&Version=2011-06-15"),
		S("Action=GetCallerIdentity&Version=2011-06-15"));
	handle(http, &reply);
	is(reply.code, S("MissingAuthenticationToken"), "nor one in the query beside the body's");
	http = request_new("POST", S("/"),
		S("Action=AssumeRoleWithWebIdentity&Version=2010-05-08"));
	handle(http, &reply);
	is(reply.code, S("MissingAuthenticationToken"), "nor one of another service");
	reply = call(&vendor, "sts", "AssumeRoleWithWebIdentity",
		json_of("{\"RoleArn\":\"" ROLE "\",\"RoleSessionName\":\"pod\","
			"\"WebIdentityToken\":\"%.*s\"}",
			STR(token)));
	fine(&reply, "but a signature does not hurt");
}

static void test_key_sets(void)
{
	static const struct {
		const char *issuer, *keys, *what;
	} cases[] = {
		{ "http://oidc.example.com", NULL, "an issuer without TLS" },
		{ "https://", NULL, "an issuer without a host" },
		{ ISSUER, "{", "no JSON" },
		{ ISSUER, "[]", "no object" },
		{ ISSUER, "{\"keys\":{}}", "no list" },
		{ ISSUER, "{\"keys\":[]}", "no keys" },
		{ ISSUER, "{\"keys\":[{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}]}", "shared secrets" },
		{ ISSUER,
			"{\"keys\":[{\"kty\":\"RSA\",\"use\":\"enc\",\"n\":\"AQAB\",\"e\":"
			"\"AQAB\"}]}",
			"keys for something else" },
	};
	struct err err;

	for (size_t i = 0; i < COUNT(cases); i++)
		ok(!account_trust_issuer(account, str_of(cases[i].issuer),
			   str_of(cases[i].keys ? cases[i].keys : key_set()), &err),
			"a key set: %s", cases[i].what);
}

int main(void)
{
	struct reply reply;
	struct err err;

	rsa = EVP_RSA_gen(2048);
	other_rsa = EVP_RSA_gen(2048);
	ec = EVP_EC_gen("P-256");
	accounts_open();
	reply = IAM("CreateOpenIDConnectProvider",
		"{\"Url\":\"" ISSUER "\",\"ClientIDList\":[\"sts.amazonaws.com\",\"client-2\"]}");
	fine(&reply, "a provider is registered");
	IAM("CreateRole", role_input("web", trust));
	IAM("CreateRole", role_input("vendors", TRUST_VENDOR));
	IAM("PutRolePolicy",
		policy_input("RoleName", "web", "p",
			"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\","
			"\"Action\":\"iam:GetRole\",\"Resource\":\"*\"}}"));
	reply = assume_web(ROLE, token_of(rsa, RS256, claims_with("{}")), "");
	refused(&reply, 400, INVALID,
		"Couldn't retrieve verification key from your identity provider, please "
		"reference AssumeRoleWithWebIdentity documentation for requirements",
		"without the provider's keys");
	ok(account_trust_issuer(account, S(ISSUER), str_of(key_set()), &err), "its keys");
	test_good(rsa, RS256, "RS256");
	test_good(ec, ES256, "ES256");
	test_bad_claims();
	test_expired();
	test_bad_signatures();
	test_roles();
	test_claims_in_trust();
	test_unsigned();
	test_key_sets();
	accounts_close();
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(other_rsa);
	EVP_PKEY_free(ec);
	return tap_done();
}
