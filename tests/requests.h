/*
 * requests.h -- bad requests: what each service answers to each thing that can be wrong with a
 * signature. requests.c has those of the header, presigned.c those of the query.
 *
 * A row changes a request that is good otherwise, before or after it is signed; it is tried at
 * all five services. What they answer is AWS's (aws-wire.md 3.1 and 4.5; the services' API
 * References, "Common errors"; Amazon S3 API Reference, "Error responses").
 */
#ifndef TESTS_REQUESTS_H
#define TESTS_REQUESTS_H

#include "account.h"

enum { IAM_, STS_, EC2_, EKS_, S3_, SERVICES };

static const char *const names[SERVICES] = { "iam", "sts", "ec2", "eks", "s3" };

enum class {
	GOOD,
	MISSING,
	INCOMPLETE,
	QUERY_INCOMPLETE,
	SCOPE,
	UNSIGNED,
	TIME,
	QUERY_TIME,
	KEY,
	TOKEN,
	EXPIRED,
	MISMATCH,
	PAYLOAD,
	NO_HASH,
	BAD_HASH,
	STREAMED,
	CLASSES
};

static const struct {
	unsigned status;
	const char *code;
} answers[CLASSES][SERVICES] = {
#define QUERY(status, code)  \
	{ status, code },    \
	{                    \
		status, code \
	}
#define AUTH_FAILURE               \
	{                          \
		401, "AuthFailure" \
	}
	[GOOD] = { { 200, "" }, { 200, "" }, { 200, "" }, { 200, "" }, { 200, "" } },
	[MISSING] = { QUERY(403, "MissingAuthenticationToken"), { 400, "MissingParameter" },
		{ 403, "MissingAuthenticationTokenException" }, { 403, "AccessDenied" } },
	[INCOMPLETE] = { QUERY(400, "IncompleteSignature"), AUTH_FAILURE,
		{ 400, "IncompleteSignatureException" }, { 400, "AuthorizationHeaderMalformed" } },
	[QUERY_INCOMPLETE] = { QUERY(400, "IncompleteSignature"), AUTH_FAILURE,
		{ 400, "IncompleteSignatureException" },
		{ 400, "AuthorizationQueryParametersError" } },
	[SCOPE] = { QUERY(403, "SignatureDoesNotMatch"), AUTH_FAILURE,
		{ 403, "InvalidSignatureException" }, { 400, "AuthorizationHeaderMalformed" } },
	[UNSIGNED] = { QUERY(403, "SignatureDoesNotMatch"), AUTH_FAILURE,
		{ 403, "InvalidSignatureException" }, { 403, "AccessDenied" } },
	[TIME] = { QUERY(403, "SignatureDoesNotMatch"), { 400, "RequestExpired" },
		{ 403, "InvalidSignatureException" }, { 403, "RequestTimeTooSkewed" } },
	[QUERY_TIME] = { QUERY(403, "SignatureDoesNotMatch"), { 400, "RequestExpired" },
		{ 403, "InvalidSignatureException" }, { 403, "AccessDenied" } },
	[KEY] = { QUERY(403, "InvalidClientTokenId"), AUTH_FAILURE,
		{ 403, "UnrecognizedClientException" }, { 403, "InvalidAccessKeyId" } },
	[TOKEN] = { QUERY(403, "InvalidClientTokenId"), AUTH_FAILURE,
		{ 403, "UnrecognizedClientException" }, { 400, "InvalidToken" } },
	[EXPIRED] = { QUERY(403, "ExpiredToken"), { 400, "RequestExpired" },
		{ 403, "ExpiredTokenException" }, { 400, "ExpiredToken" } },
	[MISMATCH] = { QUERY(403, "SignatureDoesNotMatch"), AUTH_FAILURE,
		{ 403, "InvalidSignatureException" }, { 403, "SignatureDoesNotMatch" } },
	/* Amazon S3 User Guide, "Authenticating Requests": x-amz-content-sha256 is required, and is
	 * a hash or one of a few words. The others take it or leave it. */
	[NO_HASH] = { [S3_] = { 400, "InvalidRequest" } },
	[BAD_HASH] = { [S3_] = { 400, "InvalidArgument" } },
	[STREAMED] = { [S3_] = { 501, "NotImplemented" } },
	[PAYLOAD] = { QUERY(403, "SignatureDoesNotMatch"), AUTH_FAILURE,
		{ 403, "InvalidSignatureException" }, { 400, "XAmzContentSHA256Mismatch" } },
};

/* ---- a request and what is done to it. */

struct trial {
	struct http_request *http;
	const char *service, *region;
	struct credentials keys;
	int64_t now;
	unsigned expires; /* presigned */
	str body;         /* presigned: part of the query */
};

static struct credentials session, expired, inactive;

static inline struct http_header *header_of(struct http_request *http, const char *name)
{
	for (size_t i = 0; i < http->nheaders; i++)
		if (str_eq_nocase(http->headers[i].name, str_of(name)))
			return &http->headers[i];
	return NULL;
}

static inline void add_header(struct http_request *http, const char *name, str value)
{
	http_add_header(&arena, &http->headers, &http->nheaders, &http->cap_headers, str_of(name),
		value);
}

static inline void drop_header(struct http_request *http, const char *name)
{
	struct http_header *header = header_of(http, name);

	if (header)
		*header = http->headers[--http->nheaders];
}

static inline str replaced(str in, const char *from, const char *to)
{
	size_t at = str_find(in, str_of(from));

	if (at == SIZE_MAX) {
		printf("# there is no %s in %.*s\n", from, STR(in));
		return in;
	}
	return arena_printf(&arena, "%.*s%s%.*s", STR(str_head(in, at)), to,
		STR(str_from(in, at + strlen(from))));
}

static inline void authorization(struct trial *t, const char *from, const char *to)
{
	struct http_header *header = header_of(t->http, "Authorization");

	header->value = replaced(header->value, from, to);
}

/* One part of the Authorization header, with its comma. */
static inline void without_part(struct trial *t, const char *name)
{
	struct http_header *header = header_of(t->http, "Authorization");
	size_t at = str_find(header->value, str_of(name));
	str rest = str_from(header->value, at), part;

	if (!str_cut(rest, ',', &part, &rest))
		rest = (str){ 0 };
	header->value =
		arena_printf(&arena, "%.*s%.*s", STR(str_head(header->value, at)), STR(rest));
}

static inline str signature_of(struct trial *t)
{
	str value = header_of(t->http, "Authorization")->value;

	return str_from(value, str_find(value, S("Signature=")) + 10);
}

static inline void set_signature(struct trial *t, str signature)
{
	struct http_header *header = header_of(t->http, "Authorization");
	size_t at = str_find(header->value, S("Signature="));

	header->value = arena_printf(&arena, "%.*sSignature=%.*s", STR(str_head(header->value, at)),
		STR(signature));
}

/* ---- before signing. */

static inline void slow_clock(struct trial *t)
{
	t->now -= 16 * 60;
}
static inline void fast_clock(struct trial *t)
{
	t->now += 16 * 60;
}
static inline void clock_in_time(struct trial *t)
{
	t->now -= 14 * 60;
}
static inline void wrong_secret(struct trial *t)
{
	t->keys.secret_access_key = vendor.secret_access_key;
}
static inline void unknown_key(struct trial *t)
{
	t->keys.access_key_id = S("AKIAIOSFODNN7EXAMPLE");
}
static inline void inactive_key(struct trial *t)
{
	t->keys = inactive;
}
static inline void session_key(struct trial *t)
{
	t->keys = session;
}
static inline void expired_key(struct trial *t)
{
	t->keys = expired;
}
static inline void no_token(struct trial *t)
{
	t->keys = session;
	t->keys.session_token = (str){ 0 };
}
static inline void token_of_another(struct trial *t)
{
	t->keys = session;
	t->keys.session_token = expired.session_token;
}
static inline void token_with_user_key(struct trial *t)
{
	t->keys.session_token = session.session_token;
}
static inline void token_cut(struct trial *t)
{
	t->keys = session;
	t->keys.session_token.n -= 4;
}
static inline void token_not_base64(struct trial *t)
{
	t->keys = session;
	t->keys.session_token = S("FwoGZXIvYXdz-_-");
}
static inline void token_too_long(struct trial *t)
{
	t->keys = session;
	t->keys.session_token = str_of(repeat('A', 16385));
}
static inline void user_key_as_session(struct trial *t)
{
	t->keys.access_key_id = replaced(t->keys.access_key_id, "AKIA", "ASIA");
}
static inline void session_key_as_user(struct trial *t)
{
	t->keys = session;
	t->keys.access_key_id = replaced(t->keys.access_key_id, "ASIA", "AKIA");
}
static inline void long_key_id(struct trial *t)
{
	t->keys.access_key_id = str_of(repeat('A', 129));
}
static inline void key_id_with_marks(struct trial *t)
{
	t->keys.access_key_id = S("AKIA-OSFODNN7.XAMPLE");
}
static inline void region_in_capitals(struct trial *t)
{
	t->region = "US-WEST-2";
}
static inline void any_region(struct trial *t)
{
	t->region = "ap-southeast-7";
}
static inline void more_headers(struct trial *t)
{
	add_header(t->http, "X-Amz-Meta", S("  two   spaces "));
	add_header(t->http, "Amz-Sdk-Request", S("attempt=1"));
}
static inline void a_header_to_change(struct trial *t)
{
	add_header(t->http, "X-Amz-Target", S("a"));
}
static inline void encoded_once(struct trial *t)
{
	http_set_target(t->http, arena_printf(&arena, "%.*s%cz=%%2F", STR(t->http->target),
					 t->http->query.n ? '&' : '?'));
}

/* ---- trying. */

static inline struct http_request *good_request(size_t service)
{
	static const struct {
		const char *method, *target, *body;
	} requests[SERVICES] = {
		[IAM_] = { "POST", "/", IAM_BODY },
		[STS_] = { "POST", "/", STS_BODY },
		[EC2_] = { "POST", "/", EC2_BODY },
		[EKS_] = { "GET", "/clusters", NULL },
		[S3_] = { "GET", "/", NULL },
	};

	return request_new(requests[service].method, str_of(requests[service].target),
		str_of(requests[service].body));
}

static inline str code_of(const struct reply *reply)
{
	return reply->code.n
		       ? reply->code
		       : http_get_header(reply->headers, reply->nheaders, S("x-amzn-ErrorType"));
}

static inline void judge(const struct reply *reply, size_t service, enum class class,
	const char *what)
{
	unsigned status = answers[class][service].status;
	str want = arena_printf(&arena, "%u %s", status, answers[class][service].code);
	str got = arena_printf(&arena, "%u %.*s", reply->status, STR(code_of(reply)));

	is(got, want, "%s: %s", names[service], what);
}

/* A HEAD's answer has no body: the status alone. */
static inline void judge_head(const struct reply *reply, size_t service, enum class class,
	const char *what)
{
	ok(reply->status == answers[class][service].status, "%s: %s", names[service], what);
}

/* ---- before. */

static inline void deactivate(str id)
{
	struct change_list list = { .arena = &arena };
	str key = arena_printf(&arena, "/key/%.*s", STR(id));
	struct json *value = json_clone(&arena, record_get(account, key)->value);
	struct err err;

	json_put_str(&arena, value, S("Status"), S("Inactive"));
	change_put(&list, key, value);
	ok(records_commit(account, &list, &err), "a key is made inactive");
}

static inline void make_keys(void)
{
	struct session old = { .account_id = S(CUSTOMER),
		.role_arn = S("arn:aws:iam::" CUSTOMER ":role/app"),
		.role_name = S("app"),
		.name = S("sess"),
		.issued_s = now_s() - 3601,
		.expires_s = now_s() - 1 };
	const struct record *role;
	struct reply reply;

	IAM("CreateRole",
		role_input("app", "{\"Version\":\"2012-10-17\",\"Statement\":[{"
				  "\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"" CUSTOMER
				  "\"},\"Action\":\"sts:AssumeRole\"}]}"));
	IAM("PutRolePolicy",
		policy_input("RoleName", "app", "p",
			"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\","
			"\"Action\":\"*\",\"Resource\":\"*\"}}"));
	reply = assume(&customer, "arn:aws:iam::" CUSTOMER ":role/app", "");
	session = session_of(&reply);
	role = find_role_by_arn(account, S("arn:aws:iam::" CUSTOMER ":role/app"));
	old.role_id = json_str(role->value, S("RoleId"));
	session_issue(&arena, account, &old, &expired);
	inactive = new_user_with(&customer, "idle", NULL);
	deactivate(inactive.access_key_id);
}

#endif
